import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EnvFile, readEnvFile, readRawEnvFile } from "../../src/language/envfile.ts";
import { interpolate, type Lookup, type Problem } from "../../src/language/interpolate.ts";
import { ENVIRONMENT, recorded } from "./compose/compose.ts";
import { type Env, envFiles } from "./compose/env-files.ts";
import { expressions } from "./compose/expressions.ts";

/* What we make of the generated questions is what Compose makes of them, but for what is said. */

const lookup: Lookup = (name) => {
  const text = Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined;
  return text === undefined ? undefined : { text, empty: text === "" };
};

/** Whether something is wrong: that a variable is not set is an error to us, and "" to Compose. */
const refused = (problems: readonly Problem[]) => problems.some(({ unset }) => unset === undefined);

function compared<Q, A>(
  name: string,
  questions: readonly Q[],
  ours: (question: Q) => A | null,
  otherwise: (question: Q, theirs: A | null) => boolean,
): void {
  const { cases } = recorded<Q, A>(name);
  const own = cases.filter(([question, answer]) => otherwise(question, answer));
  console.log(
    `${name}: ${cases.length - own.length} compared with Compose, ${own.length} left out`,
  );
  const asked = cases.map(([question]) => question);
  expect(asked, "run `node scripts/record-compose.ts`").toEqual(questions);
  const same = cases.filter(([question, answer]) => !otherwise(question, answer));
  expect(same.map(([question]) => [question, ours(question)])).toEqual(same);
}

test("interpolation is Compose's", () => {
  compared<string, string>(
    "expressions",
    expressions(),
    (text) => {
      const { text: filled, problems } = interpolate(text, lookup);
      return refused(problems) ? null : filled;
    },
    // Compose refuses a line end in a word, and overlooks the second brace of `{}`.
    (text) => text.includes("\n") || text.includes("{}"),
  );
});

test("any JSON may be a default", () => {
  const plain = fc.string().filter((text) => !/[${}]/.test(text));
  const json = fc.letrec((tie) => ({
    any: fc.oneof(plain, fc.integer(), fc.constant(null), tie("list"), tie("map")),
    list: fc.array(tie("any"), { maxLength: 3 }),
    map: fc.dictionary(plain, tie("any"), { maxKeys: 3 }),
  }));
  const around = fc.constantFrom(["", ""], ["{", "}"], ["a ", " ${SET}"], ["${UNSET:-", "}"]);
  fc.assert(
    fc.property(json.any, around, (value, [before, behind]) => {
      const text = JSON.stringify(value);
      const { text: filled } = interpolate(`${before}\${UNSET:-${text}}${behind}`, lookup);
      expect(filled).toBe(interpolate(`${before}@${behind}`, lookup).text.replace("@", () => text));
    }),
  );
});

describe("environment files are read as Compose reads them", () => {
  const read = (reader: (text: string) => EnvFile, inherited: Lookup) => (text: string) => {
    const { lines, problems } = reader(text.replace(/^\ufeff/, ""));
    if (refused(problems)) return null;
    const values = lines.map(({ key, value }) => [key, value ?? inherited(key)?.text]);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Env;
  };
  /** Compose takes a line that begins with `=`, and a key that holds a carriage return. */
  const nameless = (_: string, theirs: Env | null) =>
    theirs !== null && Object.keys(theirs).some((key) => key === "" || key.includes("\r"));

  test("env_file", () => {
    const ours = read((text) => readEnvFile(text, lookup), lookup);
    compared("env-files", envFiles(), ours, nameless);
  });

  test("env_file, format: raw", () => {
    compared("raw-files", envFiles(), read(readRawEnvFile, lookup), nameless);
  });

  test("label_file, which sees its own lines alone in Compose", () => {
    const none: Lookup = () => undefined;
    compared(
      "label-files",
      envFiles(),
      read((text) => readEnvFile(text, none), none),
      nameless,
    );
  });
});
