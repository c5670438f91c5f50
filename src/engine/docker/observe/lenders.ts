import { SHARING_FIELDS, sharedName } from "../../../attributes/container/namespaces/sharing.ts";
import { at, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ObservedState } from "../../../model/observed-state.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/**
 * Start times of other stacks' containers whose namespaces the stack's containers share; the list
 * of containers lacks them. No calls are sent if there are none.
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
