import { splitReference } from "../../attributes/values/image-reference.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Resource, Secrets, Stack } from "../../model/stack.ts";
import type { EngineSession } from "../engine.ts";
import { connect } from "./api/client.ts";
import { path } from "./api/path.ts";
import { builderOf } from "./build/find-buildx.ts";
import type { Endpoint } from "./connection/endpoint.ts";
import { EngineError } from "./errors/engine-error.ts";
import type { Runtime } from "./images/pull.ts";
import type { Held } from "./lock/lease.ts";
import { type ChangeTracker, follow } from "./observe/changed-containers.ts";
import { observe, type ReusableInspects } from "./observe/observe.ts";
import { watch } from "./operations/container-watch.ts";
import { perform } from "./operations/perform.ts";
import { absences } from "./operations/retry-step.ts";
import { remoteImage, viaMirrors } from "./registry/distribution.ts";
import { atRegistry } from "./registry/errors.ts";
import { withReadRetry } from "./retry/retry.ts";

/**
 * Connects to a Docker Engine, or to an engine with its API (1.41 and later). @throws EngineError
 * if no engine answers, or its API is too old
 */
export async function connectDocker(
  endpoint: Endpoint,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<EngineSession> {
  const client = await connect(endpoint, signal);
  const events = watch(client);
  const kept = new Map();
  const { logins } = runtime;
  let lease: Held | undefined;
  const gate = async () => lease?.held();
  const absent = absences();
  // Loaded on use: most commands take no lock.
  const locks = () => import("./lock/acquire.ts");
  const info = (stop: AbortSignal) => client.get<JsonObject>(path`/info`, { signal: stop });
  let following: ChangeTracker | undefined;
  let last: ObservedState | undefined;
  const look = async (
    stack: Stack,
    secrets: Secrets,
    stop: AbortSignal,
    known: ReusableInspects,
  ) => {
    const seen = await observe(
      withReadRetry(client, runtime),
      logins,
      { stack, secrets, known },
      stop,
    );
    last = seen;
    const builds = stack.resources.some(({ build }) => build !== undefined);
    if (!builds) return seen;
    return { ...seen, ...builderOf(client.server, runtime.buildx, endpoint) };
  };
  return {
    facts: { endpoint: endpoint.display, server: client.server, api: client.api },
    observe: (stack, secrets, stop) => look(stack, secrets, stop, new Map()),
    follow() {
      // A further ssh login takes longer than it saves.
      if (endpoint.kind !== "ssh") following ??= follow(client, client.since);
    },
    async observeAgain(stack, secrets, stop) {
      if (!lease) return look(stack, secrets, stop, new Map());
      const touched = await following?.until(lease.id);
      // The tracker covers the time between two snapshots, not after the second.
      following?.close();
      following = undefined;
      const same = touched && last?.containers.filter(({ id }) => !touched.has(id));
      return look(stack, secrets, stop, new Map(same?.map(({ id, json }) => [id, json])));
    },
    info,
    async login(host, stop) {
      const login = await logins.of(host, stop);
      const trouble = logins.trouble(host);
      if (trouble) throw trouble;
      if (!login) return undefined;
      const store = logins.store(host);
      return store === undefined ? "Docker's config file" : `docker-credential-${store}`;
    },
    remote: (image, stop) => remoteImage(client, logins, image, stop),
    tags: (image, stop) => tagsFor(image, runtime, info, stop),
    images: async () => (await import("./images/image-store.ts")).images(client, logins),
    perform: (step, context) =>
      perform({ client, events, outside: runtime, kept, gate, absent }, step, context),
    async lock(locking) {
      lease = await (await import("./lock/lease.ts")).lease(client, runtime, locking);
      return lease;
    },
    holder: async (id, stop) => (await locks()).holderOf(client, id, stop),
    unlock: async (holder, stop) => (await locks()).unlock(client, holder, stop),
    close() {
      following?.close();
      events.close();
      client.close();
    },
  };
}

/** Lists the tags from the first mirror that responds, else from the image's own registry. */
async function tagsFor(
  image: Resource,
  { logins, certificateFolders }: Runtime,
  info: (signal: AbortSignal) => Promise<JsonObject>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { isInsecure, tagsOf } = await import("./registry/list-tags.ts");
  const told = await info(signal);
  return viaMirrors(image, signal, async (name) => {
    const named = splitReference(name);
    const login = await logins.of(named.host, signal);
    const folders = certificateFolders(named.host);
    const asked = { login, insecure: isInsecure(told, named.host), folders, signal };
    return tagsOf(named, asked).catch((error: unknown) => {
      // This machine, not the engine, lacks the registry's certificate.
      if (error instanceof EngineError && error.code === "registry-tls") throw error;
      throw atRegistry(error, named.host, logins.trouble(named.host) ?? login !== undefined);
    });
  });
}
