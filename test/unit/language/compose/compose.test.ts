import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import type { Catalogue } from "../../../../src/attributes/core/attribute.ts";
import { asSet, equal, list, record, texts } from "../../../../src/attributes/values/json.ts";
import type { Loaded } from "../../../../src/language/load.ts";
import {
  type EnvFile,
  readEnvFile,
  readRawEnvFile,
} from "../../../../src/language/variables/env-file.ts";
import {
  interpolate,
  type Lookup,
  type Problem,
} from "../../../../src/language/variables/interpolate.ts";
import type { JsonObject } from "../../../../src/model/json.ts";
import { loaded, told } from "../support.ts";
import { type Env, envFiles, readByCompose } from "./env-files.ts";
import { expressions, interpolated } from "./expressions.ts";
import { BESIDE, filesOf, type Merge, merged, merges } from "./merges.ts";
import { ENVIRONMENT, recorded, unpacked } from "./record.ts";

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

describe("several files are merged as Compose merges them", () => {
  const { cases } = recorded<Merge, JsonObject>("merges");
  const beside = {
    networks: { front: {}, back: {} },
    volumes: { data: {}, other: {} },
    configs: { c1: { content: "1" }, c2: { content: "2" } },
    secrets: { s1: { file: "a.txt" }, s2: { file: "b.txt" } },
    containers: { db: { image: "busybox" }, mq: { image: "busybox" } },
  };
  const dockerfiles = ["", "web/", "other/"].flatMap((folder) =>
    ["Dockerfile", "a.docker", "b.docker"].map((name) => [folder + name, "FROM alpine\n"]),
  );
  const files = {
    ...BESIDE,
    ...Object.fromEntries(dockerfiles),
    "a.txt": "a",
    "b.txt": "b",
    "z.yaml": JSON.stringify(beside),
  };
  const read = (named: Readonly<Record<string, string>>) =>
    loaded(
      { ...files, ...named },
      { files: [...Object.keys(named), "z.yaml"], env: { MOTD: "hello" } },
    );

  /** What is asked in the end, without places and what silence means too; or what is wrong. */
  const asked = (from: Loaded): readonly unknown[] => {
    if (!from.stack) return told(from).map((line) => line.replace(/^\S+ ⟨.*⟩ | \| .*$/g, ""));
    return from.stack.resources.map(({ place: _, kind, spec, needs, build, ...resource }) => {
      const attributes: Catalogue = catalogue[kind];
      const said = Object.entries(spec).filter(([name, value]) => {
        const absent = attributes[name]?.absent;
        return absent?.is !== "value" || !equal(absent.value, value);
      });
      // Compose gives hosts in their order, each as often as it is named.
      const { extra_hosts: hosts, ...rest } = record(build?.asked as unknown as JsonObject);
      const built = build && { ...rest, ...(hosts ? { extra_hosts: asSet(texts(hosts)) } : {}) };
      const waits = needs.map((need) => JSON.stringify(need)).sort();
      return { ...resource, kind, spec: Object.fromEntries(said), needs: waits, build: built };
    });
  };

  /** A build without a part is none to us, and the folder itself to Compose. */
  const isEmptyBuild = ({ attribute, base, over }: Merge) =>
    attribute === "build" &&
    [base, over].every((one) => /^\{("\w+":)?[[{}\]]*\}$/.test(JSON.stringify(one)));

  /** Of several earlier pools Compose gives one the range or the addresses of another. */
  const mixesPools = ({ attribute, base }: Merge) =>
    attribute === "ipam" && list(record(base as JsonObject).config).length > 1;

  const attributes = Map.groupBy(cases, ([{ section, attribute }]) => `${section}.${attribute}`);

  test("every attribute has been asked", () => {
    const now = new Set(merges().map(({ section, attribute }) => `${section}.${attribute}`));
    expect([...attributes.keys()].sort(), "run `node scripts/record-compose.ts`").toEqual(
      [...now].sort(),
    );
    const answered = cases.filter(([, answer]) => answer !== null).length;
    console.log(`merges: ${answered} of ${attributes.size} attributes; Compose refuses the others`);
  });

  test.each([...attributes.keys()])("%s", (name) => {
    let made = 0;
    for (const [question, theirs] of attributes.get(name) ?? []) {
      if (theirs === null || isEmptyBuild(question) || mixesPools(question)) continue;
      const [base, over] = filesOf([question], "containers");
      const section = question.section === "services" ? "containers" : question.section;
      const image = question.section === "services" ? { image: "busybox" } : {};
      const single = { name: "shop", [section]: { k0: { ...image, ...theirs } } };
      const ours = asked(read({ "a.yaml": base, "b.yaml": over }));
      expect({ question, made: ours }).toEqual({
        question,
        made: asked(read({ "a.yaml": JSON.stringify(single) })),
      });
      if (!ours.every((each) => typeof each === "string")) made++;
    }
    // What is external to a swarm is refused.
    if (!/^(configs|secrets)\.external$/.test(name)) expect(made).toBeGreaterThan(0);
  });
});

describe("the records hold what Compose says", () => {
  const why = unpacked()
    ? process.env.STACK_TEST_FULL === "1"
      ? undefined
      : "only the full run asks Compose again"
    : "Compose is not unpacked: `scripts/engine fetch 28` does that";
  const asks: Readonly<Record<string, () => readonly unknown[]>> = {
    expressions: () => interpolated(expressions()),
    "env-files": () => readByCompose(envFiles(), "env"),
    "raw-files": () => readByCompose(envFiles(), "raw"),
    "label-files": () => readByCompose(envFiles(), "label"),
    merges: () => merged(merges()),
  };
  test.for(Object.keys(asks))("%s", { timeout: 1_800_000 }, (name, { skip }) => {
    if (why) skip(why);
    const answers = recorded<unknown, unknown>(name).cases.map(([, answer]) => answer);
    expect(asks[name]?.()).toEqual(answers);
  });
});
