import { describe, expect, test } from "vitest";
import type { Client } from "../../../../src/engine/docker/api/client.ts";
import { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import {
  isJoined,
  join,
  leave,
} from "../../../../src/engine/docker/operations/network-endpoints.ts";
import type { JsonObject } from "../../../../src/model/json.ts";

/* Joining and leaving networks: what counts is what the engine has plumbed. */

const network = { name: "net", id: "n1" };
const container = { name: "web", id: "c1" };
const endpoint = { Aliases: ["web"], IPAMConfig: { IPv4Address: "10.0.0.9" } };
const on = (entry: JsonObject, Status = "running"): JsonObject => ({
  Id: "c1",
  State: { Status },
  NetworkSettings: { Networks: { net: { Aliases: ["web", "c1"], ...entry } } },
});
const plumbed = {
  ...{ EndpointID: "e1", IPAddress: "10.0.0.9", IPAMConfig: { IPv4Address: "10.0.0.9" } },
};
const refused = { EndpointID: "", IPAddress: "", IPAMConfig: { IPv4Address: "10.0.0.9" } };

describe("a container is on a network", () => {
  test.each<[string, JsonObject, boolean]>([
    ["with the endpoint that was asked", on(plumbed), true],
    ["not where a connect was refused", on(refused), false],
    ["as soon as it starts, where it is down", on(refused, "exited"), true],
    ["not where its entry is gone", { State: { Status: "running" } }, false],
    ["not with another address", on({ ...plumbed, IPAMConfig: null }), false],
    ["not where the engine gave another one", on({ ...plumbed, IPAddress: "10.0.0.5" }), false],
    ["not without an alias that was asked", on({ ...plumbed, Aliases: ["c1"] }), false],
    ["of Podman, which has no endpoint ids", on({ ...plumbed, EndpointID: "" }), true],
  ])("%s", (_, json, is) => {
    expect(isJoined(json, network, endpoint)).toBe(is);
  });
});

/** Answers looks with the state, and changes it as the calls ask. */
function engine(state: { json: JsonObject }, answers: Record<string, () => void>) {
  const sent: string[] = [];
  const client = {
    get: async () => state.json,
    post: async (to: string, body: { EndpointConfig?: JsonObject }) => {
      const what = to.split("/").at(-1) ?? "";
      sent.push(body.EndpointConfig ? `${what} ${JSON.stringify(body.EndpointConfig)}` : what);
      answers[what]?.();
    },
  };
  return { client: client as unknown as Client, sent };
}

const notConnected = () => {
  throw new EngineError({
    ...{ code: "not-connected", message: "is not connected", operation: "POST", phase: "body" },
    retry: "ambiguous",
  });
};
const never = new AbortController().signal;
const disconnect = { operation: "network.disconnect", container, network } as const;
const connect = { operation: "network.connect", container, network, endpoint } as const;

describe("to leave", () => {
  test("what is not connected is done", async () => {
    const { client, sent } = engine({ json: on(plumbed, "exited") }, { disconnect: notConnected });
    await expect(leave(client, disconnect, never)).rejects.toThrow("is not connected");
    const away = engine({ json: { State: {} } }, { disconnect: notConnected });
    await leave(away.client, disconnect, never);
    expect([sent, away.sent]).toEqual([["disconnect"], ["disconnect"]]);
  });

  test("what a refused connect has left is connected plainly, and then left", async () => {
    const state = { json: on(refused) };
    const { client, sent } = engine(state, {
      connect: () => {
        state.json = on(plumbed);
      },
      disconnect: () => {
        if (state.json.NetworkSettings && JSON.stringify(state.json).includes("e1")) return;
        notConnected();
      },
    });
    await leave(client, disconnect, never);
    expect(sent).toEqual(["disconnect", "connect {}", "disconnect"]);
  });
});

describe("to join", () => {
  test("is to be connected as asked", async () => {
    const good = engine({ json: on(plumbed) }, {});
    await join(good.client, connect, never);
    const bad = engine({ json: on(refused) }, {});
    await expect(join(bad.client, connect, never)).rejects.toThrow(/did not do so as asked/);
  });

  test("is not looked at before the container's first start", async () => {
    const { client } = engine({ json: on(refused) }, {});
    await join(client, { ...connect, container: { name: "web.next" } }, never);
  });
});
