import { splitReference } from "../../../attributes/values/image-reference.ts";
import { number, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Images } from "../../image-store.ts";
import type { Client } from "../api/client.ts";
import { path, reference } from "../api/path.ts";
import { findImage } from "../api/queries.ts";
import { EngineError } from "../errors/engine-error.ts";
import { authorization, type Logins } from "../registry/credentials.ts";
import { deadlineFor, forEngine, send } from "./load.ts";
import { push } from "./push.ts";

/** Milliseconds; for these calls the engine reads its whole storage. */
const SLOW = 300_000;

/** Messages for a registry without version 1 of the API, which search needs. */
const NO_SEARCH = /unexpected status code|invalid registry endpoint|v1 ping/i;

function unsearchable(error: unknown, host: string): unknown {
  if (!(error instanceof EngineError) || !NO_SEARCH.test(error.engineMessage)) return error;
  const { engineMessage } = error;
  const away = /dial tcp|timeout/i.test(engineMessage);
  return new EngineError({
    ...error,
    message: `${host} ${away ? "does not answer" : "cannot be searched"}: ${engineMessage}`,
    hint: away
      ? "The engine (not this machine) must reach the registry."
      : "Few registries but Docker Hub can: look at its own pages instead.",
    cause: error,
  });
}

/** The image operations of a Docker Engine. */
export function images(client: Client, logins: Logins): Images {
  return {
    inspect: (name, signal) => findImage(client, name, signal),
    // A graph driver collects all layers before it responds.
    save: (names, size, signal) =>
      client.stream("GET", path`/images/get`, {
        query: { names },
        deadline: deadlineFor(size),
        signal,
      }),
    async tag(name, to, signal) {
      const { repository, tag = "latest" } = splitReference(to);
      const query = { repo: repository, tag };
      await client.post(path`/images/${reference(name)}/tag`, undefined, { query, signal });
    },
    push: (name, context) => push(client, logins, name, context),
    history: (name, signal) =>
      client.get<JsonObject[]>(path`/images/${reference(name)}/history`, { signal }),
    list: (signal) => client.get<JsonObject[]>(path`/images/json`, { signal }),
    usage: (signal) => client.get<JsonObject>(path`/system/df`, { deadline: SLOW, signal }),
    async search(term, limit, signal) {
      const { host } = splitReference(term);
      const headers = authorization(await logins.of(host, signal), host);
      const options = { query: { term, limit }, headers, signal };
      return client.get<JsonObject[]>(path`/images/search`, options).catch((error: unknown) => {
        throw unsearchable(error, host);
      });
    },
    async changes(container, signal) {
      const to = path`/containers/${container}/changes`;
      return (await client.get<JsonObject[] | null>(to, { deadline: SLOW, signal })) ?? [];
    },
    async commit(container, name, signal) {
      const { repository, tag = "latest" } = splitReference(name);
      const query = { container, repo: repository, tag };
      const options = { query, deadline: SLOW, signal };
      return text((await client.post<JsonObject>(path`/commit`, {}, options)).Id);
    },
    remove: (name, signal) =>
      client.delete(path`/images/${reference(name)}`, { accept: [404], deadline: SLOW, signal }),
    async pruneBuilds(signal) {
      const options = { query: { all: true }, deadline: SLOW, signal };
      const done = await client.post<JsonObject>(path`/build/prune`, undefined, options);
      return number(done.SpaceReclaimed);
    },
    fitting: (those, signal) => forEngine(client, those, signal),
    load: (file, archive, picks, context) => send(client, file, archive, picks, context),
  };
}
