import { columnsOf } from "./layout.ts";

/** How text looks on a stream: colours by what they mean. Without colour each returns its text. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  note(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  /** Columns to wrap at, as the terminal has them now; `Infinity`: it is no terminal. */
  readonly columns: number;
}

const wrap = (open: number, close: number) => (text: string) =>
  text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`;
const same = (text: string) => text;

const COLOURED: Omit<Paint, "columns"> = {
  good: wrap(32, 39),
  bad: wrap(31, 39),
  warn: wrap(33, 39),
  note: wrap(36, 39),
  strong: wrap(1, 22),
  faint: wrap(2, 22),
};
const PLAIN: Omit<Paint, "columns"> = {
  good: same,
  bad: same,
  warn: same,
  note: same,
  strong: same,
  faint: same,
};

export function paint(colour: boolean, stream: Parameters<typeof columnsOf>[0] = {}): Paint {
  return {
    ...(colour ? COLOURED : PLAIN),
    get columns() {
      return columnsOf(stream);
    },
  };
}

/** Whether to colour a stream: the flag, then NO_COLOR, then FORCE_COLOR, then a terminal. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY?: boolean | undefined },
  forbidden: boolean,
): boolean {
  if (forbidden || env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}
