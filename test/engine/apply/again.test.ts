import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { EngineSession, Lease } from "../../../src/engine/engine.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { IDLE, understand } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

const forever = new AbortController().signal;
let wire: Tap;
let live: Bench;
let name: string;
beforeAll(async () => {
  wire = await tap();
  live = await bench("again", wire.socket);
  name = live.stack();
});
afterAll(async () => {
  await live.close();
  wire.close();
});

const lock = (engine: EngineSession): Promise<Lease> =>
  engine.lock({
    claim: { stack: name, operation: "apply", user: "me", host: "here", pid: 1, version: "1" },
    timeout: 5_000,
    signal: forever,
    waiting: () => {},
  });

const NAMES = ["a", "b", "c", "d"];
const file = (): JsonObject => ({
  name,
  networks: { one: {}, two: {} },
  containers: Object.fromEntries(NAMES.map((each) => [each, { ...IDLE, networks: ["one"] }])),
});

/** Who was inspected, by the name in the file. */
function inspected({ containers }: ObservedState): string[] {
  const keys = new Map(containers.map(({ id, owner }) => [id, owner?.address.split(".")[1]]));
  const ids = wire.calls.map(({ url }) => /\/containers\/([0-9a-f]{64})\/json$/.exec(url)?.[1]);
  return ids.flatMap((id = "") => keys.get(id) ?? []).sort();
}

/** The stack's containers; each read may tell another health, on which no plan depends. */
const settled = ({ containers }: ObservedState) =>
  containers.map((each) => {
    const { State, ...json } = each.json;
    const { Health: _, ...state } = State as JsonObject;
    return { ...each, json: { ...json, State: state } };
  });

type Deed = (id: (key: string) => string) => Promise<unknown>;
const post = (to: ReturnType<typeof path>, body?: JsonObject, query?: Record<string, string>) =>
  live.client.post(to, body, query ? { query } : {});

describe("a second look under the lock reads anew what something has happened to", () => {
  it.each<[string, readonly string[], Deed]>([
    ["nothing", [], async () => {}],
    ["a limit", ["b"], (id) => post(path`/containers/${id("b")}/update`, { CpuShares: 77 })],
    [
      "a rename",
      ["a"],
      (id) => post(path`/containers/${id("a")}/rename`, undefined, { name: `${name}-other` }),
    ],
    ["a pause", ["c"], (id) => post(path`/containers/${id("c")}/pause`)],
    ["an end", ["d"], (id) => post(path`/containers/${id("d")}/kill`)],
    ["a restart", ["d"], (id) => post(path`/containers/${id("d")}/restart`, undefined, { t: "0" })],
    [
      "a new network",
      ["a"],
      (id) => post(path`/networks/${`${name}_two`}/connect`, { Container: id("a") }),
    ],
    [
      "a lost network",
      ["b", "c"],
      async (id) => {
        for (const key of ["b", "c"])
          await post(path`/networks/${`${name}_one`}/disconnect`, {
            Container: id(key),
            Force: true,
          });
      },
    ],
    [
      "a removal",
      [],
      (id) => live.client.delete(path`/containers/${id("a")}`, { query: { force: true } }),
    ],
  ])("%s", async (_, expected, deed) => {
    await live.settle(file());
    // Events are told from whole seconds on.
    await sleep(2_100);
    const { stack, secrets } = understand(file());
    const other = await bench("again-other", wire.socket);
    const engine = other.engine;
    try {
      engine.follow();
      const before = await engine.observe(stack, secrets, forever);
      const id = (key: string) =>
        before.containers.find(({ owner }) => owner?.address === `container.${key}`)?.id ?? "";
      await deed(id);
      const lease = await lock(engine);
      wire.forget();
      const again = await engine.observeAgain(stack, secrets, forever);
      expect(inspected(again)).toEqual(expected);
      expect(settled(again)).toEqual(settled(await live.observe(file())));

      // Once only: what comes after it was not followed.
      wire.forget();
      await engine.observeAgain(stack, secrets, forever);
      expect(inspected(again)).toHaveLength(again.containers.length);
      await lease.release();
    } finally {
      await other.close();
    }
  });
});
