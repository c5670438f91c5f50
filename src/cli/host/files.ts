import { statfsSync } from "node:fs";
import { readWhole } from "../../system/read-file.ts";
import type { CliHost } from "./host.ts";

export const readFile: CliHost["read"] = readWhole;

/** Loaded by the few commands that write. */
export const writeFile: CliHost["write"] = async (path, content, how) =>
  (await import("../../system/write-file.ts")).writeWhole(path, content, how);

export const spaceUnder: CliHost["space"] = (path) => {
  try {
    const { bsize, bavail, blocks } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
};
