import { splitReference } from "../../../attributes/values/image-reference.ts";
import { at, record, text } from "../../../attributes/values/json.ts";
import type { StepProgress } from "../../../model/events.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path, reference } from "../api/path.ts";
import { authorization, type Logins } from "../registry/credentials.ts";
import { distribution } from "../registry/distribution.ts";
import { atRegistry } from "../registry/errors.ts";

/** The header is required even without a login. */
const ANONYMOUS = Buffer.from("{}").toString("base64");

/**
 * Pushes an image under one of its names. Returns its digest in the registry. @throws EngineError
 * also for an error inside the 200 stream
 */
export async function push(
  client: Client,
  logins: Logins,
  image: string,
  { signal, advance }: Pick<StepContext, "signal" | "advance">,
): Promise<string> {
  const { host, repository, tag = "latest" } = splitReference(image);
  const login = authorization(await logins.of(host, signal), host);
  try {
    const lines = await client.progress("POST", path`/images/${reference(repository)}/push`, {
      query: { tag },
      headers: { "X-Registry-Auth": ANONYMOUS, ...login },
      signal,
    });
    const sum = sent();
    let digest = "";
    for await (const line of lines) {
      digest = text(at(line.aux as Json, "Digest")) || digest;
      const progress = sum(line as JsonObject);
      if (progress) advance(progress);
    }
    // A containerd store does not always report the digest, so the registry is asked for it.
    if (digest === "") digest = (await distribution(client, logins, image, signal)).digest;
    advance({ text: digest });
    return digest;
  } catch (error) {
    throw atRegistry(error, host, logins.trouble(host) ?? Object.keys(login).length > 0);
  }
}

/** Sums the lines of a push to the bytes sent. */
function sent(): (line: JsonObject) => StepProgress | undefined {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  return ({ id, status, progressDetail }) => {
    if (status !== "Pushing" && status !== "Pushed") return undefined;
    const key = text(id);
    const { current, total } = record(progressDetail);
    const known = layers.get(key)?.total ?? 0;
    const size = Math.max(known, Number(total ?? 0), Number(current ?? 0));
    layers.set(key, { total: size, current: status === "Pushed" ? size : Number(current ?? 0) });
    const all = [...layers.values()];
    const add = (of: (layer: { current: number; total: number }) => number) =>
      all.reduce((whole, layer) => whole + of(layer), 0);
    return {
      text: "sending",
      current: add((each) => each.current),
      total: add((each) => each.total),
    };
  };
}
