import type { Plan } from "../../model/plan.ts";
import { eventJson, versionLine } from "../json/events.ts";
import type { Paint } from "../words/colors.ts";
import { eventLine, STILL_EVERY, stillLines } from "./plain.ts";
import type { Screen } from "./screen.ts";
import type { Progress } from "./state.ts";

export type Style = "tty" | "plain" | "json" | "quiet";

/** A terminal of no columns cannot be drawn on. */
export function styleFor(
  asked: string,
  stream: { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined },
): Style {
  if (asked === "plain" || asked === "json" || asked === "quiet") return asked;
  const drawable = Boolean(stream.columns) && (asked === "tty" || stream.isTTY === true);
  return drawable ? "tty" : "plain";
}

type Write = (text: string) => void;

export function plainScreen(write: Write, paint: Paint, now: () => number): Screen {
  let latest: Progress | undefined;
  const timer = setInterval(() => {
    if (latest) for (const line of stillLines(latest, now())) write(`${line}\n`);
  }, STILL_EVERY);
  timer.unref();
  return {
    show(event, progress) {
      latest = progress;
      const line = eventLine(event, paint, progress);
      if (line !== undefined) write(`${line}\n`);
    },
    say: (line) => write(`${line}\n`),
    async end() {
      clearInterval(timer);
    },
  };
}

export function jsonScreen(write: Write, version: string, say: Write): Screen {
  write(versionLine(version));
  return {
    show: (event) => write(eventJson(event)),
    say: (line) => say(`${line}\n`),
    async end() {},
  };
}

/** Failures are still told, by the summary. */
export function quietScreen(say: Write): Screen {
  return { show() {}, say: (line) => say(`${line}\n`), async end() {} };
}

/** listr2 is loaded only for a terminal. */
export async function drawnScreen(plan: Plan, paint: Paint, now: () => number): Promise<Screen> {
  const { listrScreen } = await import("./listr.ts");
  return listrScreen(plan, paint, now);
}
