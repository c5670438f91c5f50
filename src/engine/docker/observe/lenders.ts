import { SHARING_FIELDS, sharedName } from "../../../attributes/container/namespaces/sharing.ts";
import { at, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ObservedState } from "../../../model/observed-state.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/**
 * The present runs of other containers in whose namespaces those of the stack are: a list does not
 * tell when they began. Nothing is asked for a stack that shares with none.
 */
export async function lenders(
  client: Client,
  ours: readonly JsonObject[],
  signal: AbortSignal,
): Promise<Pick<ObservedState, "lenders">> {
  const own = new Set(ours.map(({ Id }) => text(Id)));
  const ids = ours.flatMap((json) =>
    SHARING_FIELDS.flatMap((field) => sharedName(at(json, "HostConfig", field)) ?? []),
  );
  const others = [...new Set(ids)].filter((id) => !own.has(id));
  if (others.length === 0) return {};
  const options = { accept: [404], shared: true, signal };
  const found = await Promise.all(
    others.map((id) => client.get<JsonObject | undefined>(path`/containers/${id}/json`, options)),
  );
  const running = found.flatMap((json) =>
    json && at(json, "State", "Running") === true
      ? [[text(json.Id), text(at(json, "State", "StartedAt"))]]
      : [],
  );
  return { lenders: Object.fromEntries(running) };
}
