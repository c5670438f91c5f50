import type { Report } from "./diagnostics.ts";
import { type Source, source, span } from "./source-text.ts";

const LIMIT = 1024 * 1024;

/** C0 and C1 controls but tab and line ends, DEL, and the characters that mark sensitive values. */
// biome-ignore lint/complexity/useRegexLiterals: escapes are clearer than raw characters
const FORBIDDEN = new RegExp(
  "[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\uE000\\uE001]",
  "g",
);

/**
 * Bytes to text: strict UTF-8, with or without a byte order mark, at most 1 MiB, without control
 * characters. Says what is wrong, and returns `undefined`, when that fails.
 */
export function decode(file: string, bytes: Uint8Array, report: Report): Source | undefined {
  const at = { file, line: 1, column: 1 };
  if (bytes.length > LIMIT) {
    const size = (bytes.length / LIMIT).toFixed(1);
    report.error(`the file has ${size} MiB; at most 1 MiB is read`, at);
    return undefined;
  }
  if (isUtf16(bytes)) {
    report.error("the file is UTF-16, not UTF-8", at, "save it as UTF-8");
    return undefined;
  }
  const text = strict(bytes);
  if (text === undefined) {
    report.error("the file is not UTF-8", wrongByte(file, bytes), "save it as UTF-8");
    return undefined;
  }
  const decoded = source(file, text);
  const bad = [...text.matchAll(FORBIDDEN)].slice(0, 5);
  for (const match of bad) {
    const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    report.error(
      `the character U+${code} may not stand in a file`,
      span(decoded, match.index, match.index + 1),
    );
  }
  return bad.length > 0 ? undefined : decoded;
}

/** A mark, or a NUL beside the first character, which ASCII text in UTF-16 always has. */
function isUtf16(bytes: Uint8Array): boolean {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return bytes.length > 1 && (a === 0) !== (b === 0);
}

function strict(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Line feeds are never part of a longer UTF-8 sequence, so each line stands for itself. */
function wrongByte(file: string, bytes: Uint8Array) {
  for (let line = 1, start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    const part = bytes.subarray(start, end);
    if (strict(part) === undefined) {
      const column = new TextDecoder().decode(part).indexOf("\uFFFD") + 1;
      return { file, line, column: Math.max(1, column) };
    }
    start = end + 1;
  }
  return { file, line: 1, column: 1 };
}
