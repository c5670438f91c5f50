import type { ApplyEvent } from "../../model/events.ts";
import type { Progress } from "./state.ts";

/** What shows a run while it happens. It is told, and never asked. */
export interface Screen {
  show(event: ApplyEvent, progress: Progress): void;
  /** Something of ours to say in between, such as what an interruption does. */
  say(line: string): void;
  end(): Promise<void>;
}
