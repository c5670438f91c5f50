import { MASK } from "../../attributes/secrets/sensitive.ts";
import type { Source } from "./source-text.ts";

/*
 * Files of variables hold values that nobody should see beside a diagnostic: of their text only the
 * keys are shown. Where none is known, as before a file is understood, nothing is.
 */

/** The text of such a file for carets, with `keys` where a line begins with a key. */
export function veiled(
  { text, lines }: Source,
  keys: readonly { readonly offset: number; readonly length: number }[] = [],
): string {
  const known = new Map(keys.map(({ offset, length }) => [offset, length]));
  const shown = text.split("\n").map((line, index) => {
    const indent = line.length - line.trimStart().length;
    const length = known.get((lines[index] ?? 0) + indent);
    if (line.trim() === "") return line;
    if (length === undefined) return MASK;
    const key = line.slice(0, indent + length);
    return `${key}${/^\s*[=:]?\s?/.exec(line.slice(key.length))?.[0] ?? ""}${MASK}`;
  });
  return shown.join("\n");
}
