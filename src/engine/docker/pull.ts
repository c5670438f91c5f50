import type { Advance } from "../../model/run.ts";
import type { Client } from "./client.ts";
import { path, reference } from "./path.ts";
import { unmet } from "./unmet.ts";

/** `repository[:tag][@digest]` in the two parts that the API takes; a tag is never left open. */
export function splitReference(name: string): { fromImage: string; tag: string } {
  const digest = name.indexOf("@");
  if (digest >= 0) {
    const { fromImage } = splitReference(name.slice(0, digest));
    return { fromImage, tag: name.slice(digest + 1) };
  }
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/")
    ? { fromImage: name.slice(0, colon), tag: name.slice(colon + 1) }
    : { fromImage: name, tag: "latest" };
}

/**
 * Pulls an image. An error inside the 200 stream is thrown; a stream that ends early is found out
 * by the inspect after it.
 */
export async function pull(
  client: Client,
  name: string,
  platform: string | undefined,
  advance: (progress: Advance) => void,
  signal: AbortSignal,
): Promise<void> {
  const lines = await client.progress("POST", path`/images/create`, {
    query: { ...splitReference(name), platform },
    signal,
  });
  const layers = new Map<string, { current: number; total: number }>();
  for await (const line of lines) {
    const { id, status, progressDetail } = line as PullLine;
    const { current = 0, total = 0 } = progressDetail ?? {};
    if (id && status === "Downloading" && total > 0) layers.set(id, { current, total });
    const layer = id === undefined ? undefined : layers.get(id);
    if (layer && (status === "Download complete" || status === "Pull complete"))
      layer.current = layer.total;
    advance({ text: status ?? "", ...sum(layers) });
  }
  const image = await client.get<object | undefined>(path`/images/${reference(name)}/json`, {
    accept: [404],
    signal,
  });
  if (!image)
    throw unmet(
      "not-applied",
      "POST /images/create",
      `the pull of ${name} ended early`,
      "Apply again.",
    );
}

interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

function sum(layers: ReadonlyMap<string, { current: number; total: number }>) {
  let current = 0;
  let total = 0;
  for (const layer of layers.values()) {
    current += layer.current;
    total += layer.total;
  }
  return total > 0 ? { current, total } : {};
}
