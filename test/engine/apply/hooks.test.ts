import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, expectNothing, stateOf, told } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
let cli: Shop;
/** A folder that containers write to, so that what they did outlives them. */
let folder: string;
beforeAll(async () => {
  live = await bench("hooks");
  cli = shop();
  folder = mkdtempSync(join(tmpdir(), "stack-hooks-"));
  chmodSync(folder, 0o777);
});
beforeEach(() => {
  writeFileSync(join(folder, "log"), "");
  chmodSync(join(folder, "log"), 0o666);
});
afterAll(async () => {
  await live.close();
  cli.close();
  rmSync(folder, { recursive: true });
});

const say = (what: string): JsonObject => ({ command: ["sh", "-c", `echo ${what} >> /log/log`] });
const log = () => readFileSync(join(folder, "log"), "utf8").trim().split("\n");

/** It says when it runs and when it is asked to stop. */
const speaking = {
  ...IDLE,
  init: false,
  command: ["sh", "-c", "trap 'echo stops >> /log/log; exit 0' TERM; while :; do sleep 0.05; done"],
} satisfies JsonObject;

function one(name: string, more: JsonObject = {}): JsonObject {
  const volumes: Json = [`${folder}:/log`];
  return { name, containers: { web: { ...speaking, volumes, ...more } } };
}

const both = (mark: string): JsonObject => ({
  post_start: [say(`${mark}-up-1`), say(`${mark}-up-2`)],
  pre_stop: [say(`${mark}-down-1`), say(`${mark}-down-2`)],
});

describe("hooks of a container", () => {
  it("run in their order around each start and stop, and a change of them alone is none", async () => {
    const name = live.stack();
    await live.settle(one(name, both("a")));
    expect(log()).toEqual(["a-up-1", "a-up-2"]);
    const changed = await live.settle(one(name, both("b")));
    expect(changed.plan.steps.map(told)).toEqual([]);
    await live.settle(
      one(name, { ...both("b"), environment: { A: "1" }, update_config: { order: "stop-first" } }),
    );
    const replaced = ["b-down-1", "b-down-2", "stops", "b-up-1", "b-up-2"];
    expect(log().slice(2)).toEqual(replaced);
    await live.settle(one(name, { ...both("b"), environment: { A: "1" }, state: "stopped" }));
    expect(log().slice(7)).toEqual(["b-down-1", "b-down-2", "stops"]);
    await live.settle(one(name, { ...both("c"), environment: { A: "1" } }));
    expect(log().slice(10)).toEqual(["c-up-1", "c-up-2"]);
    // Without the file there is what it was made with.
    expect((await live.destroy(name)).outcome).toBe("completed");
    expect(log().slice(12)).toEqual(["b-down-1", "b-down-2", "stops"]);
  });

  it("are run by the next apply where one was cut off before them", async () => {
    const name = live.stack();
    // Nothing after the start reaches the engine: neither the hooks nor what would undo it.
    let started = false;
    const through = (engine: Engine): Engine => ({
      ...engine,
      async perform(step, context) {
        if (started) throw new Error("the connection is cut");
        await engine.perform(step, context);
        started = step.operation === "container.start";
      },
    });
    const first = one(name, { post_start: [say("up")] });
    await live.apply(first, { through });
    expect(log()).toEqual([""]);
    await live.settle(first);
    expect(log()).toEqual(["stops", "up"]);

    started = false;
    const stop_first = { environment: { A: "1" }, update_config: { order: "stop-first" } };
    const second = one(name, { post_start: [say("up")], ...stop_first });
    await live.apply(second, { through });
    expect(log().slice(2)).toEqual(["stops"]);
    await live.settle(second);
    expect(log().slice(3)).toEqual(["stops", "up"]);
    const { listed } = await live.observe({ name, containers: {} });
    const own = listed.filter((each) => each.name.startsWith(name));
    expect(own.map((each) => each.name)).toEqual([`${name}-web-1`]);
    await live.post(path`/containers/${`${name}-web-1`}/restart`, undefined, { t: "1" });
    expectNothing(await live.plan(second));
  });

  it("come before those who depend on it", async () => {
    const name = live.stack();
    const stack = one(name, {
      post_start: [{ command: ["sh", "-c", "sleep 1; echo web >> /log/log"] }],
    });
    const { web } = stack.containers as JsonObject;
    const next = {
      ...speaking,
      volumes: [`${folder}:/log`],
      depends_on: ["web"],
      post_start: [say("next")],
    };
    await live.settle({ ...stack, containers: { web: web ?? null, next } });
    expect(log()).toEqual(["web", "next"]);
  });

  it("are executed as asked", async () => {
    const name = live.stack();
    const hook = {
      command: ["sh", "-c", 'echo "$$(id -u) $$(pwd) $$WHO $$PASSWORD $$A" >> /log/log'],
      user: "1234",
      working_dir: "/tmp",
      environment: { WHO: "me", PASSWORD: "not-told-to-anybody" },
    };
    const { plan } = await live.settle(
      one(name, { post_start: [hook], environment: { A: "own" } }),
    );
    expect(log()).toEqual(["1234 /tmp me not-told-to-anybody own"]);
    expect(JSON.stringify(plan)).not.toContain("not-told");
    expect(JSON.stringify((await live.inspect(`${name}-web-1`)).Config)).not.toContain("not-told");
  });

  it("are privileged where that is asked, and the host can", async () => {
    const name = live.stack();
    const caps = { command: ["sh", "-c", "grep CapEff /proc/self/status >> /log/log"] };
    const post_start = [caps, { ...caps, privileged: true }];
    const { outcome, failures } = await live.apply(one(name, { post_start }));
    const [plain, privileged] = log();
    if (outcome === "completed") expect(privileged).not.toBe(plain);
    // An engine that lacks capabilities itself cannot give all of them away.
    else expect(failures).toEqual([expect.stringMatching(/unable to apply caps: operation not/)]);
  });

  it("do not run when it ends by itself, nor is one missed that has", async () => {
    const name = live.stack();
    await live.settle(one(name, both("a")));
    await live.post(path`/containers/${`${name}-web-1`}/stop`);
    expect(log().slice(2)).toEqual(["stops"]);
    await live.settle(one(name, both("a")));
    expect(log().slice(3)).toEqual(["a-up-1", "a-up-2"]);
  });
});

describe("a hook that fails", () => {
  const broken = { command: ["sh", "-c", "echo it is broken >&2; exit 3"] };

  it("fails the start, which the next apply makes again", async () => {
    const name = live.stack();
    const failed = await live.apply(
      one(name, { post_start: [say("first"), broken, say("never")] }),
    );
    expect(failed.outcome).toBe("failed");
    expect(failed.failures).toEqual([
      expect.stringMatching(
        /container\.web container\.exec: post_start of .* \(.*\) exits \(3\); its last lines: +it is broken$/,
      ),
    ]);
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("exited");
    expect(log()).toEqual(["first", "stops"]);
    await live.settle(one(name, { post_start: [say("again")] }));
    expect(log().slice(2)).toEqual(["again"]);
  });

  it.each(["start-first", "stop-first"])("brings the predecessor back, %s", async (order) => {
    const name = live.stack();
    const update_config = { order };
    const as = (more: JsonObject) => {
      const stack = { ...one(name, { update_config, ...more }) };
      cli.write("stack.yaml", stack);
      return cli.stack(["apply", "--yes"]);
    };
    expect(await as(both("a"))).toMatchObject({ status: 0 });
    const { Id } = await live.inspect(`${name}-web-1`);
    writeFileSync(join(folder, "log"), "");
    const bad = { ...both("a"), post_start: [broken], environment: { A: "1" } };
    const failed = await as(bad);
    expect(failed.stderr).toContain("it is broken");
    expect(failed.status).toBe(6);
    const now = await live.inspect(`${name}-web-1`);
    expect([now.Id, stateOf(now)]).toEqual([Id, "running"]);
    const down = ["a-down-1", "a-down-2", "stops", "stops", "a-up-1", "a-up-2"];
    expect(log()).toEqual(order === "stop-first" ? down : ["stops"]);
  });

  it("keeps nothing from being stopped", async () => {
    const name = live.stack();
    const missing = { command: ["/no/such/program"] };
    await live.settle(one(name, { pre_stop: [broken, missing, say("last")] }));
    const gone = await live.destroy(name);
    expect(gone.outcome).toBe("completed");
    expect(gone.warnings).toEqual([
      expect.stringMatching(
        /exits \(3\); its last lines: +it is broken; it is stopped all the same/,
      ),
      expect.stringMatching(/\/no\/such\/program.* exits \(12[67]\)/),
    ]);
    expect(log()).toEqual(["last", "stops"]);
  });

  it("is given up at the deadline, with what it has said", async () => {
    const name = live.stack();
    cli.write(
      "stack.yaml",
      one(name, { post_start: [{ command: "sh -c 'echo slow; sleep 60'" }] }),
    );
    const failed = await cli.stack(["apply", "--yes", "--wait-timeout", "5s"]);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/has not ended after 5 s\n {6}its last lines:\n {8}slow\n/);
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("exited");
  });

  it("whose secret is no longer known is told of, and left out", async () => {
    const name = live.stack();
    const environment = { PASSWORD: "not-told-to-anybody" };
    await live.settle(one(name, { pre_stop: [{ ...say("secret"), environment }, say("plain")] }));
    const gone = await live.destroy(name);
    expect(gone.plan.notes?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/pre_stop hooks is not run: .*PASSWORD is sensitive/),
    ]);
    expect(log()).toEqual(["plain", "stops"]);
    expect(text(gone.outcome)).toBe("completed");
  });
});
