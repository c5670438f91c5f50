import PQueue from "p-queue";
import { filesToReadBack } from "../../../attributes/container/storage/files.ts";
import { configLabels, ownerOf, recordedSpec } from "../../../attributes/core/ownership.ts";
import { at, list, record, text, texts } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type {
  ObservedContainer,
  ObservedFile,
  ObservedState,
  Owner,
} from "../../../model/observed-state.ts";
import type { Secrets, Stack } from "../../../model/stack.ts";
import type { Client } from "../api/client.ts";
import { readFile } from "../api/container-files.ts";
import { path } from "../api/path.ts";
import { findImage, lackingFacts, meansFor } from "../api/queries.ts";
import { isLock } from "../lock/lock-name.ts";
import { observePlugins } from "../operations/plugins.ts";
import type { Logins } from "../registry/credentials.ts";
import { newerContent } from "../registry/distribution.ts";
import { publishedContent } from "../registry/pushed-digests.ts";
import { type Adopters, adoptedOwners } from "./adoption.ts";
import { externalOf } from "./external.ts";
import { absentPaths } from "./host-paths.ts";
import { lenders } from "./lenders.ts";
import { listed } from "./listed.ts";

/** Concurrent reads of registries and archives. */
const CONCURRENCY = 8;

/** Inspects by container ID that are known to be unchanged. */
export type ReusableInspects = ReadonlyMap<string, JsonObject>;

interface Asked {
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly known: ReusableInspects;
}

/**
 * Takes one snapshot: three lists, an inspect for each of the stack's containers and for each
 * image. Sends GET requests only.
 */
export async function observe(
  client: Client,
  logins: Logins,
  asked: Asked,
  signal: AbortSignal,
): Promise<ObservedState> {
  const reads = new PQueue({ concurrency: CONCURRENCY });
  try {
    return await look(client, logins, asked, (task) => reads.add(task), signal);
  } finally {
    // After a failure, the remaining reads are cancelled.
    reads.clear();
  }
}

type Read = <T>(task: () => Promise<T>) => Promise<T>;

async function look(
  client: Client,
  logins: Logins,
  { stack, secrets, known: sure }: Asked,
  read: Read,
  signal: AbortSignal,
): Promise<ObservedState> {
  const many = { shared: true, signal };
  // Most other reads depend on the list: it is sent first.
  const lists = Promise.all([
    client.get<JsonObject[]>(path`/containers/json`, { query: { all: true }, ...many }),
    client.get<JsonObject[]>(path`/networks`, many),
    client.get<{ Volumes: JsonObject[] | null }>(path`/volumes`, many),
  ]);
  const local = byReference(stack, (name) => inspectImage(client, name, signal));
  // Registries take their own time.
  const [[, networks, volumes], ours, images, remote, pushed, more, lacks, means, absent] =
    await Promise.all([
      lists,
      lists.then(([all, networks]) => inspectOurs(client, stack, sure, all, networks, signal)),
      local,
      local.then((known) => newerContent(client, logins, stack, known, read, signal)),
      publishedContent(client, logins, stack, read, signal),
      observePlugins(client, logins, stack, read, signal),
      lackingFacts(client, stack, signal),
      meansFor(client, stack, signal),
      absentPaths(client, stack, signal),
    ]);
  const { summaries, adopters, live } = ours;
  const external = externalOf(stack);
  const known = { ...images, ...(await imagesById(client, live, images, signal)) };
  const containers = live
    .map((json): ObservedContainer => found(json, known, adopters.containers))
    .filter((each) => each.owner?.stack === stack.name && !external.container(each, each.owner));
  const owners = new Map(containers.map(({ id, owner }) => [id, owner]));
  return {
    engine: { endpoint: client.endpoint.display, server: client.server, api: client.api },
    ...(means && { means }),
    ...(absent.length > 0 && { missingPaths: absent }),
    at: client.now(),
    containers,
    listed: summaries.map((summary) => listed(summary, stack.name, owners)),
    networks: networks.map((json) => {
      const owner = ownerOfNamed(json, stack, adopters.networks, external.networks);
      return named(text(json.Id), json, owner);
    }),
    volumes: list(volumes.Volumes)
      .map(record)
      .map((json) => {
        const owner = ownerOfNamed(json, stack, adopters.volumes, external.volumes);
        return named(text(json.Name), json, owner);
      }),
    ...more,
    ...lacks,
    ...(await lenders(client, live, signal)),
    images: known,
    remote,
    ...(Object.keys(pushed).length > 0 ? { pushed } : {}),
    files: await readBack(client, containers, stack, read, secrets, signal),
  };
}

/** Inspects of the stack's containers, and a summary of every container but locks. */
async function inspectOurs(
  client: Client,
  stack: Stack,
  sure: ReusableInspects,
  all: readonly JsonObject[],
  networks: readonly JsonObject[],
  signal: AbortSignal,
) {
  const summaries = all.filter((summary) => !isLock(summary));
  const adopters = adoptedOwners(stack, summaries, networks);
  const mine = summaries.filter(
    ({ Id, Labels }) =>
      ownerOf(record(Labels))?.stack === stack.name || adopters.containers.has(text(Id)),
  );
  const inspect = (id: string) =>
    client.get<JsonObject | undefined>(path`/containers/${id}/json`, {
      ...{ accept: [404], shared: true, signal },
    });
  const inspected = await Promise.all(
    mine.map(({ Id, State }) => {
      const json = sure.get(text(Id));
      return json && at(json, "State", "Status") === State ? json : inspect(text(Id));
    }),
  );
  // Containers removed since the list; without an owner they would count as somebody else's.
  const gone = new Set(mine.filter((_, index) => inspected[index] === undefined));
  return {
    summaries: summaries.filter((summary) => !gone.has(summary)),
    adopters,
    live: inspected.filter((json) => json !== undefined),
  };
}

async function byReference<T>(
  stack: Stack,
  read: (reference: string) => Promise<T>,
): Promise<Record<string, T>> {
  const names = stack.resources
    .filter(({ kind }) => kind === "image")
    .flatMap(({ name, spec }) => [name, ...texts(spec.tags)]);
  const unique = [...new Set(names)];
  const answers = await Promise.all(unique.map(read));
  return Object.fromEntries(unique.map((name, index) => [name, answers[index] as T]));
}

async function inspectImage(client: Client, name: string, signal: AbortSignal) {
  return (await findImage(client, name, signal, { manifests: true, shared: true })) ?? null;
}

/** Images that containers use by ID and that no reference of the stack names any more. */
async function imagesById(
  client: Client,
  containers: readonly JsonObject[],
  images: Readonly<Record<string, JsonObject | null>>,
  signal: AbortSignal,
): Promise<Record<string, JsonObject | null>> {
  const present = new Map(Object.values(images).map((json) => [json?.Id, json]));
  const ids = [...new Set(containers.map(({ Image }) => text(Image)))];
  const answers = await Promise.all(
    ids.map((id) => present.get(id) ?? inspectImage(client, id, signal)),
  );
  return Object.fromEntries(ids.map((id, index) => [id, answers[index] ?? null]));
}

function found(
  json: JsonObject,
  images: Readonly<Record<string, JsonObject | null>>,
  adopted: Adopters["containers"],
): ObservedContainer {
  const image = images[text(json.Image)] ?? undefined;
  const owner = ownerOf(configLabels(json), image) ?? adopted.get(text(json.Id));
  return { id: text(json.Id), name: text(json.Name).slice(1), json, ...(owner ? { owner } : {}) };
}

function ownerOfNamed(
  { Name, Labels }: JsonObject,
  stack: Stack,
  adopted: Adopters["networks"],
  external: ReadonlySet<string>,
): Owner | undefined {
  const owner = ownerOf(record(Labels)) ?? adopted.get(text(Name));
  return owner?.stack === stack.name && external.has(text(Name)) ? undefined : owner;
}

function named(id: string, json: JsonObject, owner: Owner | undefined) {
  return { id, name: text(json.Name), json, ...(owner ? { owner } : {}) };
}

/** Reads each file that was copied into a container of the stack. */
async function readBack(
  client: Client,
  containers: readonly ObservedContainer[],
  stack: Stack,
  read: Read,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Record<string, ObservedFile | null>> {
  const compared = new Set(stack.resources.map(({ address }) => address));
  const wanted = containers.flatMap(({ id, owner, json }) => {
    if (!owner || !compared.has(owner.address)) return [];
    const asked = recordedSpec(configLabels(json));
    return filesToReadBack(asked, secrets.size > 0).map((file) => ({ id, file }));
  });
  const files = await Promise.all(
    wanted.map(({ id, file }) => read(() => readFile(client, id, file, signal))),
  );
  return Object.fromEntries(
    wanted.map(({ id, file }, index) => [`${id} ${file}`, files[index] ?? null]),
  );
}
