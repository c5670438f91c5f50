import { freshFor } from "../../../attributes/image/pull-policy.ts";
import { onMirror, splitReference } from "../../../attributes/values/image-reference.ts";
import { at, list, record, text, texts } from "../../../attributes/values/json.ts";
import { platformOf } from "../../../attributes/values/platform.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Resource, Stack } from "../../../model/stack.ts";
import type { RemoteImage } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path, reference } from "../api/path.ts";
import { engineTime } from "../api/queries.ts";
import { authorization, type Logins } from "./credentials.ts";
import { atRegistry } from "./errors.ts";

/** Milliseconds; a distant registry may be slow. */
const DEADLINE = 30_000;

/** The registry's content under a reference, queried through the engine without pulling. */
export const remoteImage = (
  client: Client,
  logins: Logins,
  image: Resource,
  signal: AbortSignal,
): Promise<RemoteImage> =>
  viaMirrors(image, signal, (name) => distribution(client, logins, name, signal));

/** Queries each mirror of an image, then its own registry. Mirrors that fail are skipped. */
export async function viaMirrors<T>(
  { name, spec }: Resource,
  signal: AbortSignal,
  ask: (name: string) => Promise<T>,
): Promise<T> {
  const own = splitReference(name);
  const rest = name.slice(own.repository.length);
  for (const mirror of texts(spec.mirrors)) {
    const found = await ask(onMirror(mirror, own) + rest).catch(() => undefined);
    signal.throwIfAborted();
    if (found) return found;
  }
  return ask(name);
}

/** Calls `GET /distribution/{name}/json` with the registry's login. */
export async function distribution(
  client: Client,
  logins: Logins,
  name: string,
  signal: AbortSignal,
) {
  const { host } = splitReference(name);
  const headers = authorization(await logins.of(host, signal), host);
  const options = { headers, deadline: DEADLINE, signal };
  const json = await client
    .get<JsonObject>(path`/distribution/${reference(name)}/json`, options)
    .catch((error: unknown) => {
      throw atRegistry(error, host, logins.trouble(host) ?? Object.keys(headers).length > 0);
    });
  return {
    digest: text(at(json, "Descriptor", "digest")),
    platforms: list(json.Platforms)
      .map((each) => platformOf(record(each)))
      .filter((platform) => platform !== "" && !platform.startsWith("unknown/")),
  };
}

type Read = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * The registries' content under references whose pull policy requires a check and whose local image
 * is out of date. If a registry does not respond, the local image is used.
 */
export async function newerContent(
  client: Client,
  logins: Logins,
  stack: Stack,
  local: Readonly<Record<string, JsonObject | null>>,
  read: Read,
  signal: AbortSignal,
): Promise<Record<string, string | null>> {
  const asking = stack.resources.filter(
    ({ kind, spec, digest }) =>
      kind === "image" && digest === undefined && freshFor(text(spec.pull)) !== undefined,
  );
  const aging = asking.some(({ name, spec }) => local[name] && spec.pull !== "always");
  const now = aging ? await read(() => engineTime(client, signal)) : 0;
  const due = asking.filter(({ name, spec }) => {
    const fresh = freshFor(text(spec.pull)) ?? 0;
    const tagged = Date.parse(text(at(local[name] ?? {}, "Metadata", "LastTagTime")));
    // An engine reports the year 1 for an image that was never tagged.
    return fresh === 0 || !(now - tagged < fresh);
  });
  const answers = await Promise.all(
    due.map((image) =>
      read(() => remoteImage(client, logins, image, signal)).then(
        ({ digest }) => digest || null,
        (error: unknown) => {
          if (signal.aborted) throw error;
          return null;
        },
      ),
    ),
  );
  return Object.fromEntries(due.map(({ name }, index) => [name, answers[index] ?? null]));
}
