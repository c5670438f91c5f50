import { stat } from "node:fs/promises";
import { hostname, release } from "node:os";
import { hostPaths, mayMake } from "../../../attributes/container/storage/host-paths.ts";
import { text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Stack } from "../../../model/stack.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/**
 * Paths that the stack's containers and volumes need on the engine's machine and that are missing.
 * Checked only if the engine certainly runs on this machine; paths that a container of the stack
 * may create are left out.
 */
export async function absentPaths(
  client: Client,
  { resources }: Stack,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (client.endpoint.kind !== "unix") return [];
  const needing = resources.filter(({ kind }) => kind === "container" || kind === "volume");
  const specs = needing.map(({ spec }) => spec);
  const asked = new Set(specs.flatMap((spec) => hostPaths(spec).map(({ path }) => path)));
  const absent: string[] = [];
  for (const each of asked) {
    const made = specs.some((spec) => mayMake(spec, each));
    if (!made && !(await exists(each))) absent.push(each);
  }
  if (absent.length === 0) return [];
  const info = await client.get<JsonObject>(path`/info`, { shared: true, signal });
  return (await isHere(info)) ? absent : [];
}

/**
 * True if this process sees the engine's files. In a container, a virtual machine, or behind a
 * forwarded socket, one of these facts differs.
 */
async function isHere({ Name, KernelVersion, DockerRootDir }: JsonObject): Promise<boolean> {
  const root = text(DockerRootDir);
  const same = Name === hostname() && KernelVersion === release() && root !== "";
  return same && (await exists(root));
}

/** A path that cannot be examined counts as existing. */
async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    return !["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
  }
}
