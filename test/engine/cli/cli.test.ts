import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, SOCKET, stateOf } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { freePorts, IDLE } from "../../support/fixtures/stackfile.ts";

const schemas = resolve(import.meta.dirname, "../../../schemas");
let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("cli");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

const given = (more: JsonObject = {}): string => cli.given(live.stack(), more);

function validator(file: string) {
  const schema = JSON.parse(readFileSync(join(schemas, file), "utf8")) as JsonObject;
  const Dialect = String(schema.$schema).includes("draft-07") ? Ajv : Ajv2020;
  const validate = new Dialect({ strict: false, allErrors: true }).compile(schema);
  return (value: unknown) => {
    validate(value);
    return validate.errors ?? [];
  };
}

describe("exit codes", () => {
  it("0: done, or nothing to do", async () => {
    given();
    const first = await cli.stack(["apply", "--yes"]);
    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toContain("Apply complete");
    const second = await cli.stack(["apply", "--yes"]);
    expect(second).toMatchObject({ status: 0 });
    expect(second.stdout).toContain("No changes.");
    expect((await cli.stack(["plan", "--detailed-exitcode"])).status).toBe(0);
  });

  it("1: a step failed, and what failed is said", async () => {
    given({ command: ["/no/such/program"], init: false });
    const ran = await cli.stack(["apply", "--yes"]);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("Apply failed");
    expect(ran.stderr).toContain("/no/such/program");
  });

  it("3 for an address that means nothing, 5 for what is protected, until it is permitted", async () => {
    const name = given({ protect: true });
    expect((await cli.stack(["apply", "--yes"])).status).toBe(0);
    const unknown = await cli.stack(["plan", "--target", "wbe"]);
    expect(unknown.status).toBe(3);
    expect(unknown.stderr).toContain("Did you mean web?");
    const held = await cli.stack(["apply", "--yes", "--replace", "web"]);
    expect(held.status).toBe(5);
    expect(held.stderr).toContain("permit it with --unprotect=container.web");
    const kept = await cli.stack(["destroy", "--yes", "--name", name]);
    expect(kept.status).toBe(5);
    const replaced = await cli.stack(["apply", "-y", "--replace", "web", "--unprotect", "web"]);
    expect(replaced).toMatchObject({ status: 0 });
    expect(replaced.stdout).toContain("asked by --replace");
    const gone = await cli.stack(["destroy", "--yes", "--unprotect=container.web"]);
    expect(gone).toMatchObject({ status: 0 });
  });

  it("1: nobody can be asked, so nothing is done without --yes", async () => {
    const name = given();
    const ran = await cli.stack(["apply"]);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain("--yes");
    await expect(live.inspect(`${name}-web-1`)).rejects.toThrow();
  });

  it("2: changes are pending, for who asks with --detailed-exitcode", async () => {
    given();
    expect((await cli.stack(["plan"])).status).toBe(0);
    expect((await cli.stack(["plan", "--detailed-exitcode"])).status).toBe(2);
  });

  it("3: the stack is invalid, with the place", async () => {
    cli.write("bad.yaml", "name: shop\ncontainers:\n  web:\n    imge: busybox\n");
    for (const command of ["validate", "plan", "config"]) {
      const ran = await cli.stack([command, "-f", "bad.yaml"]);
      expect(ran.status).toBe(3);
      expect(ran.stderr).toContain("bad.yaml:4:5");
      expect(ran.stderr).toContain("did you mean `image`?");
    }
  });

  it("4: no engine answers, in one line and a hint", async () => {
    given();
    for (const command of [["plan"], ["apply", "--yes"], ["ps"], ["destroy", "--yes"]]) {
      const ran = await cli.stack(command, { env: { DOCKER_HOST: `unix://${cli.cwd}/none` } });
      expect(ran).toMatchObject({ status: 4, stdout: "" });
      expect(ran.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
      expect(ran.stderr).toContain(`${cli.cwd}/none`);
    }
  });

  it("5: something foreign is in the way, and nothing is done", async () => {
    const name = given();
    const { Id } = await live.post(path`/networks/create`, { Name: `${name}_default` });
    const plan = await cli.stack(["plan"]);
    expect(plan).toMatchObject({ status: 5 });
    const ran = await cli.stack(["apply", "--yes"]);
    expect(ran).toMatchObject({ status: 5 });
    expect(ran.stdout).toContain(`${name}_default`);
    await expect(live.inspect(`${name}-web-1`)).rejects.toThrow();
    await live.client.delete(path`/networks/${String(Id)}`);
  });

  it("5: a volume's replacement is held, until its loss is permitted", async () => {
    const name = live.stack();
    const file = (labels: JsonObject) => ({
      name,
      volumes: { data: { labels } },
      containers: { web: { ...IDLE, volumes: ["data:/data"] } },
    });
    cli.write("stack.yaml", file({}));
    expect((await cli.stack(["apply", "--yes"])).status).toBe(0);
    cli.write("stack.yaml", file({ a: "1" }));
    const held = await cli.stack(["apply", "--yes"]);
    expect(held.status).toBe(5);
    expect(held.stderr).toContain("--allow-data-loss=data");
    expect((await cli.stack(["apply", "--yes", "--allow-data-loss", "data"])).status).toBe(0);
  });
});

describe("output for programs", () => {
  it("plans and events are as their schemas say", async () => {
    given({ environment: { TOKEN: "abc", MODE: "b" }, mem_limit: "64m" });
    const plan = await cli.stack(["plan", "--format", "json"]);
    expect(validator("plan.schema.json")(JSON.parse(plan.stdout))).toEqual([]);
    const ran = await cli.stack(["apply", "--yes", "--progress", "json"]);
    const events = ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as JsonObject);
    expect(events.flatMap(validator("events.schema.json"))).toEqual([]);
    expect(events.length).toBeGreaterThan(6);
    expect(JSON.stringify(events.at(-1))).toContain("completed");
    const empty = await cli.stack(["plan", "--format", "json"]);
    expect(JSON.parse(empty.stdout)).toMatchObject({ changes: [], steps: [] });
  });

  it("ps lists what runs", async () => {
    const [port = 0] = await freePorts(1);
    const name = given({ ports: [`127.0.0.1:${port}:80`] });
    await cli.stack(["apply", "--yes"]);
    const table = await cli.stack(["ps"]);
    expect(table.stdout).toMatch(
      new RegExp(`container\\.web +${name}-web-1 +running +.*127\\.0\\.0\\.1:${port}->80/tcp`),
    );
    const json = JSON.parse((await cli.stack(["ps", "--format", "json"])).stdout) as JsonObject;
    expect(json).toMatchObject({ stack: name, containers: [{ address: "container.web" }] });
  });

  it("config prints a stack that is the same stack", async () => {
    given({ environment: { MODE: "${MODE:-quiet}" } });
    await cli.stack(["apply", "--yes"]);
    const config = await cli.stack(["config"]);
    expect(config.stdout).toContain("MODE: quiet");
    cli.write("resolved.yaml", config.stdout);
    const plan = await cli.stack(["plan", "-f", "resolved.yaml", "--detailed-exitcode"]);
    expect(plan.status).toBe(0);
    const json = await cli.stack(["config", "--format", "json"]);
    expect(validator("stack.schema.json")(JSON.parse(json.stdout))).toEqual([]);
  });
});

describe("destroy", () => {
  it("needs no file when it is told the name", async () => {
    const name = given();
    await cli.stack(["apply", "--yes"]);
    const elsewhere = shop();
    const ran = await elsewhere.stack(["destroy", "--name", name, "--yes"]);
    elsewhere.close();
    expect(ran.status).toBe(0);
    await expect(live.inspect(`${name}-web-1`)).rejects.toThrow();
  });

  it("asks, and does nothing when nobody answers", async () => {
    const name = given();
    await cli.stack(["apply", "--yes"]);
    expect((await cli.stack(["destroy"])).status).not.toBe(0);
    expect(stateOf(await live.inspect(`${name}-web-1`))).toBe("running");
  });
});

describe("the engine", () => {
  it("is found through a context of Docker's config folder", async () => {
    given();
    const id = createHash("sha256").update("private").digest("hex");
    const meta = { Name: "private", Endpoints: { docker: { Host: `unix://${SOCKET}` } } };
    cli.write(`docker/contexts/meta/${id}/meta.json`, meta);
    const folder = { DOCKER_CONFIG: join(cli.cwd, "docker"), DOCKER_HOST: undefined };
    const named = await cli.stack(["plan", "--context", "private"], { env: folder });
    expect(named).toMatchObject({ status: 0 });
    expect(named.stdout).toContain(SOCKET);
    const environment = { ...folder, DOCKER_CONTEXT: "private" };
    expect((await cli.stack(["plan"], { env: environment })).status).toBe(0);
    cli.write("docker/config.json", { currentContext: "private" });
    expect((await cli.stack(["plan"], { env: folder })).status).toBe(0);
    const missing = await cli.stack(["plan", "--context", "pivate"], { env: folder });
    expect(missing.status).toBe(4);
  });

  it("can be named by --host, which beats the environment", async () => {
    given();
    const env = { DOCKER_HOST: "unix:///nowhere" };
    expect((await cli.stack(["plan", "--host", `unix://${SOCKET}`], { env })).status).toBe(0);
  });
});

describe("the starter", () => {
  it("is valid, and can be applied", async () => {
    const elsewhere = shop();
    expect((await elsewhere.stack(["init"])).status).toBe(0);
    expect((await elsewhere.stack(["validate"])).status).toBe(0);
    const name = live.stack();
    const [port = 0] = await freePorts(1);
    const flags = ["--name", name, "--var", `port=${port}`];
    const ran = await elsewhere.stack(["apply", "--yes", ...flags]);
    expect(ran).toMatchObject({ status: 0 });
    const plan = await elsewhere.stack(["plan", "--detailed-exitcode", ...flags]);
    expect(plan.status).toBe(0);
    elsewhere.close();
  });
});
