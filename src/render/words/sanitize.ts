import { BIDI, CONTROLS, ESCAPES } from "../../attributes/values/control-codes.ts";

/** Foreign text as one printable line of at most `max` characters. */
export function sanitize(text: string, max = 500): string {
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
