import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record } from "../../../src/attributes/values/json.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { IDLE, WATCHED } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("shared-files");
});
afterAll(() => live.close());

const MODES: readonly (readonly [string, JsonObject])[] = [
  ["stop-first", {}],
  ["start-first", { update_config: { order: "start-first", monitor: "50ms" } }],
  ["a read-only root", { read_only: true }],
];

describe("files that a container gets on a volume which others have too", () => {
  it.each(MODES)("are as before when it fails: %s", async (_, more) => {
    const name = live.stack();
    const stack = (text: string, web: JsonObject, also: JsonObject = {}) => ({
      name,
      volumes: { data: {} },
      configs: { app: { content: `config ${text}\n` }, also: { content: "new\n" } },
      secrets: { key: { environment: "KEY" } },
      containers: {
        web: {
          ...{ ...IDLE, ...more, volumes: ["data:/data"] },
          configs: [{ source: "app", target: "/data/app.conf", uid: "7", mode: "0640" }],
          secrets: [{ source: "key", target: "/data/key" }],
          ...web,
        },
        other: { ...IDLE, volumes: ["data:/there"], ...also },
      },
    });
    const given = (KEY: string) => ({ env: { KEY } });
    await live.settle(stack("one", {}), given("first"));
    const see = () =>
      live.exec(`${name}-other-1`, "sh", "-c", "cd /there; ls -lne app.conf key; cat app.conf key");
    const before = await see();
    expect(before).toContain("config one");

    const update_config = { ...record(more.update_config), ...WATCHED };
    const failing = { command: ["sh", "-c", "exit 3"], update_config };
    const { outcome, plan } = await live.apply(stack("two", failing), given("second"));
    expect(outcome).toBe("rolled_back");
    expect(JSON.stringify(plan)).not.toContain("second");
    expect(await see()).toBe(before);
    const again = await live.plan(stack("one", {}), given("first"));
    expect(again.changes).toEqual([]);

    const configs = [{ source: "also", target: "/data/also.conf" }];
    const another = await live.apply(stack("one", { ...failing, configs }), given("first"));
    expect(another.outcome).toBe("rolled_back");
    expect(another.warnings.join()).toMatch(/\/data\/also\.conf was not there before/);
    expect(await see()).toBe(before);
  });
});
