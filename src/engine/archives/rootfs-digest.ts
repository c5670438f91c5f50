import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { readStream, requireFile } from "../../system/read-file.ts";
import { BadArchive, isTar } from "./tar-reader.ts";

/**
 * Digest of a root file system archive together with the settings of the image made of it. @throws
 * BadArchive, or the file system's error
 */
export async function rootfsDigest(
  file: string,
  changes: readonly string[],
  platform: string,
): Promise<string> {
  requireFile(file);
  const handle = await open(file);
  try {
    if (!(await isTar(handle))) throw new BadArchive("it is not a tar archive");
  } finally {
    await handle.close();
  }
  const hash = createHash("sha256");
  for await (const part of readStream(file)) hash.update(part as Buffer);
  const content = hash.digest("hex");
  const whole = JSON.stringify([content, changes, platform]);
  return `sha256:${createHash("sha256").update(whole).digest("hex")}`;
}
