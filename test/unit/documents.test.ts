import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS, GLOBALS } from "../../src/cli/command-list.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const documents = [
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
  // What is told there was so when it was written.
].filter((file) => file !== "CHANGELOG.md");

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Link targets of headings, as GitHub makes them. */
function anchors(markdown: string): Set<string> {
  const headings = markdown.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

/** What is wrong with a link of a document; of another site's nothing is said. */
function brokenLink(from: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? from : relative(ROOT, resolve(ROOT, dirname(from), path));
  if (!existsSync(join(ROOT, file))) return `${target}: there is no ${file}`;
  if (anchor === undefined || !file.endsWith(".md")) return undefined;
  return anchors(read(file)).has(anchor) ? undefined : `${target}: ${file} has no such heading`;
}

/** Code between backticks, and the lines of console blocks that a reader is to type. */
function codeOf(markdown: string): string[] {
  const typed = [...markdown.matchAll(/^\s*\$ (.*)$/gm)].map(([, line = ""]) => line);
  const inline = markdown.replace(/^```.*?^```/gms, "").matchAll(/`([^`\n]+)`/g);
  return [...typed, ...[...inline].map(([, code = ""]) => code)];
}

/** What is wrong with a `stack` command line as a document gives it. */
function wrongCommand(line: string): string | undefined {
  const [, name, rest = ""] = /^stack ([a-z][a-z-]*)([^#|&;]*)/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) return `${line}: no command is named ${name}`;
  const known = new Set([...command.options, ...GLOBALS].map((option) => option.name));
  const unknown = [...rest.matchAll(/(?<=\s)--([a-z-]+)/g)].filter(
    ([, option = ""]) => !known.has(option),
  );
  return unknown.length > 0 ? `${line}: has no option ${unknown.join(", ")}` : undefined;
}

/** What is wrong in any document, with its name. */
function everywhere(faults: (markdown: string, file: string) => readonly string[]): string[] {
  return documents.flatMap((file) => faults(read(file), file).map((fault) => `${file}: ${fault}`));
}

test("documents link to what is there", () => {
  const broken = everywhere((markdown, file) =>
    [...markdown.matchAll(/\]\(([^()\s]+)\)/g)].flatMap(
      ([, target = ""]) => brokenLink(file, target) ?? [],
    ),
  );
  expect(broken).toEqual([]);
});

test("documents name paths of the project that are there", () => {
  const path = /^(?:src|test|docs|examples|stacks|schemas|scripts|\.ci)\/[\w./-]*$/;
  // In a recipe a name in capitals stands for one's own.
  const named = (code: string) => path.test(code) && !/\b[A-Z]{3,}\b/.test(code);
  const missing = everywhere((markdown) =>
    codeOf(markdown).filter((code) => named(code) && !existsSync(join(ROOT, code))),
  );
  expect(missing).toEqual([]);
});

test("documents name commands and options that there are", () => {
  const wrong = everywhere((markdown) =>
    codeOf(markdown).flatMap((code) => wrongCommand(code) ?? []),
  );
  expect(wrong).toEqual([]);
});

test("the search for what is wrong in documents finds it", () => {
  expect(brokenLink("README.md", "docs/none.md")).toContain("there is no docs/none.md");
  expect(brokenLink("docs/variables.md", "../README.md#none")).toContain("no such heading");
  expect(brokenLink("README.md", "#install")).toBeUndefined();
  expect(wrongCommand("stack fly")).toContain("no command");
  expect(wrongCommand("stack plan --fly")).toContain("no option");
  expect(wrongCommand("stack plan --out FILE")).toBeUndefined();
  expect(codeOf("a `b c`\n```console\n$ stack plan\n```\n")).toEqual(["stack plan", "b c"]);
});
