import { execFileSync } from "node:child_process";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readFile } from "../../../src/cli/host/files.ts";
import { loadKept } from "../../../src/cli/inputs/load-cache.ts";
import { type Loaded, load, type Sources } from "../../../src/language/load.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-kept-"));
const cache = join(folder, "cache");
const work = join(folder, "work");
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  for (const each of [cache, work]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each);
  }
});

const STACK = `name: shop
variables: { size: { default: small } }
containers:
  web:
    image: busybox:1.36
    environment:
      - ROLE=front
      - SIZE=\${size}
      - HOST=\${KEPT_HOST:-none}
      - KEPT_GIVEN
    env_file: [{ path: web.env, required: false }]
    configs: [{ source: page, target: /page }]
configs: { page: { file: page.txt } }
`;

const sources = (more: Partial<Sources> = {}): Sources => ({
  read: readFile,
  ...{ files: ["stack.yaml"], cwd: work, home: "/home/me" },
  ...{ env: {}, variables: [], variableFiles: [], ...more },
});
const write = (name: string, text: string | Buffer) => writeFileSync(join(work, name), text);
const MKFIFO: string = "mkfifo";
const fifo = (name: string) => execFileSync(MKFIFO, [join(work, name)]);
const shop = () => {
  write("stack.yaml", STACK);
  write("page.txt", "hello\n");
};

/** Loads through the cache; tells whether that took a load. */
async function through(given: Sources): Promise<{ loaded: Loaded; loads: number }> {
  let loads = 0;
  const loaded = await loadKept(given, cache, async (each) => {
    loads += 1;
    return load(each);
  });
  return { loaded, loads };
}
const loads = async (more: Partial<Sources> = {}) => (await through(sources(more))).loads;
const records = () => readdirSync(cache).map((name) => join(cache, name));

describe("what is kept", () => {
  const root = resolve(import.meta.dirname, "../../..");
  const known = ["examples", "test/golden/cases"].flatMap((parent) =>
    readdirSync(join(root, parent), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("/stack.yaml"))
      .map((file) => `${parent}/${file}`),
  );
  test.each(known)("%s", async (file) => {
    const given = sources({ files: [file], cwd: root });
    const fresh = load(given);
    const keeps = fresh.diagnostics.length + fresh.secrets.size + fresh.commands.length === 0;
    for (const expected of [1, keeps ? 0 : 1]) {
      const { loaded, loads } = await through(given);
      expect(loads).toBe(expected);
      expect(loaded).toStrictEqual(fresh);
    }
  });

  test("is for its owner alone, and says nothing but what was asked for", async () => {
    shop();
    write("stack.yaml", STACK.replace("front", "hidden-in-stack"));
    write(".env", "KEPT_HOST=hidden-in-dotenv\n");
    const more = { env: { KEPT_GIVEN: "hidden-outside" }, variables: ["size=hidden-in-flag"] };
    const { loaded } = await through(sources(more));
    expect(JSON.stringify(loaded.document).match(/hidden-[-\w]+/g)).toHaveLength(4);
    const [record = "", ...others] = records();
    expect(others).toEqual([]);
    expect(statSync(record).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(record);
    const head = bytes.toString("utf8", 0, bytes.indexOf(10));
    expect(head).toContain("KEPT_GIVEN");
    expect(head).toContain(join(work, "page.txt"));
    expect(bytes.toString("latin1")).not.toMatch(/hidden|busybox|front/);
  });

  test("has one place for each stack, of a fixed number", async () => {
    for (let index = 0; index < 300; index += 1) {
      write(`s${index}.yaml`, "name: shop\n");
      await loads({ files: [`s${index}.yaml`] });
    }
    expect(records().length).toBeGreaterThan(32);
    expect(records().length).toBeLessThanOrEqual(64);
  });
});

describe("what is not kept", () => {
  test.each<[string, string, Partial<Sources>]>([
    [
      "a warning",
      "name: shop\ncontainers: { a: { image: b, network_mode: host, ports: [80] } }\n",
      {},
    ],
    ["a mistake", "name: shop\ncontainer: {}\n", {}],
    [
      "a sensitive value",
      "name: shop\nvariables: { pw: { sensitive: true } }\ncontainers: { a: { image: b, environment: { A: '${pw}' } } }\n",
      { variables: ["pw=s3cret"] },
    ],
    [
      "what looks like a secret",
      "name: shop\ncontainers: { a: { image: b, environment: [PASSWORD] } }\n",
      { env: { PASSWORD: "s3cret" } },
    ],
    [
      "a secret",
      "name: shop\nsecrets: { pw: { environment: PW } }\ncontainers: { a: { image: b, secrets: [pw] } }\n",
      { env: { PW: "s3cret" } },
    ],
    ["too much", `name: shop\nx-more: ${"long ".repeat(300_000)}\n`, {}],
  ])("%s", async (_, text, more) => {
    write("stack.yaml", text);
    for (let run = 0; run < 2; run += 1) {
      const { loaded, loads } = await through(sources(more));
      expect(loads).toBe(1);
      expect(loaded).toEqual(load(sources(more)));
    }
    expect(records()).toEqual([]);
  });

  test("what comes from a pipe or from standard input", async () => {
    shop();
    fifo("pipe");
    const read = (path: string) =>
      /(^|\/)(-|pipe)$/.test(path) ? Buffer.from(STACK) : readFile(path);
    // Its name, and not a file's that has it.
    write("-", "name: other\n");
    for (const file of ["pipe", "-", "./-"]) expect(await loads({ read, files: [file] })).toBe(1);
    expect(records()).toEqual([]);
    // A file that was kept, and has become a pipe that nobody writes to.
    expect(await loads()).toBe(1);
    fifo("web.env");
    const instead = (path: string) =>
      path.endsWith("/web.env") ? Buffer.from("A=1\n") : readFile(path);
    expect(await loads({ read: instead })).toBe(1);
  });
});

test("files that are written while they are read are not kept", async () => {
  shop();
  const twice = ["one.yaml", "one.yaml"];
  for (const [texts, expected] of [
    [["name: shop\n", "name: shop\n"], 0],
    [["name: shop\n", "name: shop\nx-a: 1\n"], 1],
    [["name: shop\nx-a: 1\n", "name: shop\n"], 1],
  ] as const) {
    write("one.yaml", texts[1]);
    const left: string[] = [...texts];
    const read = (path: string) =>
      path.endsWith("one.yaml") ? Buffer.from(left.shift() ?? texts[1]) : readFile(path);
    expect(await loads({ files: twice, read })).toBe(1);
    expect(await loads({ files: twice })).toBe(expected);
    for (const record of records()) rmSync(record);
  }
});

describe("a record that does not serve", () => {
  test("is made anew where it is damaged", async () => {
    shop();
    const { loaded } = await through(sources());
    const [record = ""] = records();
    const sound = readFileSync(record);
    const places = [0, 5, sound.indexOf(10) + 1, sound.indexOf(10) + 20, sound.length - 1];
    const damaged = places.map((place) => {
      const bytes = Buffer.from(sound);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      return bytes;
    });
    const cut = [0, 9, sound.indexOf(10) + 6, sound.length - 1].map((end) =>
      sound.subarray(0, end),
    );
    for (const bytes of [...damaged, ...cut]) {
      writeFileSync(record, bytes);
      expect(await through(sources())).toEqual({ loaded, loads: 1 });
      expect(await through(sources())).toEqual({ loaded, loads: 0 });
    }
  });

  test.skipIf(process.getuid?.() !== 0)("(as root) is somebody else's", async () => {
    shop();
    expect([await loads(), await loads()]).toEqual([1, 0]);
    chownSync(records()[0] ?? "", 1000, 1000);
    expect([await loads(), await loads()]).toEqual([1, 0]);
  });

  test("cannot be written", async () => {
    shop();
    rmSync(cache, { recursive: true });
    expect([await loads(), await loads()]).toEqual([1, 1]);
    expect(await loadKept(sources(), undefined, async (each) => load(each))).toEqual(
      load(sources()),
    );
  });
});

/** What may be different from one run to the next. */
const FILES = {
  "stack.yaml": [STACK, STACK.replace("front", "stern"), `${STACK}x-note: more\n`, "name: shop\n"],
  "page.txt": ["hello\n", "jello\n", ""],
  "web.env": [undefined, "A=1\n", "A=2\n", "A=${KEPT_HOST}\n"],
  ".env": [undefined, "KEPT_HOST=h1\n", "KEPT_HOST=h2\nsize=large\n", ""],
  "vars.yaml": ["size: big\n", "size: bigger\n"],
  "more.yaml": ["containers: { web: { init: true } }\n", "containers: {}\n"],
} as const;
type Change =
  | { readonly file: string; readonly text: string | undefined }
  | { readonly given: Partial<Sources> };
const given = (...each: readonly Partial<Sources>[]): fc.Arbitrary<Change> =>
  fc.constantFrom(...each).map((more) => ({ given: more }));
const change: fc.Arbitrary<Change> = fc.oneof(
  ...Object.entries(FILES).map(([file, texts]) =>
    fc.constantFrom(...texts).map((text): Change => ({ file, text })),
  ),
  given({ env: {} }, { env: { KEPT_HOST: "" } }, { env: { KEPT_HOST: "h3" } }),
  given({ env: { size: "env" } }, { env: { KEPT_GIVEN: "" } }, { env: { UNASKED: "x" } }),
  given({ variables: [] }, { variables: ["size=flag"] }, { variables: ["size=other"] }),
  given({ variableFiles: [] }, { variableFiles: ["vars.yaml"] }),
  given({ files: ["stack.yaml"] }, { files: ["stack.yaml", "more.yaml"] }),
  given({ stackName: undefined }, { stackName: "one" }, { stackName: "two" }),
  given({ home: "/home/me" }, { home: "/home/you" }),
);

test("a load through the cache is as one without, whatever has changed meanwhile", async () => {
  let spared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      for (const file of Object.keys(FILES)) rmSync(join(work, file), { force: true });
      shop();
      for (const file of ["vars.yaml", "more.yaml"] as const) write(file, FILES[file][0]);
      let now = sources();
      for (const each of [{ given: {} }, ...changes]) {
        if ("given" in each) now = { ...now, ...each.given };
        else if (each.text === undefined) rmSync(join(work, each.file), { force: true });
        else write(each.file, each.text);
        const { loaded, loads } = await through(now);
        spared += 1 - loads;
        expect(loaded).toStrictEqual(load(now));
      }
    }),
    { numRuns: 150 },
  );
  expect(spared).toBeGreaterThan(100);
});
