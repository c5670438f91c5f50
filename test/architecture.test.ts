import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

/** Imports run one way, from a higher rank to a lower one; folders of one rank never meet. */
const RANKS: Readonly<Record<string, number>> = {
  model: 0,
  attributes: 1,
  language: 2,
  planning: 2,
  import: 2,
  system: 3,
  engine: 4,
  executor: 4,
  render: 5,
  cli: 6,
  "main.ts": 7,
  "launch.ts": 7,
};

/** The port is a word between equals: what runs a plan knows of an engine no more than this. */
const PORTS: Readonly<Record<string, readonly string[]>> = { executor: ["engine/engine.ts"] };

/** Files of the pure folders that may use a package, and which. */
const PACKAGES: Readonly<Record<string, string>> = {
  "language/yaml/parse.ts": "yaml",
  "language/yaml/to-tree.ts": "yaml",
};

const LINES = 250;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
  .sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(SRC, file), "utf8")]));
const imports = files.flatMap((from): Import[] => {
  const pattern =
    /(?:^|\n)(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)|(?:^|\n)import\s+"([^"]+)"/g;
  return [...(texts.get(from) ?? "").matchAll(pattern)].map(([, named, lazy, bare]) => {
    const target = named ?? lazy ?? bare ?? "";
    const own = target.startsWith(".");
    return { from, to: own ? relative(SRC, resolve(dirname(join(SRC, from)), target)) : target };
  });
});
const own = imports.filter(({ to }) => texts.has(to));
const outside = imports.filter(
  ({ to }) => !texts.has(to) && !to.startsWith("language/schema/validator/"),
);

const folder = (file: string): string => file.split("/")[0] ?? file;
const rank = (file: string): number => RANKS[folder(file)] ?? Number.NaN;
const arrow = ({ from, to }: Import): string => `${from} -> ${to}`;

test("every file has a rank", () => {
  expect(files.filter((file) => Number.isNaN(rank(file)))).toEqual([]);
  expect(files.length).toBeGreaterThan(50);
});

test("imports run one way", () => {
  const wrong = own.filter(({ from, to }) => {
    if (folder(from) === folder(to)) return false;
    if (PORTS[folder(from)]?.includes(to)) return false;
    return rank(to) >= rank(from);
  });
  expect(wrong.map(arrow)).toEqual([]);
});

test("the pure folders know neither the machine nor packages", () => {
  const wrong = outside.filter(({ from, to }) => rank(from) <= 2 && PACKAGES[from] !== to);
  expect(wrong.map(arrow)).toEqual([]);
});

test("only the Docker engine's folder knows dockerode", () => {
  const wrong = outside.filter(
    ({ from, to }) => /^docker(ode|-modem)/.test(to) && !from.startsWith("engine/docker/"),
  );
  expect(wrong.map(arrow)).toEqual([]);
});

test("only the outermost files end the process, and ask for the time or for chance", () => {
  const pure = files.filter((file) => rank(file) <= 5 && folder(file) !== "engine");
  const wrong = pure.filter((file) =>
    /\bprocess\.(?:env|cwd|exit|argv|hrtime)\b|Date\.now\(|new Date\(\)|Math\.random\(|performance\.now/.test(
      texts.get(file) ?? "",
    ),
  );
  expect(wrong).toEqual([]);
});

/** Circles among arrows, each as its way round. */
function circlesOf(arrows: readonly Import[]): readonly string[] {
  const targets = Map.groupBy(arrows, ({ from }) => from);
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const from of targets.keys()) visit(from, []);
  return circles;
}

/** The folders that a file is in, from the outermost. */
function above(file: string): readonly string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

test("no file imports itself in a circle", () => {
  expect(circlesOf(own)).toEqual([]);
});

/** Folders, and files that stand beside them: what a reader meets first. */
const ENTRIES = 12;

test(`no folder of src or test has more than ${ENTRIES} entries`, () => {
  const found = ["src", "test"].flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name))),
  );
  const folders = new Map<string, Set<string>>();
  for (const file of found)
    for (const folder of above(file)) {
      const entries = folders.get(folder) ?? new Set();
      folders.set(folder, entries.add(roomIn(folder, file) ?? ""));
    }
  const large = [...folders].filter(([, entries]) => entries.size > ENTRIES).map(([path]) => path);
  expect(large).toEqual([]);
});

/** What `file` belongs to among the entries of `parent`: a folder, or the file itself. */
function roomIn(parent: string, file: string): string | undefined {
  if (parent && !file.startsWith(`${parent}/`)) return undefined;
  return file.slice(parent ? parent.length + 1 : 0).split("/")[0];
}

test("no room imports another in a circle", () => {
  const parents = new Set(files.flatMap((file) => ["", ...above(file)]));
  const circles = [...parents].flatMap((parent) => {
    const arrows = own.flatMap(({ from, to }) => {
      const [one, other] = [roomIn(parent, from), roomIn(parent, to)];
      return one !== undefined && other !== undefined && one !== other
        ? [{ from: one, to: other }]
        : [];
    });
    return circlesOf(arrows).map((circle) => `${parent}: ${circle}`);
  });
  expect(circles).toEqual([]);
});

test("nothing is exported without a name", () => {
  expect(files.filter((file) => /^export default\b/m.test(texts.get(file) ?? ""))).toEqual([]);
});

test(`no file is longer than ${LINES} lines`, () => {
  const long = [...texts].filter(
    ([file, text]) =>
      !file.startsWith("language/schema/validator/") && text.split("\n").length - 1 > LINES,
  );
  expect(long.map(([file]) => file)).toEqual([]);
});

test("names say what a thing is", () => {
  const vague =
    /\b(?:class|interface|type|function|const|let)\s+(\w*(?:Manager|Handler|Helper|Util|Utils|Service))\b/g;
  const found = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(vague)].map(([, name]) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
  expect(
    files.filter((file) => /(manager|handler|helper|util|service)s?\.ts$/i.test(file)),
  ).toEqual([]);
});
