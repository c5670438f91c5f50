import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, record } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { eventJson } from "../../../src/render/json/events.ts";
import { planJson } from "../../../src/render/json/plan.ts";
import { planText } from "../../../src/render/text/plan.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { type Applied, type Bench, bench, changed } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const secret = `s3cret-${randomBytes(8).toString("hex")}`;
const given = (value: string) => ({ variables: [`password=${value}`] });
let live: Bench;
beforeAll(async () => {
  live = await bench("secrets");
});
afterAll(() => live.close());

const file = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  variables: { password: { type: "string", sensitive: true } },
  configs: { credentials: { content: "password=${password}\n" } },
  containers: {
    web: {
      ...IDLE,
      environment: { DB_URL: "db://app:${password}@db", MODE: "a" },
      configs: [
        { source: "credentials", target: "/etc/app/credentials", uid: 33, gid: 33, mode: "0440" },
      ],
      ...more,
    },
  },
});

/** Everything that a person, a file or a program gets to see of a run. */
const shown = ({ plan, events }: Applied): string =>
  [planText(plan, paint(false)), planJson(plan), ...events.map(eventJson)].join("\n");

describe("a sensitive value", () => {
  it("arrives in the container, and is in no plan, event or label", async () => {
    const name = live.stack();
    const applied = await live.settle(file(name), given(secret));
    const web = `${name}-web-1`;
    expect(await live.exec(web, "sh", "-c", "echo $DB_URL")).toBe(`db://app:${secret}@db\n`);
    expect(await live.exec(web, "cat", "/etc/app/credentials")).toBe(`password=${secret}\n`);
    expect(await live.exec(web, "stat", "-c", "%u:%g %a", "/etc/app/credentials")).toBe(
      "33:33 440\n",
    );
    expect(shown(applied)).not.toContain(secret);
    expect(shown(applied)).toContain("(sensitive value)");
    const labels = JSON.stringify(at(await live.inspect(web), "Config", "Labels"));
    expect(labels).toContain("stackwright.spec");
    expect(labels).not.toContain(secret);
  });

  it("that changes is a change, and neither the old nor the new one is shown", async () => {
    const name = live.stack();
    await live.settle(file(name), given(secret));
    const applied = await live.settle(file(name), given(`${secret}-new`));
    expect(changed(applied.plan, "container.web")).toBe("replace environment configs");
    expect(shown(applied)).not.toContain(secret);
    expect(await live.exec(`${name}-web-1`, "cat", "/etc/app/credentials")).toBe(
      `password=${secret}-new\n`,
    );
  });

  it("is not shown when the change beside it is", async () => {
    const name = live.stack();
    await live.settle(file(name), given(secret));
    const environment = { DB_URL: "db://app:${password}@db", MODE: "b" };
    const applied = await live.settle(file(name, { environment }), given(secret));
    expect(applied.plan.changes.flatMap(({ deltas }) => deltas)).toMatchObject([
      { attribute: "environment.MODE", before: "a", after: "b" },
    ]);
    expect(shown(applied)).not.toContain(secret);
  });

  it("that somebody changed inside the container is put back", async () => {
    const name = live.stack();
    await live.settle(file(name), given(secret));
    await live.exec(`${name}-web-1`, "sh", "-c", "echo other > /etc/app/credentials");
    const applied = await live.settle(file(name), given(secret));
    expect(changed(applied.plan, "container.web")).toBe("replace configs");
    expect(shown(applied)).not.toContain(secret);
  });

  it("is masked in the engine's own words", async () => {
    const name = live.stack();
    const command = ["/bin/${password}"];
    const applied = await live.apply(file(name, { command, init: false }), given(secret));
    expect(applied.outcome).toBe("failed");
    expect(applied.failures.join()).toContain("(sensitive value)");
    expect(shown(applied)).not.toContain(secret);
  });

  it("in a command line runs as asked", async () => {
    const name = live.stack();
    const command = ["sh", "-c", "echo ${password} > /tmp/out; exec sleep 3600"];
    const applied = await live.settle(file(name, { command }), given(secret));
    expect(await live.exec(`${name}-web-1`, "cat", "/tmp/out")).toBe(`${secret}\n`);
    expect(shown(applied)).not.toContain(secret);
  });
});

describe("config files", () => {
  const plain = (name: string, content: string, grant: JsonObject = {}): JsonObject => ({
    name,
    configs: { motd: { content } },
    containers: { web: { ...IDLE, configs: [{ source: "motd", target: "/etc/motd", ...grant }] } },
  });

  it("that change replace the container; mode and owner arrive", async () => {
    const name = live.stack();
    const web = `${name}-web-1`;
    await live.settle(plain(name, "one\n"));
    expect(await live.exec(web, "stat", "-c", "%u:%g %a", "/etc/motd")).toBe("0:0 444\n");
    const { plan } = await live.settle(plain(name, "two\n"));
    expect(changed(plan, "container.web")).toBe("replace configs");
    expect(await live.exec(web, "cat", "/etc/motd")).toBe("two\n");
    await live.settle(plain(name, "two\n", { uid: 1000, mode: "0600" }));
    expect(await live.exec(web, "stat", "-c", "%u:%g %a", "/etc/motd")).toBe("1000:0 600\n");
  });

  it("are written although the run was cut off between creation and start", async () => {
    const name = live.stack();
    await live.settle(plain(name, "here\n"));
    const { Config, HostConfig } = await live.inspect(`${name}-web-1`);
    await live.client.delete(path`/containers/${`${name}-web-1`}`, { query: { force: true } });
    const body = { ...record(Config), HostConfig, Hostname: "" } as JsonObject;
    await live.post(path`/containers/create`, body, { name: `${name}-web-1` });
    await live.settle(plain(name, "here\n"));
    expect(await live.exec(`${name}-web-1`, "cat", "/etc/motd")).toBe("here\n");
  });
});
