import { setTimeout as sleep } from "node:timers/promises";
import { at, equal, number, record } from "../../attributes/compare.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Ref } from "../../model/plan.ts";
import type { Client } from "./client.ts";
import { EngineError } from "./errors.ts";
import { path } from "./path.ts";
import { unmet } from "./unmet.ts";

/* What makes sure that an operation has come to its end. */

/** An object that was observed is met by its id alone, so that it can never be another one. */
export const idOf = ({ id, name }: Ref): string => id ?? name;

export function inspect(client: Client, container: Ref, signal: AbortSignal): Promise<JsonObject> {
  return client.get<JsonObject>(path`/containers/${idOf(container)}/json`, { signal });
}

/**
 * Starts it. 304 may mean that it runs, or that a stop is still under way and it will not: the
 * second look decides.
 */
export async function start(client: Client, container: Ref, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    let already = false;
    const to = path`/containers/${idOf(container)}/start`;
    try {
      await client.post(to, undefined, { signal });
    } catch (error) {
      if (!(error instanceof EngineError) || error.status !== 304) throw error;
      already = true;
    }
    if (!already) return;
    await sleep(200 * tries, undefined, { signal });
    if (at(await inspect(client, container, signal), "State", "Running") === true) return;
  }
  throw unmet(
    "not-applied",
    "POST /containers/start",
    `${container.name} does not start: it is being stopped`,
  );
}

/** `update` answers 200 to values that it ignores, so what has become of them is read back. */
export async function verify(
  client: Client,
  id: string,
  name: string,
  asked: JsonObject,
  signal: AbortSignal,
) {
  const host = record(
    (await client.get<JsonObject>(path`/containers/${id}/json`, { signal })).HostConfig,
  );
  const ignored = Object.keys(asked).filter((key) => !took(key, asked[key], host[key]));
  if (ignored.length === 0) return;
  const message = `the engine accepted the update of ${name}, but ignored ${ignored.join(", ")}`;
  throw unmet(
    "not-applied",
    "POST /containers/update",
    message,
    "The kernel may lack support for it.",
  );
}

function took(key: string, asked: Json | undefined, live: Json | undefined): boolean {
  if (key === "PidsLimit") return Math.max(number(asked), 0) === Math.max(number(live), 0);
  // A kernel without swap accounting makes any limit -1.
  if (key === "MemorySwap" && live === -1) return true;
  return equal(asked, live);
}

const PAUSES = [100, 300, 900, 2000];

/** Repeats what the engine refuses for a moment only: an endpoint or a mount that is going away. */
export async function patiently(
  signal: AbortSignal,
  passing: RegExp,
  run: () => Promise<void>,
): Promise<void> {
  for (const pause of PAUSES) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof EngineError) || !passing.test(error.engineMessage)) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
  return run();
}

/** Waits until the engine has finished removing a container, 30 s at most. */
export async function gone(client: Client, id: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    const left = await client.get<JsonObject | undefined>(path`/containers/${id}/json`, {
      accept: [404],
      signal,
    });
    if (left === undefined) return;
    await sleep(100, undefined, { signal });
  }
  throw unmet("timeout", "DELETE /containers", "the engine does not finish removing it");
}
