import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "../../../../src/model/json.ts";

/*
 * What Docker Compose makes of files. Its answers are recorded beside this file by
 * `node scripts/record-compose.ts`, so that the comparison with ours needs no Compose.
 */

export const program = new URL(
  "../../../../.engine/pkg28/usr/libexec/docker/cli-plugins/docker-compose",
  import.meta.url,
).pathname;

/** What variables there are where Compose reads a file. */
export const ENVIRONMENT: Readonly<Record<string, string>> = { SET: "set", EMPTY: "" };

export const unpacked = (): boolean => existsSync(program);

function composeVersion(): string {
  return execFileSync(program, ["version", "--short"], { encoding: "utf8" }).trim();
}

/** The files of a folder as one project; `undefined`: Compose refuses them. */
export function config(
  files: Readonly<Record<string, string>>,
  named: readonly string[],
  ...flags: readonly string[]
): JsonObject | undefined {
  const folder = mkdtempSync(join(tmpdir(), "compose-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const given = named.flatMap((name) => ["-f", name]);
    const told = execFileSync(
      program,
      [...given, "config", "--format", "json", "--no-normalize", "--no-path-resolution", ...flags],
      { cwd: folder, env: { ...ENVIRONMENT, HOME: folder }, encoding: "utf8", stdio: "pipe" },
    );
    return JSON.parse(told) as JsonObject;
  } catch (error) {
    if (typeof (error as { status?: unknown }).status !== "number") throw error;
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The answer to each question, asked together: what is refused is found by asking halves.
 * `ask` gives the answers in order, or `undefined` where one of the questions is refused.
 */
export function answers<Q, A>(
  questions: readonly Q[],
  ask: (some: readonly Q[]) => readonly A[] | undefined,
): (A | null)[] {
  if (questions.length === 0) return [];
  const all = ask(questions);
  if (all) return [...all];
  if (questions.length === 1) return [null];
  const half = questions.length >> 1;
  return [...answers(questions.slice(0, half), ask), ...answers(questions.slice(half), ask)];
}

/** `$$` is how Compose writes a dollar. */
export const undollared = (text: string): string => text.replaceAll("$$", "$");

/** A record: which Compose was asked, and each question with its answer. */
export interface Recorded<Q, A> {
  readonly compose: string;
  readonly cases: readonly (readonly [question: Q, answer: A | null])[];
}

const place = (name: string) => new URL(`${name}.json`, import.meta.url);

export function recorded<Q, A>(name: string): Recorded<Q, A> {
  return JSON.parse(readFileSync(place(name), "utf8")) as Recorded<Q, A>;
}

export function record(name: string, cases: readonly (readonly [Json, Json])[]): void {
  const lines = cases.map((each) => `    ${JSON.stringify(each)}`).join(",\n");
  const head = `{\n  "compose": ${JSON.stringify(composeVersion())},\n  "cases": [\n`;
  writeFileSync(place(name), `${head}${lines}\n  ]\n}\n`);
}
