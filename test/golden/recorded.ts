import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/model/json.ts";

/*
 * One folder a case: what a real engine has told of `stack.yaml` (`observed.json`), after
 * `before.yaml` was applied and something had happened, and the plan that follows (`plan.txt`).
 * `scripts/record-observations` records them anew.
 */
const RECORDED = join(import.meta.dirname, "recorded");

export interface RecordedCase {
  readonly name: string;
  readonly about: string;
  /** The engine that is recorded: `20.10`, `28.5`, `28.5 with containerd`. */
  readonly engine: string;
  /** Calls of the engine's API by somebody else, since `before.yaml` was applied. */
  readonly since?: readonly (readonly ["POST" | "DELETE", string, JsonObject?])[];
  path(file: string): string;
  /** Absent: there is no such file. */
  read(file: string): string | undefined;
}

export const recordedCases: readonly RecordedCase[] = readdirSync(RECORDED)
  .sort()
  .map((name) => {
    const folder = join(RECORDED, name);
    const files = readdirSync(folder);
    const path = (file: string) => join(folder, file);
    const read = (file: string) =>
      files.includes(file) ? readFileSync(path(file), "utf8") : undefined;
    return { name, ...JSON.parse(read("case.json") ?? ""), path, read };
  });
