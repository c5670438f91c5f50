import { expect, test } from "vitest";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import { find } from "../../../src/cli/commands/stack/explain.ts";
import { nameFrom } from "../../../src/cli/commands/stack/init.ts";
import { everything, plan } from "../render/fixtures.ts";
import { stack, world } from "./cli-host.ts";

const pending = plan({ changes: everything.changes, steps: everything.steps });

test("plan: exit codes", async () => {
  expect(await stack("plan", world({ plan: pending }))).toEqual({ code: 0 });
  expect(await stack("plan --detailed-exitcode", world({ plan: pending }))).toEqual({ code: 2 });
  expect(await stack("plan --detailed-exitcode", world())).toEqual({ code: 0 });
  const held = world({ plan: plan({ blocked: everything.blocked }) });
  expect(await stack("plan --detailed-exitcode", held)).toEqual({ code: 2 });
  const conflicts = [{ address: "network.a" as const, message: "m", hint: "h" }];
  expect(await stack("plan", world({ plan: plan({ conflicts }) }))).toEqual({ code: 5 });
  expect(await stack("plan --volumes", world())).toMatchObject({ code: 1 });
});

test("plan --format json prints a document alone", async () => {
  const within = world({ plan: pending });
  await stack("plan --format json --out x.plan", within);
  expect(JSON.parse(within.out)).toMatchObject({ format: "stackwright.plan/1", stack: "shop" });
});

test("stack files: -f, then STACK_FILE, then the folder's", async () => {
  const loads = async (line: string, more: Parameters<typeof world>[0] = {}) => {
    const within = world(more);
    await stack(line, within);
    return within.log;
  };
  expect(await loads("validate")).toEqual(["load stack.yaml"]);
  expect(await loads("validate -f a.yaml -f b.yaml")).toEqual(["load a.yaml b.yaml"]);
  expect(await loads("-f a.yaml validate")).toEqual(["load a.yaml"]);
  expect(await loads("validate", { env: { STACK_FILE: "c.yaml:d.yaml" } })).toEqual([
    "load c.yaml d.yaml",
  ]);
  expect(await loads("validate", { files: { "/w/stack.yml": "" } })).toEqual(["load stack.yml"]);
  expect(await loads("validate", { files: {} })).toEqual([]);
  const both = { files: { "/w/stack.yml": "", "/w/stack.yaml": "" } };
  expect(await stack("validate", world(both))).toMatchObject({ code: 3 });
});

test("for programs the mistakes of a stack are lines that no terminal wraps", async () => {
  const message = "long ".repeat(40);
  const within = world({
    loaded: { stack: undefined, diagnostics: [{ severity: "error", code: "syntax", message }] },
  });
  expect(await stack("plan --format json", within)).toMatchObject({ code: 3 });
  expect(within.err).toBe("");
  expect(JSON.parse(within.errData)).toMatchObject({ type: "diagnostic", code: "syntax", message });
  expect(within.errData.trimEnd()).not.toContain("\n");
});

test("an invalid stack is exit 3, and nothing is connected", async () => {
  const within = world({
    loaded: {
      stack: undefined,
      diagnostics: [{ severity: "error", code: "syntax", message: "no name" }],
    },
  });
  expect(await stack("plan", within)).toMatchObject({ code: 3, message: "" });
  expect(within.err).toContain("error: no name");
  expect(within.log).toEqual(["load stack.yaml"]);
});

test("config prints a stack file, which asks for what is sensitive", async () => {
  const document = { name: "shop", x: "\uE000pw\uE001" };
  const yaml = world({ loaded: { document } });
  await stack("config", yaml);
  expect(yaml.out).toBe("name: shop\nvariables:\n  pw:\n    sensitive: true\nx: ${pw}\n");
  const json = world({ loaded: { document } });
  await stack("config --format json", json);
  expect(JSON.parse(json.out)).toEqual({
    name: "shop",
    variables: { pw: { sensitive: true } },
    x: "${pw}",
  });
});

test("ps: a table and a document", async () => {
  const container = {
    id: "abc",
    name: "shop-web-1",
    owner: { stack: "shop", address: "container.web" as const },
    json: {
      Created: "1970-01-01T00:00:02.000Z",
      State: { Status: "running", Health: { Status: "healthy" } },
      Config: { Image: "busybox:1.36" },
      NetworkSettings: {
        Ports: {
          "80/tcp": [
            { HostIp: "0.0.0.0", HostPort: "8080" },
            { HostIp: "::", HostPort: "8080" },
          ],
          "81/tcp": null,
        },
      },
    },
  };
  const within = world({
    observed: {
      containers: [container, { ...container, owner: { ...container.owner, stack: "x" } }],
    },
  });
  expect(await stack("ps", within)).toEqual({ code: 0 });
  expect(within.out).toBe(
    [
      "ADDRESS        NAME        STATE    HEALTH   PORTS           IMAGE         CREATED",
      "container.web  shop-web-1  running  healthy  *:8080->80/tcp  busybox:1.36  3 seconds ago",
      "",
    ].join("\n"),
  );
  within.out = "";
  await stack("ps --format json", within);
  expect(JSON.parse(within.out).containers).toHaveLength(1);
});

test("init writes a new file, named after the folder", async () => {
  const within = world({ files: {} });
  expect(await stack("init", within)).toEqual({ code: 0 });
  expect(within.log).toEqual(["write /w/stack.yaml fresh"]);
  expect(within.files["/w/stack.yaml"]).toContain('name: "w"');
  expect(["My App", "..", "Ünder_x-"].map(nameFrom)).toEqual(["my-app", "hello", "nder_x"]);
});

test("explain finds an attribute by each of its names", () => {
  const limit = { kind: "container", name: "mem_limit" };
  for (const asked of [
    "container.mem_limit",
    "mem_limit",
    "container.web.mem_limit",
    "containers.mem_limit",
  ])
    expect(find(asked, catalogue)).toEqual(limit);
  expect(find("container.environment.LANG", catalogue)).toEqual({
    kind: "container",
    name: "environment",
  });
  expect(find("volume", catalogue)).toEqual({ kind: "volume" });
  expect(() => find("container.mem_limt", catalogue)).toThrow(
    expect.objectContaining({ hint: "did you mean `mem_limit`?" }),
  );
  for (const asked of ["profiles", "container.profiles", "container.web.profiles"])
    expect(() => find(asked, catalogue)).toThrow("a container does not take `profiles`");
  expect(() => find("deploy", catalogue)).toThrow("`deploy` is taken as");
  expect(() => find("services", catalogue)).toThrow("`services` is no part of a stack file");
});

test("every attribute can be explained", async () => {
  for (const [kind, attributes] of Object.entries(catalogue)) {
    for (const name of Object.keys(attributes)) {
      const within = world();
      expect(await stack(`explain ${kind}.${name}`, within)).toEqual({ code: 0 });
      expect(within.out).toMatch(/Forms: +\S/);
      expect(within.out).not.toMatch(/undefined|\[object/);
    }
  }
});

test("schemas are printed", async () => {
  for (const which of ["plan", "events"]) {
    const within = world();
    await stack(`schema ${which}`, within);
    expect(JSON.parse(within.out)).toHaveProperty("$defs");
  }
});
