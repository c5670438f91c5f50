/*
 * Names, labels and messages come from files, engines and registries. A terminal obeys what it is
 * sent, so nothing foreign is printed without passing here.
 */
const ESCAPES =
  /\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[PX^_][^\u001b\u009c]*(?:\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
const BIDI = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/** Foreign text as one printable line of at most `max` characters. */
export function safe(text: string, max = 500): string {
  const clean = text
    .replace(ESCAPES, "")
    .replace(/[\t\r\n]+/g, " ")
    .replace(CONTROLS, "")
    .replace(BIDI, "");
  return cut(clean, max);
}

/** The first `max` characters; never half of a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const code = text.charCodeAt(end - 1);
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)}…`;
}
