import { statfsSync } from "node:fs";
import { readWhole } from "../files/read.ts";
import type { Around } from "./around.ts";

export const readFile: Around["read"] = readWhole;

/** Loaded by the few commands that write. */
export const writeFile: Around["write"] = async (path, content, how) =>
  (await import("../files/write.ts")).writeWhole(path, content, how);

export const spaceUnder: Around["space"] = (path) => {
  try {
    const { bsize, bavail, blocks } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
};
