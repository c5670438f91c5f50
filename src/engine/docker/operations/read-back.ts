import { equal, number, record } from "../../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { postconditionFailed } from "../errors/postcondition.ts";

/* What makes sure that an operation has come to its end. */

/** An object that was observed is met by its id alone, so that it can never be another one. */
export const idOf = ({ id, name }: Ref): string => id ?? name;

export function inspect(client: Client, container: Ref, signal: AbortSignal): Promise<JsonObject> {
  return client.get<JsonObject>(path`/containers/${idOf(container)}/json`, { signal });
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
  throw postconditionFailed(
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
