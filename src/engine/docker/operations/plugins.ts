import { pluginName, sameReference } from "../../../attributes/objects/plugin.ts";
import { reveal } from "../../../attributes/secrets/sensitive.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ObservedPlugin, ObservedState } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Operation, OperationOf } from "../../../model/operations/operations.ts";
import type { Resource, Stack } from "../../../model/stack.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path, reference } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import { layers, type PullLine } from "../images/pull-progress.ts";
import { authorization, type Logins } from "../registry/credentials.ts";

/** A registry far away may take its time. */
const DEADLINE = 30_000;
/** Seconds that a plugin has to open its socket, as Docker's own client gives it. */
const ENABLING = 30;

type Read = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * The stack's plugins, and what those want that are to be installed or upgraded (`GET
 * /plugins/privileges`, for which the engine asks the registry). Nothing is asked for a stack
 * without plugins.
 */
export async function observePlugins(
  client: Client,
  logins: Logins,
  { resources }: Stack,
  read: Read,
  signal: AbortSignal,
): Promise<Pick<ObservedState, "plugins" | "privileges">> {
  const named = resources.filter(({ kind }) => kind === "plugin");
  if (named.length === 0) return {};
  const all = await read(() => client.get<JsonObject[] | null>(path`/plugins`, { signal }));
  const names = new Set(named.map(({ name }) => name));
  const plugins = list(all ?? [])
    .map(record)
    .map((json): ObservedPlugin => ({ id: text(json.Id), name: pluginName(text(json.Name)), json }))
    .filter(({ name }) => names.has(name));
  const coming = named.filter((resource) => !resource.external && isComing(resource, plugins));
  const sources = [...new Set(coming.map(({ spec }) => text(spec.source)))];
  const answers = await Promise.all(
    sources.map((source) => read(() => wanted(client, logins, source, signal))),
  );
  const privileges = sources.map((source, index) => [source, answers[index] ?? null]);
  return { plugins, privileges: Object.fromEntries(privileges) };
}

function isComing({ name, spec }: Resource, plugins: readonly ObservedPlugin[]): boolean {
  const found = plugins.find((plugin) => plugin.name === name);
  return !found || !sameReference(text(found.json.PluginReference), text(spec.source));
}

/** `null`: the registry does not answer, or has no such plugin. */
async function wanted(client: Client, logins: Logins, source: string, signal: AbortSignal) {
  try {
    const { host } = splitReference(source);
    const answer = await client.get<JsonObject[] | null>(path`/plugins/privileges`, {
      query: { remote: source },
      headers: authorization(await logins.of(host, signal), host),
      deadline: DEADLINE,
      signal,
    });
    return answer ?? [];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) return null;
    throw error;
  }
}

type Coming = Extract<Operation, { operation: "plugin.install" | "plugin.upgrade" }>;

/**
 * Installs or upgrades a plugin, which is disabled then.
 * @throws EngineError also for an error inside the 200 stream, such as privileges that are not those
 * that the plugin wants now
 */
export async function pullPlugin(
  client: Client,
  logins: Logins,
  work: Coming,
  { signal, advance }: Pick<StepContext, "signal" | "advance">,
): Promise<void> {
  const { source, privileges: json } = work;
  const { host } = splitReference(source);
  const headers = authorization(await logins.of(host, signal), host);
  // An upgrade takes the name alone: 20.10 refuses an id as no repository's name.
  const [to, query] =
    work.operation === "plugin.install"
      ? [path`/plugins/pull`, { remote: source, name: work.name }]
      : [below({ name: work.plugin.name }, "upgrade"), { remote: source }];
  const lines = await client.progress("POST", to, { query, headers, json, signal });
  const sum = layers();
  for await (const line of lines) {
    const progress = sum(line as PullLine);
    if (progress) advance(progress);
  }
  // The stream has no last line that would tell that it is whole.
  if (await isHere(client, work, signal)) return;
  const message = `${source} is not on the engine after it was pulled`;
  throw postconditionFailed("not-applied", `POST ${to}`, message, "Apply again.");
}

/** Whether a plugin of that name has been installed from, or upgraded to, the reference. */
export async function isHere(client: Client, work: Coming, signal: AbortSignal): Promise<boolean> {
  const plugin = work.operation === "plugin.install" ? { name: work.name } : work.plugin;
  const live = await pluginNow(client, plugin, signal);
  return live !== undefined && sameReference(text(live.PluginReference), work.source);
}

type Setting = OperationOf<"plugin.set">;

export async function setPlugin(
  client: Client,
  { plugin, settings }: Setting,
  { secrets, signal }: Pick<StepContext, "secrets" | "signal">,
): Promise<void> {
  const pairs = Object.entries(reveal(settings, secrets)).map(
    ([name, value]) => `${name}=${value}`,
  );
  await client.post(below(plugin, "set"), pairs, { signal });
}

/** Enables or disables it. A rollback may find that it never was otherwise, which engines refuse. */
export async function switchPlugin(
  client: Client,
  plugin: Ref,
  enabled: boolean,
  signal: AbortSignal,
): Promise<void> {
  const query = enabled ? { timeout: ENABLING } : {};
  const deadline = (ENABLING + 30) * 1000;
  const to = below(plugin, enabled ? "enable" : "disable");
  try {
    await client.post(to, undefined, { query, deadline, signal });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const live = await pluginNow(client, plugin, signal).catch(() => undefined);
    if (live?.Enabled !== enabled) throw error;
  }
}

export async function removePlugin(client: Client, plugin: Ref, signal: AbortSignal) {
  await client.delete(pathOf(plugin), { accept: [404], signal });
}

export function pluginNow(client: Client, plugin: Ref, signal: AbortSignal) {
  return client.get<JsonObject | undefined>(below(plugin, "json"), { accept: [404], signal });
}

/** By its id where it was observed, so that a step can never meet another plugin of the same name. */
const pathOf = ({ id, name }: Ref) => path`/plugins/${reference(id ?? name)}`;

const below = ({ id, name }: Ref, what: string) => path`/plugins/${reference(id ?? name)}/${what}`;
