import { Ajv } from "ajv";
import { describe, expect, it, test } from "vitest";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import type { Catalogue, Keys } from "../../../src/attributes/core/attribute.ts";
import { showDuration } from "../../../src/attributes/values/units.ts";
import type { Json } from "../../../src/model/json.ts";
import { scope } from "./scope.ts";

/** The inverse of the scope: `shop_front` is declared as `front`. */
const keys: Keys = {
  key: scope.key,
  network: (name) => name.replace(/^shop_/, ""),
  volume: (name) => name.replace(/^shop_/, ""),
  container: (name) => (name === "shop-db-1" ? "service:db" : `container:${name}`),
};
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const ajv = new Ajv({ strict: false });

const cases = (["container", "network", "volume"] as const).flatMap((kind) =>
  Object.entries(catalogue[kind] as Catalogue).flatMap(([name, attribute]) =>
    attribute.examples.map((example, index) => ({
      title: `${kind}.${name} ${index}`,
      attribute,
      value: attribute.parse(example, scope),
    })),
  ),
);

describe("what is written is read as the same value", () => {
  it.each(cases)("$title", ({ attribute, value }) => {
    const written = attribute.write ? attribute.write(value, keys) : value;
    if (written === undefined) return;
    expect(attribute.parse(json(written), scope)).toEqual(value);
    const validate = ajv.compile(attribute.schema);
    expect([validate(json(written)), validate.errors]).toEqual([true, null]);
  });

  it("for all attributes but these", () => {
    const never = cases.filter(({ attribute, value }) => {
      return attribute.write && attribute.write(value, keys) === undefined;
    });
    expect([...new Set(never.map(({ title }) => title.split(" ")[0]))]).toEqual([
      "container.build",
      "container.configs",
      "container.secrets",
    ]);
  });
});

/** As people would write them. */
const forms: readonly [keyof typeof catalogue.container, Json, Json][] = [
  ["ports", [{ target: 80, published: 8080 }], ["8080:80"]],
  ["ports", [{ target: 53, published: 53, protocol: "udp", host_ip: "::1" }], ["[::1]:53:53/udp"]],
  ["ports", [443], ["443"]],
  ["volumes", [{ type: "volume", source: "data", target: "/d", read_only: true }], ["data:/d:ro"]],
  [
    "volumes",
    ["/tmp:/t:rslave", "/cache", { type: "bind", source: "/a:b", target: "/c" }],
    ["/tmp:/t:rslave", "/cache", { type: "bind", source: "/a:b", target: "/c" }],
  ],
  [
    "volumes",
    [{ type: "tmpfs", target: "/t", tmpfs: { size: 8388608, mode: 448 } }],
    [{ type: "tmpfs", target: "/t", tmpfs: { size: "8m", mode: "0700" } }],
  ],
  ["networks", { front: null, back: {} }, ["front", "back"]],
  [
    "networks",
    { front: null, back: { aliases: ["www"] } },
    { front: null, back: { aliases: ["www"] } },
  ],
  ["mem_limit", 67108864, "64m"],
  ["stop_grace_period", "90s", "1m30s"],
  [
    "healthcheck",
    { test: ["CMD-SHELL", "true"], interval: "60s" },
    { test: "true", interval: "1m" },
  ],
  ["healthcheck", { disable: true }, { disable: true }],
  ["devices", ["/dev/zero", "acme.com/net=a:1"], ["/dev/zero", "acme.com/net=a:1"]],
  ["devices", ["/dev/null:/dev/null:rwm", "/dev/a:/dev/b:r"], ["/dev/null", "/dev/a:/dev/b:r"]],
  ["expose", [9000, "9000/udp"], ["9000", "9000/udp"]],
  ["ulimits", { nofile: { soft: 8, hard: 8 } }, { nofile: 8 }],
  ["gpus", [{ count: -1 }], "all"],
];

test.each(forms)("%s %j is written as %j", (name, authored, expected) => {
  const attribute = (catalogue.container as Catalogue)[name];
  const value = attribute?.parse(authored, scope) ?? null;
  expect(json(attribute?.write?.(value, keys))).toEqual(expected);
});

test("durations are written in whole units", () => {
  const shown = [0, 1e9, 90e9, 3600e9, 3661e9, 1.5e9, 1500].map(showDuration);
  expect(shown).toEqual(["0s", "1s", "1m30s", "1h", "1h1m1s", "1500ms", "1500ns"]);
});
