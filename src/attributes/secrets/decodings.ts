import { CODES, ESCAPES } from "../values/control-codes.ts";

/*
 * A value seldom stands in foreign text as it is: Go quotes it, JSON escapes it, a terminal's codes
 * break it up. Each reading of a text is what one of them makes of it, and knows where in the text
 * each of its characters stands.
 */

/** One way to read a text. */
export interface Reading {
  readonly text: string;
  /** Where each character begins and ends in the original; `undefined`: it is the original. */
  readonly from?: readonly number[];
  readonly to?: readonly number[];
}

/** A part of a match, and what it reads as. */
interface Piece {
  readonly length: number;
  readonly text: string;
}

interface Decoding {
  readonly pattern: RegExp;
  pieces(match: RegExpExecArray): readonly Piece[];
}

const whole = (text: string, { 0: match }: RegExpExecArray): readonly Piece[] => [
  { length: match.length, text },
];

const LETTERS: Readonly<Record<string, string>> = {
  ...{ n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\u0007", e: "\u001b", 0: "\0" },
};

/** C's, JSON's, YAML's, Go's and the shell's: a backslash before a letter, a code or anything. */
const BACKSLASH: Decoding = {
  pattern:
    /(?:\\x[\da-fA-F]{2}|\\[0-3][0-7]{2})+|\\u\{([\da-fA-F]{1,6})\}|\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})|\\([\s\S])/g,
  pieces(match) {
    const [all, braced, short, long, letter] = match;
    if (letter !== undefined) return whole(LETTERS[letter] ?? letter, match);
    const code = braced ?? short ?? long;
    if (code !== undefined) return whole(character(Number.parseInt(code, 16)), match);
    const codes = all.match(/\\x..|\\.../g) ?? [];
    const byte = (one: string) => (one.startsWith("\\x") ? [one.slice(2), 16] : [one.slice(1), 8]);
    return characters(codes.map((one) => Number.parseInt(...(byte(one) as [string, number]))));
  },
};

/** In a URL (RFC 3986, section 2.1). */
const PERCENT: Decoding = {
  pattern: /(?:%[0-9a-f]{2})+/gi,
  pieces: ({ 0: all }) =>
    characters(
      (all.match(/[0-9a-f]{2}/gi) ?? []).map((code) => Number.parseInt(code, 16)),
      3,
    ),
};

/** In a form: spaces are plus signs. */
const PLUS: Decoding = { pattern: /\+/g, pieces: (match) => whole(" ", match) };

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: "\u00a0" },
};

const ENTITY: Decoding = {
  pattern: /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos|nbsp));/gi,
  pieces(match) {
    const [, hex, decimal, name = ""] = match;
    if (hex !== undefined) return whole(character(Number.parseInt(hex, 16)), match);
    if (decimal !== undefined) return whole(character(Number(decimal)), match);
    return whole(ENTITIES[name.toLowerCase()] ?? "", match);
  },
};

/**
 * What stands for a quote: one that ends a shell's quotes and begins them again, in two ways, or two
 * in a row (YAML, SQL, CSV); two dollars for one. Each by itself: a value may have the others.
 */
const QUOTES: readonly Decoding[] = [/'\\''/g, /'"'"'/g, /''/g, /""/g, /\$\$/g].map((pattern) => ({
  pattern,
  pieces: (match) => whole(match[0].slice(0, 1), match),
}));

/** Encodings within encodings, outermost first. */
const CHAINS: readonly (readonly Decoding[])[] = [
  ...[[BACKSLASH], [BACKSLASH, BACKSLASH], [BACKSLASH, BACKSLASH, BACKSLASH]],
  ...[[PERCENT], [PERCENT, PERCENT], [PLUS], [PLUS, PERCENT], [ENTITY], [ENTITY, ENTITY]],
  ...QUOTES.map((quote) => [quote]),
  ...[PERCENT, ENTITY, ...QUOTES].flatMap((other) => [
    [BACKSLASH, other],
    [other, BACKSLASH],
  ]),
];

/** Without what a terminal would not show; a character that has no width is shown by none. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Cf}/gu;
const none = (match: RegExpExecArray): readonly Piece[] => whole("", match);
const STRIPPED: readonly (readonly Decoding[])[] = [CODES, ESCAPES].map((codes) =>
  [codes, UNSEEN].map((pattern) => ({ pattern, pieces: none })),
);

/** Without any space, for values that are broken into lines or indented. */
const SPACE: Decoding = { pattern: /\s+/g, pieces: none };

/** All readings of a text, the text itself first. */
export function readings(text: string): readonly Reading[] {
  const all = new Map<string, Reading>([[text, { text }]]);
  const add = (from: Reading, chain: readonly Decoding[]) => {
    const made = chain.reduce(decoded, from);
    if (!all.has(made.text)) all.set(made.text, made);
  };
  for (const chain of CHAINS) add({ text }, chain);
  for (const reading of [...all.values()]) for (const codes of STRIPPED) add(reading, codes);
  return [...all.values()];
}

/** The reading without its spaces. */
export const squeezed = (reading: Reading): Reading => decoded(reading, SPACE);

/** A value as it is read once a terminal's codes are gone, in both ways. */
export const seen = (value: string): readonly string[] =>
  STRIPPED.map((codes) => codes.reduce(decoded, { text: value } as Reading).text);

function decoded(reading: Reading, { pattern, pieces }: Decoding): Reading {
  const { text, from, to } = reading;
  const start = (at: number) => from?.[at] ?? at;
  const end = (at: number) => to?.[at] ?? at + 1;
  const made: string[] = [];
  const begins: number[] = [];
  const ends: number[] = [];
  let last = 0;
  const copy = (until: number) => {
    if (until > last) made.push(text.slice(last, until));
    for (; last < until; last++) {
      begins.push(start(last));
      ends.push(end(last));
    }
  };
  for (const match of text.matchAll(pattern)) {
    copy(match.index);
    for (const piece of pieces(match)) {
      made.push(piece.text);
      for (let unit = 0; unit < piece.text.length; unit++) {
        begins.push(start(last));
        ends.push(end(last + piece.length - 1));
      }
      last += piece.length;
    }
  }
  if (last === 0) return reading;
  copy(text.length);
  return { text: made.join(""), from: begins, to: ends };
}

/** UTF-8, a code of `width` characters each; a byte that belongs to nothing is a character's code. */
function characters(bytes: readonly number[], width = 4): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const rest = bytes.slice(at + 1, at + length);
    const whole = rest.length === length - 1 && rest.every((byte) => (byte & 0xc0) === 0x80);
    const taken = whole ? length : 1;
    const text = taken === 1 ? character(first) : utf8(bytes.slice(at, at + taken));
    pieces.push({ length: taken * width, text });
    at += taken;
  }
  return pieces;
}

const utf8 = (bytes: readonly number[]): string => new TextDecoder().decode(Uint8Array.from(bytes));

/** Half of a pair is itself: the other half follows. */
function character(code: number): string {
  return code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
}
