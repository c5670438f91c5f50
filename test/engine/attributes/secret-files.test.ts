import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOf } from "../../../src/attributes/values/binary-text.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { print } from "../../golden/format-plan.ts";
import { type Bench, bench, changed } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { type Tap, tap } from "../../support/servers/proxy.ts";

const fresh = () => `s3cret-${randomBytes(8).toString("hex")}`;
let live: Bench;
let wire: Tap;
let cli: Shop;
beforeAll(async () => {
  wire = await tap();
  live = await bench("secretfiles");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  wire.close();
  cli.close();
});

const file = (name: string, more: JsonObject = {}, grant: JsonObject = {}): JsonObject => ({
  name,
  secrets: { password: { file: "password" } },
  containers: { web: { ...IDLE, secrets: [{ source: "password", ...grant }], ...more } },
});
const value = (content: string | Uint8Array) => ({ files: { password: content } });
const origins = ({ changes }: Plan) =>
  changes.flatMap(({ deltas }) => deltas.map(({ attribute, origin }) => `${attribute} ${origin}`));
const TARGET = "/run/secrets/password";

describe("a secret", () => {
  it("lies where Compose puts it, for whoever runs in the container", async () => {
    const name = live.stack();
    await live.settle(file(name, { user: "1000" }), value("swordfish\n"));
    const web = `${name}-web-1`;
    expect(await live.exec(web, "cat", TARGET)).toBe("swordfish\n");
    expect(await live.exec(web, "stat", "-c", "%u:%g %a", TARGET)).toBe("0:0 444\n");
    const inspected = await live.inspect(web);
    expect(inspected).toMatchObject({ Mounts: [] });
    expect(JSON.stringify(inspected)).not.toContain("swordfish");
  });

  it("of any bytes arrives as it is", async () => {
    const name = live.stack();
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => (index * 7) % 256);
    await live.settle(file(name), value(bytes));
    const digest = await live.exec(`${name}-web-1`, "md5sum", TARGET);
    const { createHash } = await import("node:crypto");
    expect(digest).toContain(createHash("md5").update(bytes).digest("hex"));
  });

  it("whose value changes replaces the container, and says whose doing it is", async () => {
    const name = live.stack();
    await live.settle(file(name), value("one"));
    const { plan } = await live.settle(file(name), value("two"));
    expect(changed(plan, "container.web")).toBe("replace secrets");
    expect(origins(plan)).toEqual([`secrets.${TARGET} file`]);
    expect(print(plan)).toContain("content changed");
    await live.exec(`${name}-web-1`, "sh", "-c", `echo -n one > ${TARGET}`);
    const drifted = await live.settle(file(name), value("two"));
    expect(origins(drifted.plan)).toEqual([`secrets.${TARGET} engine`]);
    await live.exec(`${name}-web-1`, "rm", TARGET);
    expect(origins(await live.plan(file(name), value("two")))).toEqual([
      `secrets.${TARGET} engine`,
    ]);
  });

  it("has an owner and a mode, which are compared too", async () => {
    const name = live.stack();
    const web = `${name}-web-1`;
    await live.settle(file(name), value("x"));
    const grant = { target: "key", uid: 1000, gid: "1001", mode: "0400" };
    const { plan } = await live.settle(file(name, {}, grant), value("x"));
    expect(changed(plan, "container.web")).toBe("replace secrets");
    expect(await live.exec(web, "stat", "-c", "%u:%g %a", "/run/secrets/key")).toBe(
      "1000:1001 400\n",
    );
    await live.exec(web, "chmod", "640", "/run/secrets/key");
    const drifted = await live.plan(file(name, {}, grant), value("x"));
    expect(origins(drifted)).toEqual(["secrets./run/secrets/key engine"]);
    expect(print(drifted)).toContain("1000:1001 0640 (sensitive value) -> 1000:1001 0400");
    await live.settle(file(name), value("x"));
  });

  // Zero permission bits, and an id that needs more than six octal digits.
  it.each([
    ["0000", "2000680000", "0"],
    ["7777", "262144", "7777"],
  ])("may have the mode %s and the owner %s", async (mode, uid, bits) => {
    const name = live.stack();
    await live.settle(file(name, {}, { mode, uid, gid: uid }), value("x"));
    const told = await live.exec(`${name}-web-1`, "stat", "-c", "%u:%g %a", TARGET);
    expect(told).toBe(`${uid}:${uid} ${bits}\n`);
  });

  it("is compared in a container that does not run, or never did", async () => {
    const name = live.stack();
    const web = `${name}-web-1`;
    await live.settle(file(name), value("one"));
    await live.post(path`/containers/${web}/stop`, undefined, { t: "0" });
    expect(changed(await live.plan(file(name), value("one")), "container.web")).toBe("start");
    expect(changed(await live.plan(file(name), value("two")), "container.web")).toMatch(/^replace/);
    await live.settle(file(name), value("one"));
    await live.post(path`/containers/${web}/pause`);
    expect(origins(await live.plan(file(name), value("two")))).toHaveLength(1);
    await live.post(path`/containers/${web}/unpause`);
    await live.client.delete(path`/containers/${web}`, { query: { force: true } });
    const through = (engine: Engine): Engine => ({
      ...engine,
      perform: async (step, context) => {
        if (step.operation === "container.start") throw new Error("not today");
        return engine.perform(step, context);
      },
    });
    await live.apply(file(name), { ...value("one"), through });
    expect(await live.inspect(web)).toMatchObject({ State: { Status: "created" } });
    expect(changed(await live.plan(file(name), value("one")), "container.web")).toBe("start");
    expect(changed(await live.plan(file(name), value("two")), "container.web")).toMatch(/^replace/);
    await live.settle(file(name), value("one"));
  });

  it("can be had with a read-only root, on a volume", async () => {
    const name = live.stack();
    const strict = { read_only: true, volumes: ["/run/secrets"] };
    await live.settle(file(name, strict), value("one"));
    await live.settle(file(name, strict), value("two"));
    expect(await live.exec(`${name}-web-1`, "cat", TARGET)).toBe("two");
  });

  it("costs one read for each file, and no write, when nothing has changed", async () => {
    const name = live.stack();
    const through = await bench("secretfiles", wire.socket);
    await through.settle(file(name), value("one"));
    wire.forget();
    await through.plan(file(name), value("one"));
    expect(wire.writes()).toEqual([]);
    expect(wire.calls.filter(({ url }) => url.includes("/archive"))).toHaveLength(1);
    await through.close();
  });
});

describe("a config", () => {
  const text = (name: string, content: string): JsonObject => ({
    name,
    configs: { motd: { content } },
    containers: { web: { ...IDLE, configs: ["motd"] } },
  });

  it("of any bytes arrives as it is", async () => {
    const name = live.stack();
    const bytes = Uint8Array.from([0, 255, 128, 0xc3, 0x28, 0xee, 0x80, 0x80, 10]);
    const source = { ...text(name, ""), configs: { motd: { file: "password" } } };
    await live.settle(source, value(bytes));
    const read = await live.exec(`${name}-web-1`, "od", "-An", "-tx1", "/motd");
    expect(read.trim()).toBe("00 ff 80 c3 28 ee 80 80 0a");
    const { plan } = await live.settle(source, value(textOf(bytes).slice(0, 1)));
    expect(print(plan)).toContain("(binary, 9 bytes)");
  });

  it("that somebody changes in the container is put back, and the file's change is shown", async () => {
    const name = live.stack();
    await live.settle(text(name, "one\n"));
    await live.exec(`${name}-web-1`, "sh", "-c", "echo other > /motd");
    const { plan } = await live.settle(text(name, "one\n"));
    expect(origins(plan)).toEqual(["configs./motd engine"]);
    expect(print(plan)).not.toContain("other");
    const edited = await live.settle(text(name, "two\n"));
    expect(print(edited.plan)).toMatch(/one.*->.*two/s);
  });
});

describe("secrets of three sources", () => {
  it("show nowhere but in the archive that carries them", async () => {
    const [first, second, third] = [fresh(), fresh(), fresh()];
    const all = [first, second, third];
    const name = live.stack();
    const web = `${name}-web-1`;
    cli.write("password", first);
    cli.write("store", "");
    const store = (body: string) => {
      const script = cli.write("store", `#!/bin/sh\n${body}\n`);
      chmodSync(script, 0o755);
    };
    store(`echo run >> runs; cat third`);
    cli.write("third", `${third}\n`);
    cli.write("stack.yaml", {
      name,
      secrets: {
        one: { file: "password" },
        two: { environment: "SECRET" },
        three: { command: ["./store", "show"] },
      },
      containers: { web: { ...IDLE, secrets: ["one", "two", "three"] } },
    });
    const env = { SECRET: second, DOCKER_HOST: `unix://${wire.socket}` };
    const ran: string[] = [];
    const stack = async (...args: string[]) => {
      const { status, stdout, stderr } = await cli.stack(args, { env });
      ran.push(stdout, stderr);
      return { status, said: stdout + stderr };
    };
    wire.forget();
    for (const looks of ["validate", "config"]) expect((await stack(looks)).status).toBe(0);
    expect(() => readFileSync(join(cli.cwd, "runs"))).toThrow(/ENOENT/);
    await stack("plan");
    await stack("plan", "--format", "json");
    await stack("plan", "--out", "saved");
    ran.push(readFileSync(join(cli.cwd, "saved"), "utf8"));
    expect(await stack("apply", "saved", "--progress", "json")).toMatchObject({ status: 0 });
    for (const [index, key] of ["one", "two", "three"].entries())
      expect(await live.exec(web, "cat", `/run/secrets/${key}`)).toBe(all[index]);
    expect((await stack("plan", "--detailed-exitcode")).status).toBe(0);

    // A changed value, and the container that had the old one.
    const next = fresh();
    all.push(next);
    cli.write("third", `${next}\n`);
    const told = await stack("plan");
    expect(told.said).toContain("content changed");
    await stack("apply", "--yes");
    expect(await live.exec(web, "cat", "/run/secrets/three")).toBe(next);

    // A store that fails has written a part of it before.
    store(`cat third; echo "no key for $(cat third)" >&2; exit 3`);
    const failed = await stack("plan");
    expect(failed).toMatchObject({ status: 3 });
    expect(failed.said).toContain("`./store` ended with exit code 3");
    expect(failed.said).toContain("it says: no key for (sensitive value)");

    const inspected = JSON.stringify(await live.inspect(web));
    expect((await stack("destroy", "--yes")).status).toBe(0);
    const calls = wire.calls.map(({ method, url, headers, body }) =>
      [url, headers, method === "PUT" ? "" : body].join("\n"),
    );
    const archives = wire.calls.filter(({ method }) => method === "PUT");
    expect(archives.map(({ body }) => body).join()).toContain(second);
    for (const secret of all) {
      const forms = [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)];
      for (const form of forms)
        for (const text of [...ran, ...calls, inspected]) expect(text).not.toContain(form);
    }
  });
});
