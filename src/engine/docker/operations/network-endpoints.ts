import { isConnected } from "../../../attributes/container/network/endpoint.ts";
import { at, equal, record, text, texts } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { OperationOf } from "../../../model/operations/operations.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import { idOf, inspect } from "./read-back.ts";

/* Joins and leaves networks. The truth of both is what the engine has plumbed, not what it lists. */

/** The entry of a container's inspect for a network; `undefined`: there is none. */
export function entryOn(
  container: JsonObject | undefined,
  { name, id }: Ref,
): JsonObject | undefined {
  const entries = Object.entries(record(at(container, "NetworkSettings", "Networks")));
  const found = entries.find(
    ([key, entry]) => key === name || (id !== undefined && record(entry).NetworkID === id),
  );
  return found && record(found[1]);
}

/** Whether the container is on the network, with the endpoint that was asked. */
export function isJoined(container: JsonObject, network: Ref, endpoint: JsonObject): boolean {
  const entry = entryOn(container, network);
  if (!entry || !isConnected(container, entry)) return false;
  const aliases = texts(entry.Aliases);
  return (
    equal(asked(entry), asked(endpoint)) &&
    texts(endpoint.Aliases).every((alias) => aliases.includes(alias))
  );
}

/** An engine answers without addresses by nothing, `null` or an empty object. */
const asked = ({ IPAMConfig }: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(record(IPAMConfig)).filter(([, value]) => text(value).length > 0),
  );

type Joining = OperationOf<"network.connect">;
type Leaving = OperationOf<"network.disconnect">;

/** @throws EngineError also where the engine accepts the call, and does not connect the container. */
export async function join(
  client: Client,
  { container, network, endpoint }: Joining,
  signal: AbortSignal,
): Promise<void> {
  await send(client, { container, network, endpoint }, signal);
  // One that the plan makes does not run yet: what becomes of its endpoints is told by its start.
  if (container.id === undefined) return;
  if (isJoined(await inspect(client, container, signal), network, endpoint)) return;
  const message = `the engine accepted to connect ${container.name} to ${network.name}, but did not do so as asked`;
  throw postconditionFailed(
    "not-applied",
    "POST /networks/connect",
    message,
    "Plan again to see how it is.",
  );
}

/**
 * What is not connected has left. A running container keeps the entry of a connect that was refused,
 * for its next start, which would fail; the engine lets go of it by a connect that succeeds alone.
 */
export async function leave(
  client: Client,
  { container, network }: Leaving,
  signal: AbortSignal,
): Promise<void> {
  const disconnect = () =>
    client.post(
      path`/networks/${idOf(network)}/disconnect`,
      { Container: idOf(container) },
      { signal },
    );
  try {
    await disconnect();
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "not-connected") throw error;
    const json = await inspect(client, container, signal);
    const entry = entryOn(json, network);
    if (!entry) return;
    if (isConnected(json, entry)) throw error;
    await send(client, { container, network, endpoint: {} }, signal);
    await disconnect();
  }
}

async function send(
  client: Client,
  { container, network, endpoint }: Omit<Joining, "operation">,
  signal: AbortSignal,
): Promise<void> {
  const body = { Container: idOf(container), EndpointConfig: endpoint };
  await client.post(path`/networks/${idOf(network)}/connect`, body, { signal });
}
