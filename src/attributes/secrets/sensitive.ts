import type { Json, JsonObject } from "../../model/json.ts";
import type { Secrets } from "../../model/stack.ts";
import type { Attribute } from "../core/attribute.ts";

/*
 * Sensitive values travel as tokens: U+E000 name U+E001. Source files may not contain these
 * characters, so a token is never an author's text, and clear text cannot reach a plan, a label,
 * a log or an error: it is put back only to compare with live state and in the engine's last step.
 */
const OPEN = "\uE000";
const CLOSE = "\uE001";
const TOKEN = /\uE000([^\uE001]*)\uE001/g;

/** What stands for a sensitive value wherever people or files see it. */
export const MASK = "(sensitive value)";

/** Environment keys whose values are treated as sensitive though nothing marks them. */
const SECRET_KEY = /pass|secret|token|key|cred|auth/i;

/** What to do instead where a build is to be given a sensitive value. */
export const BUILD_SECRET = "name a secret under `build.secrets`, and mount it where it is needed";

export function token(name: string): string {
  return OPEN + name + CLOSE;
}

export function looksSecret(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Puts clear text back for each token. A token without a value is our own mistake: it throws. */
export function reveal<T extends Json | undefined>(value: T, secrets: Secrets): T {
  return mapStrings(value, (text) =>
    text.replace(TOKEN, (_, name: string) => {
      const clear = secrets.get(name);
      if (clear === undefined) throw new Error(`no value for the sensitive name ${name}`);
      return clear;
    }),
  );
}

/**
 * A create body with clear text for the engine. Its labels keep their tokens: the record of what was
 * asked is among them, and every user of the engine may read it.
 */
export function revealBody(body: JsonObject, secrets: Secrets): JsonObject {
  const { Labels, ...rest } = body;
  return { ...reveal(rest, secrets), ...(Labels === undefined ? {} : { Labels }) };
}

/** Puts the mask for each token, for display. */
export function mask<T extends Json | undefined>(value: T): T {
  return mapStrings(value, (text) => text.replace(TOKEN, MASK));
}

/** For `Attribute.sensitive` of a list of `KEY=value` or a map: the values may be, and no key. */
export function inValues(text: string, path: readonly (string | number)[]): boolean {
  const [key = ""] = typeof path.at(-1) === "number" ? text.split("=") : [];
  return tokensIn(key).length === 0;
}

/** Whether there is a place in it where a sensitive variable may be used. */
export function takesSensitive({ sensitive }: Pick<Attribute, "sensitive">): boolean {
  return typeof sensitive === "function" ? sensitive("", []) : sensitive === true;
}

/**
 * Whether the stack says that the value of that name is sensitive. Others only look so: in its own text
 * they may be the most ordinary words, as where a password for trials is the image's name.
 */
export const isDeclared = (name: string): boolean => !name.startsWith("container.");

/** The values that the stack says are sensitive. */
export function* declaredValues(secrets: Secrets): Generator<string> {
  for (const [name, value] of secrets) if (isDeclared(name)) yield value;
}

/** The names in the tokens of a text, in their order, as often as they stand there. */
export const tokens = (text: string): readonly string[] =>
  [...text.matchAll(TOKEN)].map(([, name = ""]) => name);

/** Names of all tokens in a value. */
export function tokensIn(value: Json | undefined): string[] {
  const names = new Set<string>();
  mapStrings(value, (text) => {
    for (const match of text.matchAll(TOKEN)) names.add(match[1] ?? "");
    return text;
  });
  return [...names];
}

/** What stands around and between the tokens of a text. */
export const pieces = (text: string): readonly string[] => text.split(/\uE000[^\uE001]*\uE001/);

/** A text as a pattern that only it matches. */
export const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** What has no token stays the very same value. */
function mapStrings<T extends Json | undefined>(value: T, change: (text: string) => string): T {
  const walk = (node: Json | undefined): Json | undefined => {
    if (typeof node === "string") return node.includes(OPEN) ? change(node) : node;
    if (node === null || typeof node !== "object") return node;
    const before = Object.values(node);
    const after = before.map(walk);
    if (after.every((item, index) => item === before[index])) return node;
    if (Array.isArray(node)) return after as Json[];
    return Object.fromEntries(Object.keys(node).map((key, index) => [key, after[index]]));
  };
  return walk(value) as T;
}
