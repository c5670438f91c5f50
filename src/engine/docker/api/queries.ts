import { catalogue } from "../../../attributes/catalogue.ts";
import type { Catalogue } from "../../../attributes/core/attribute.ts";
import { at, list, number, record, text, texts } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { EngineMeans, ObservedState } from "../../../model/observed-state.ts";
import type { Kind, Stack } from "../../../model/stack.ts";
import type { Client } from "./client.ts";
import { path, reference } from "./path.ts";

/**
 * The engine's time in milliseconds since 1970. Events carry this clock's time, and ours may
 * differ.
 */
export async function engineTime(client: Client, signal: AbortSignal): Promise<number> {
  const { SystemTime } = await client.get<JsonObject>(path`/info`, { signal });
  return Date.parse(text(SystemTime));
}

/** Attributes that not every engine supports, by kind. */
const DEPENDENT: Partial<Record<Kind, readonly string[]>> = {
  container: ["cpus", "cpuset", "runtime", "logging"],
  network: ["driver"],
};

/** The engine's means for such attributes; asked only if the stack uses one. */
export async function meansFor(
  client: Client,
  { resources }: Stack,
  signal: AbortSignal,
): Promise<EngineMeans | undefined> {
  const asks = resources.some(({ kind, spec }) =>
    DEPENDENT[kind]?.some((name) => spec[name] !== undefined && spec[name] !== "bridge"),
  );
  if (!asks) return undefined;
  const info = await client.get<JsonObject>(path`/info`, { shared: true, signal });
  const plugins = await pluginNames(client, signal);
  return {
    cpus: number(info.NCPU),
    runtimes: Object.keys(record(info.Runtimes)),
    logDrivers: [...texts(at(info, "Plugins", "Log")), ...plugins],
    networkDrivers: [...texts(at(info, "Plugins", "Network")), ...plugins],
    manages: at(info, "Swarm", "ControlAvailable") === true,
  };
}

/** Names of installed plugins, with and without the tag `latest`. */
async function pluginNames(client: Client, signal: AbortSignal): Promise<readonly string[]> {
  const all = await client.get<JsonObject[]>(path`/plugins`, {
    accept: [404],
    shared: true,
    signal,
  });
  return list(all).flatMap((plugin) => {
    const name = text(record(plugin).Name);
    return [name, name.replace(/:latest$/, "")];
  });
}

/**
 * An image by name or ID; `undefined` if missing. `manifests` (API 1.48) lists the platforms in a
 * containerd store; older engines ignore it.
 */
export function findImage(
  client: Client,
  image: string,
  signal: AbortSignal,
  { shared = false, ...query }: { readonly manifests?: true; readonly shared?: boolean } = {},
): Promise<JsonObject | undefined> {
  const to = path`/images/${reference(image)}/json`;
  return client.get<JsonObject | undefined>(to, { query, accept: [404], shared, signal });
}

/** Facts that the stack's attributes require and that are false; queried only if there are any. */
export async function lackingFacts(
  client: Client,
  stack: Stack,
  signal: AbortSignal,
): Promise<Pick<ObservedState, "lacks">> {
  const attributes: Catalogue = catalogue.container;
  const needed = stack.resources
    .filter(({ kind }) => kind === "container")
    .flatMap(({ spec }) => Object.keys(spec))
    .flatMap((name) => attributes[name]?.docker?.optional ?? [])
    .filter((fact) => fact !== true);
  if (needed.length === 0) return {};
  const info = await client.get<JsonObject>(path`/info`, { shared: true, signal });
  const lacks = [...new Set(needed)].filter((fact) => info[fact] === false);
  return lacks.length > 0 ? { lacks } : {};
}
