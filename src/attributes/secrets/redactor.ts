import type { Json } from "../../model/json.ts";
import { isMap } from "../values/json.ts";
import { type Reading, readings, seen, squeezed } from "./decodings.ts";
import { codesOf, partsOf } from "./needles.ts";
import { literally, MASK } from "./sensitive.ts";

/*
 * Masks sensitive values in text from elsewhere: an engine's error, a container's log, a program's
 * complaint. Our own text needs none of it, since a value stands there as a token.
 *
 * What counts as a value's: the value without the spaces around it, each of its lines, and the
 * password of one that is a URL, wherever they are escaped or broken up (see decodings.ts); their
 * base64, also as a part of something longer, and their hexadecimal digits; and of what is long, any
 * LONG characters in a row, since others may have cut it. Text must be redacted before it is cut.
 */

/** Shorter values are in too many texts: they are masked only where they are a value for certain. */
const SHORTEST = 4;
/** Without regard to spaces, a shorter one would be found in ordinary sentences. */
const SPACELESS = 8;
/** So many characters in a row of a longer value are never chance. */
const LONG = 24;
/** Every stretch of LONG characters has one of these whole, counted from the value's begin. */
const BLOCK = 12;
/** Places of one block that are tried; a value that repeats itself is found by any of them. */
const PLACES = 8;
interface Needle {
  readonly text: string;
  /** base64: its neighbours hold bits of the value too. */
  readonly coded: boolean;
}

/** Needles by their first SHORTEST characters. */
type Short = Map<string, Needle[]>;
/** Long needles by their blocks. */
type Long = Map<string, { readonly needle: Needle; readonly at: number }[]>;

/** What has been learned, and hides it. */
export class Redactor {
  readonly #known = new Set<string>();
  readonly #exact: Short = new Map();
  readonly #spaceless: Short = new Map();
  readonly #long: Long = new Map();
  readonly #tiny: RegExp[] = [];
  readonly #unread: Iterable<string>[] = [];

  /** From now on these values are hidden, too; they are not looked at before there is need. */
  learn(values: Iterable<string>): void {
    this.#unread.push(values);
  }

  /** The text with the mask for all that belongs to a value; other text stays as it is. */
  readonly redact = (text: string): string => {
    for (const values of this.#unread.splice(0)) for (const value of values) this.#take(value);
    if (this.#known.size === 0 || text.length === 0) return text;
    return text
      .split(MASK)
      .map((part) => masked(part, this.#found(part)))
      .join(MASK);
  };

  #take(value: string): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    for (const part of partsOf(value)) {
      if (part.length < SHORTEST) {
        if (part === value.trim() && part !== "") this.#tiny.push(valueOnly(part));
        continue;
      }
      for (const text of new Set([part, ...seen(part).map((each) => each.trim())]))
        this.#add({ text, coded: false });
      for (const text of codesOf(part)) this.#add({ text, coded: true });
    }
  }

  #add(needle: Needle): void {
    const { text, coded } = needle;
    const bare = text.replace(/\s+/g, "");
    if (text.length < SHORTEST) return;
    if (bare.length >= LONG) {
      index(this.#long, { text: bare, coded });
      return;
    }
    keep(this.#exact, text, needle);
    if (bare.length >= SPACELESS) keep(this.#spaceless, bare, { text: bare, coded });
  }

  /** Whether each character belongs to a value; `undefined`: none does. */
  #found(text: string): Uint8Array | undefined {
    let hits: Uint8Array | undefined;
    const hit = (reading: Reading, start: number, end: number) => {
      hits ??= new Uint8Array(text.length);
      hits.fill(1, reading.from?.[start] ?? start, reading.to?.[end - 1] ?? end);
    };
    for (const reading of readings(text)) {
      searchShort(reading, this.#exact, hit);
      if (this.#spaceless.size === 0 && this.#long.size === 0) continue;
      const bare = squeezed(reading);
      searchShort(bare, this.#spaceless, hit);
      searchLong(bare, this.#long, hit);
    }
    for (const pattern of this.#tiny)
      for (const match of text.matchAll(pattern))
        hit({ text }, match.index, match.index + match[0].length);
    return hits;
  }
}

/** What to warn of where a value cannot be hidden everywhere; `undefined`: nothing. */
export function exposed(value: string): string | undefined {
  const { length } = value.trim();
  if (length === 0 || length >= SHORTEST) return undefined;
  return `is shorter than ${SHORTEST} characters: in logs and errors it cannot be hidden everywhere`;
}

/** One with the same effect for some values, and no others. */
export function redacting(values: Iterable<string>): (text: string) => string {
  const redactor = new Redactor();
  redactor.learn(values);
  return redactor.redact;
}

/** A value with all its texts redacted; keys stay, since they name what is told of. */
export function redacted(value: Json, redact: (text: string) => string): Json {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item: Json) => redacted(item, redact));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redacted(item ?? null, redact)]),
  );
}

/** In quotes, or behind an equals sign, up to where a value ends. */
function valueOnly(value: string): RegExp {
  return new RegExp(`(?<=["'\`=])${literally(value)}(?=$|["'\`\\s,;&)\\]}\\\\])`, "gu");
}

function keep(map: Short, text: string, needle: Needle): void {
  const key = text.slice(0, SHORTEST);
  const before = map.get(key);
  if (before) before.push(needle);
  else map.set(key, [needle]);
}

function index(map: Long, needle: Needle): void {
  for (let at = 0; at + BLOCK <= needle.text.length; at += BLOCK) {
    const key = needle.text.slice(at, at + BLOCK);
    const before = map.get(key);
    if (!before) map.set(key, [{ needle, at }]);
    else if (before.length < PLACES) before.push({ needle, at });
  }
}

type Hit = (reading: Reading, start: number, end: number) => void;

function searchShort(reading: Reading, map: Short, hit: Hit): void {
  const { text } = reading;
  if (map.size === 0) return;
  for (let at = 0; at + SHORTEST <= text.length; at++) {
    for (const { text: needle, coded } of map.get(text.slice(at, at + SHORTEST)) ?? []) {
      if (!text.startsWith(needle, at)) continue;
      const [start, end] = [at, at + needle.length];
      hit(reading, ...(coded ? widened(text, start, end) : ([start, end] as const)));
    }
  }
}

function searchLong(reading: Reading, map: Long, hit: Hit): void {
  const { text } = reading;
  if (map.size === 0) return;
  const done = new Uint8Array(text.length);
  for (let at = 0; at + BLOCK <= text.length; at++) {
    const places = map.get(text.slice(at, at + BLOCK));
    // The first block of a stretch begins less than one before it, and the last ends so behind it.
    const near = done.subarray(Math.max(0, at - BLOCK + 1), at + 2 * BLOCK - 1);
    if (!places || near.every(Boolean)) continue;
    for (const { needle, at: place } of places) {
      const before = common(text, at, needle.text, place, -1);
      const after = common(text, at, needle.text, place, 1);
      if (before + after < LONG) continue;
      done.fill(1, at - before, at + after);
      const [start, end] = [at - before, at + after];
      hit(reading, ...(needle.coded ? widened(text, start, end) : ([start, end] as const)));
    }
  }
}

/** How many characters are the same before (`-1`), or from (`1`), two places. */
function common(one: string, at: number, other: string, place: number, step: 1 | -1): number {
  const first = step === 1 ? 0 : -1;
  let count = 0;
  for (;;) {
    const [i, j] = [at + first + step * count, place + first + step * count];
    if (i < 0 || j < 0 || i >= one.length || j >= other.length || one[i] !== other[j]) return count;
    count++;
  }
}

const DIGIT = /[\w+/-]/;

/** With the character on each side, which holds bits of the value, and what fills it up. */
function widened(text: string, start: number, end: number): readonly [number, number] {
  const first = DIGIT.test(text[start - 1] ?? "") ? start - 1 : start;
  let last = DIGIT.test(text[end] ?? "") ? end + 1 : end;
  while (text[last] === "=") last++;
  return [first, last];
}

function masked(text: string, hits: Uint8Array | undefined): string {
  if (!hits) return text;
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const hidden = hits[at];
    let end = at;
    while (end < text.length && hits[end] === hidden) end++;
    parts.push(hidden ? MASK : text.slice(at, end));
    at = end;
  }
  return parts.join("");
}
