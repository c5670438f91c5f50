/*
 * Bytes as text, so that a file's content travels through a Stack and a Plan as any other value.
 * Valid UTF-8 is itself; any other byte B stands as the lone surrogate U+DC00+B, which no valid
 * UTF-8 gives (the scheme of PEP 383). A token's characters are taken for invalid bytes, so that
 * no file's content is ever mistaken for one.
 */
const TOKEN_MARKS = /[\uE000\uE001]/;
const LONE = /[\uDC80-\uDCFF]/u;

/** The text that stands for bytes; `bytesOf` gives the same bytes back. */
export function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!TOKEN_MARKS.test(text)) return text;
  } catch {
    // Not UTF-8 throughout.
  }
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequence(bytes, at);
    parts.push(character(bytes.subarray(at, at + length)));
    at += length;
  }
  return parts.join("");
}

/** The bytes of a text: UTF-8, but for what `textOf` has put in place of other bytes. */
export function bytesOf(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (!LONE.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Is not to be shown as text. */
export function isBinary(text: string): boolean {
  return LONE.test(text) || text.includes("\0");
}

/** Length of the UTF-8 sequence that begins here by its first byte; 1 where it is cut off. */
function sequence(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > bytes.length) return 1;
  return [...bytes.subarray(at + 1, at + length)].every((byte) => (byte & 0xc0) === 0x80)
    ? length
    : 1;
}

function character(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!TOKEN_MARKS.test(text)) return text;
  } catch {
    // Overlong, a surrogate, or beyond Unicode.
  }
  return String.fromCharCode(...[...bytes].map((byte) => 0xdc00 + byte));
}
