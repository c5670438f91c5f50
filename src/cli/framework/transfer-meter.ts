import { size } from "../../render/words/quantities.ts";
import type { CliHost } from "../host/host.ts";

/** Milliseconds between two drawings. */
const PACE = 100;

interface Meter {
  more(bytes: number): void;
  bytes(): number;
  /** Takes the line away. */
  end(): void;
}

/** How far a transfer has come, on one line of a terminal; a program that reads along gets none. */
export function meter(what: string, total: number, { stderr, err, now }: CliHost): Meter {
  let bytes = 0;
  let drawn = 0;
  const live = stderr.isTTY === true;
  return {
    more(part) {
      bytes += part;
      if (!live || now() - drawn < PACE) return;
      drawn = now();
      err(`\r${what} ${size(bytes)} of about ${size(Math.max(total, bytes))}\u001b[K`);
    },
    bytes: () => bytes,
    end() {
      if (live && drawn > 0) err("\r\u001b[K");
    },
  };
}
