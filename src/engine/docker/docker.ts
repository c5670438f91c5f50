import type { Engine } from "../engine.ts";
import { connect } from "./client.ts";
import type { Endpoint } from "./endpoint.ts";
import { observe } from "./observe.ts";
import { perform } from "./perform.ts";
import { watch } from "./watch.ts";

/**
 * Connects to a Docker Engine, or to one that speaks its API (1.41 and later).
 * @throws EngineError where nobody answers, or somebody that is too old
 */
export async function open(endpoint: Endpoint, signal: AbortSignal): Promise<Engine> {
  const client = await connect(endpoint, signal);
  const events = watch(client);
  return {
    facts: { endpoint: endpoint.display, server: client.server, api: client.api },
    observe: (stack, secrets, stop) => observe(client, stack, secrets, stop),
    perform: (step, context) => perform(client, events, step, context),
    close() {
      events.close();
      client.close();
    },
  };
}
