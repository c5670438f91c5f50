import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const BUILT = resolve(import.meta.dirname, "../../../dist");

/**
 * A copy of the built program in a folder; gives its executable. A build that happens meanwhile
 * must not change the program between two runs.
 */
export function copiedProgram(folder: string): string {
  if (!existsSync(join(BUILT, "main.js")))
    throw new Error("dist/main.js is not there: npm run build");
  cpSync(BUILT, join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return join(folder, "dist/main.js");
}
