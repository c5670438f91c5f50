import { bytesOf } from "../values/binary-text.ts";

/* What of a sensitive value is looked for in foreign text, see redactor.ts. */

/** base64 of fewer characters says too little. */
const CODED = 8;

/** The value, its lines, what is text in a binary one, and the password of a URL. */
export function partsOf(value: string): ReadonlySet<string> {
  const lines = value.split(/[\r\n\u2028\u2029\u0085\0\ufffd\udc80-\udcff]+/);
  const parts = [value, ...lines].map((part) => part.trim());
  return new Set([...parts, ...passwordOf(value.trim())]);
}

/** The password that a URL names, as it stands there and as it is; none: it is no such URL. */
export function passwordOf(value: string): readonly string[] {
  const [, raw] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#@]+)@/i.exec(value) ?? [];
  if (raw === undefined) return [];
  try {
    return [raw, decodeURIComponent(raw)];
  } catch {
    return [raw];
  }
}

/**
 * base64 of both alphabets, wherever the value begins in what was encoded: without the characters
 * that hold bits of its neighbours. Hexadecimal digits of both cases.
 */
export function codesOf(value: string): ReadonlySet<string> {
  const bytes = bytesOf(value);
  const found = new Set<string>();
  for (const before of [0, 1, 2]) {
    const code = base64(bytes, before);
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const text = code.slice(Math.ceil((before * 8) / 6), whole);
    if (text.length < CODED) continue;
    found.add(text);
    found.add(text.replaceAll("+", "-").replaceAll("/", "_"));
  }
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return found.add(hex).add(hex.toUpperCase());
}

function base64(bytes: Uint8Array, before: number): string {
  let text = "\0".repeat(before);
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
