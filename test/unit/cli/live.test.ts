import { expect, test } from "vitest";
import type { Importing } from "../../../src/import/document.ts";
import type { Drift } from "../../../src/model/drift.ts";
import { stack, world } from "./cli-host.ts";

const engine = { endpoint: "unix:///x", server: "Docker/1", api: "1.41" };
const listed = (name: string, owner?: string) => ({
  id: name,
  name,
  state: "running",
  networks: [],
  volumes: [],
  ports: [],
  ...(owner ? { owner: { stack: owner, address: "container.x" as const } } : {}),
});

const drift: Drift = {
  stack: "shop",
  engine,
  applied: true,
  drifted: [
    {
      address: "container.web",
      kind: "container",
      name: "shop-web-1",
      what: "changed",
      reason: "it was changed",
      deltas: [
        { attribute: "mem_limit", before: "128m", after: "64m", origin: "engine", inPlace: true },
        { attribute: "restart", before: "no", origin: "unknown", inPlace: true },
      ],
    },
    {
      address: "network.front",
      kind: "network",
      name: "shop_front",
      what: "missing",
      reason: "it is missing; shop-web-1 was made for it",
      deltas: [],
    },
  ],
};

test("drift: 0 without, 2 with; for people and for programs", async () => {
  const none = world();
  expect(await stack("drift", none)).toEqual({ code: 0 });
  expect(none.out).toContain("No drift.");
  const some = world({ parts: { drift: async () => drift } });
  expect(await stack("drift", some)).toEqual({ code: 2 });
  expect(some.out).toBe(
    [
      "Drift of shop on unix:///x (Docker/1, API 1.41)",
      "",
      "  container.web (shop-web-1): it was changed",
      '      ~ mem_limit = "64m" -> "128m"',
      '      + restart   = "no"',
      "      # (or by the file: the labels cannot tell for restart)",
      "",
      "  network.front (shop_front): it is missing; shop-web-1 was made for it",
      "",
      "Drift: 2 objects. `stack plan` shows how it would be repaired.",
      "",
    ].join("\n"),
  );
  some.out = "";
  expect(await stack("drift --format json", some)).toEqual({ code: 2 });
  expect(JSON.parse(some.out)).toMatchObject({
    format: "stackwright.drift/2",
    drifted: [
      {
        what: "changed",
        differences: [
          { attribute: "mem_limit", asked: "64m", found: "128m", origin: "engine" },
          { attribute: "restart", found: "no", origin: "unknown" },
        ],
      },
      { what: "missing", differences: [] },
    ],
  });
});

function importing(more: Parameters<typeof world>[0] = {}) {
  const asked: Omit<Importing, "digest">[] = [];
  const within = world({
    observed: { listed: [listed("nginx"), listed("redis"), listed("shop-web-1", "shop")] },
    ...more,
    parts: {
      imported: async (_, how) => {
        asked.push(how);
        const counts = { container: 1, network: 0, volume: 2 };
        const withheld = [{ variable: "pw", value: "s3cret", uses: ["container.a PW"] }];
        return { document: { name: how.name }, withheld, warnings: ["a warning"], counts };
      },
    },
  });
  return { within, asked };
}

test("import: what is chosen, and what the stack is called", async () => {
  const { within, asked } = importing();
  expect(await stack("import nginx redis --label a=b --with-secrets", within)).toEqual({ code: 0 });
  expect(await stack("import --project blog", within)).toEqual({ code: 0 });
  expect(await stack("import --stack shop", within)).toEqual({ code: 0 });
  expect(asked).toMatchObject([
    { name: "w", withSecrets: true, choice: { names: ["nginx", "redis"], labels: ["a=b"] } },
    { name: "blog", withSecrets: false, choice: { project: "blog" } },
    { name: "shop", choice: { stack: "shop" } },
  ]);
});

test("import: the file goes to stdout, all else to stderr, and no secret anywhere", async () => {
  const { within } = importing();
  await stack("import --name x", within);
  expect(within.out).toBe("name: x\n");
  expect(within.err).toBe(
    [
      "Imported 1 container, 2 volumes as the stack x: planning with it finds nothing to do, but it does not say everything.",
      "  ! container.a PW looks secret and is not written: give it with --var pw=…",
      "  ! a warning",
      "",
    ].join("\n"),
  );
  expect(within.err + within.out).not.toContain("s3cret");
  await stack("import --name x --out new.yaml", within);
  expect(within.log.at(-1)).toBe("write /w/new.yaml secret fresh");
  await stack("import --name x --out new.yaml --with-secrets", within);
  expect(within.log.at(-1)).toBe("write /w/new.yaml secret fresh");
});

test("import: what planning would still do is said", async () => {
  const conflicts = [{ address: "container.a" as const, message: "in the way", hint: "h" }];
  const { within } = importing();
  within.plan = { ...within.plan, conflicts };
  await stack("import --name x", within);
  expect(within.err).toContain("as the stack x: it needs an edit.");
  expect(within.err).toContain("  ! container.a: in the way\n");
});

test.each([
  ["import nosuch", 1, /nothing is named nosuch/],
  ["import shop-web-1", 1, /shop-web-1 belongs to the stack shop/],
  ["import --name shop", 5, /holds a stack shop already/],
  ["import --stack nosuch", 1, /holds nothing of the stack nosuch/],
  ["import --stack shop --project x", 1, /--stack says/],
  ["import --name Bad", 1, /cannot be a stack's name/],
])("%s is refused", async (line, code, message) => {
  const { within, asked } = importing();
  expect(await stack(line, within)).toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(asked).toEqual([]);
});

test("explain says why an attribute of Compose is not taken", async () => {
  expect(await stack("explain container.develop", world())).toMatchObject({
    code: 1,
    message: "a container does not take `develop`",
    hint: expect.stringContaining("watches no files"),
  });
  expect(await stack("explain container.deploy", world())).toMatchObject({
    code: 1,
    hint: expect.stringContaining("replicas, update_config, restart, cpus, mem_limit"),
  });
});
