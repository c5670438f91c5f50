import { describe, expect, test } from "vitest";
import { loaded, resource, told } from "../support.ts";

const HEAD = "name: shop\ncontainers:\n  web:\n";
const two = (base: string, over: string) => {
  const of = (lines: string) => `${HEAD}${lines.replace(/^/gm, "    ")}\n`;
  return loaded({ "a.yaml": of(`image: busybox\n${base}`), "b.yaml": of(over) });
};
const merged = (base: string, over: string) => {
  const found = two(base, over);
  const containers = found.document?.containers as
    | Record<string, Record<string, unknown>>
    | undefined;
  if (!containers?.web) throw new Error(told(found).join("\n"));
  const { image: _, ...rest } = containers.web;
  return rest;
};

describe("one attribute of two files", () => {
  test.each([
    ["scalars replace", "user: a", "user: b", { user: "b" }],
    ["an empty value keeps", "user: a", "user:", { user: "a" }],
    ["command is replaced", "command: [a, b]", "command: c", { command: "c" }],
    ["entrypoint is replaced", "entrypoint: [a, b]", "entrypoint: [c]", { entrypoint: ["c"] }],
    ["lists append", "cap_add: [CHOWN]", "cap_add: [KILL]", { cap_add: ["CHOWN", "KILL"] }],
    [
      "environment: maps by key",
      "environment: {A: 1, B: 1}",
      "environment: {B: 2}",
      { environment: { A: "1", B: "2" } },
    ],
    [
      "environment: lists by key",
      "environment: [A=1, B=1]",
      "environment: [B=2, C=3]",
      { environment: { A: "1", B: "2", C: "3" } },
    ],
    [
      "environment: list and map",
      "environment: [A=1, B=x=y]",
      "environment: {A: 2}",
      { environment: { A: "2", B: "x=y" } },
    ],
    [
      "environment: map and list",
      "environment: {A: 1}",
      "environment: [A=2, B=3]",
      { environment: { A: "2", B: "3" } },
    ],
    ["labels: map and list", "labels: {a: 1}", "labels: [b=2]", { labels: { a: 1, b: "2" } }],
    [
      "volumes by target",
      "volumes: [/a:/x, /b:/y]",
      "volumes: [/c:/x:ro]",
      { volumes: ["/c:/x:ro", "/b:/y"] },
    ],
    [
      "volumes: short and long",
      "volumes: [/a:/x]",
      "volumes: [{type: tmpfs, target: /x}]",
      { volumes: [{ type: "tmpfs", target: "/x" }] },
    ],
    [
      "networks: two lists",
      "networks: [default]",
      "networks: [default]",
      { networks: ["default"] },
    ],
    [
      "networks: list and map",
      "networks: [default]",
      "networks: {default: {aliases: [a]}}",
      { networks: { default: { aliases: ["a"] } } },
    ],
    [
      "networks: aliases append",
      "networks: {default: {aliases: [a]}}",
      "networks: {default: {aliases: [b]}}",
      { networks: { default: { aliases: ["a", "b"] } } },
    ],
    [
      "maps merge deeply",
      "healthcheck: {test: 'true', retries: 3}",
      "healthcheck: {retries: 5}",
      { healthcheck: { test: "true", retries: 5 } },
    ],
    [
      "logging of one driver",
      "logging: {driver: syslog, options: {env: b}}",
      "logging: {options: {labels: d}}",
      { logging: { driver: "syslog", options: { env: "b", labels: "d" } } },
    ],
    [
      "logging of another",
      "logging: {driver: local, options: {a: b}}",
      "logging: {driver: none}",
      { logging: { driver: "none" } },
    ],
    ["x- keys are ours", "x-a: 1", "x-b: 2", {}],
    ["!reset removes", "user: a\ntty: true", "user: !reset null", { tty: true }],
    [
      "!reset of a key below",
      "environment: {A: 1, B: 2}",
      "environment: {A: !reset x}",
      { environment: { B: "2" } },
    ],
    ["!override replaces", "cap_add: [CHOWN]", "cap_add: !override [KILL]", { cap_add: ["KILL"] }],
    ["!override of a map", "labels: {a: x}", "labels: !override {b: y}", { labels: { b: "y" } }],
    [
      "!override below",
      "healthcheck: {test: [CMD, a]}",
      "healthcheck: {test: !override [CMD, b]}",
      { healthcheck: { test: ["CMD", "b"] } },
    ],
    [
      "tags without a base",
      "tty: true",
      "user: !override a\nhostname: !reset b",
      { tty: true, user: "a" },
    ],
  ])("%s", (_, base, over, expected) => {
    expect(merged(base, over)).toEqual(expected);
  });

  test("depends_on: list and map", () => {
    const over = "containers: {web: {depends_on: {db: {condition: service_healthy}}}}";
    const base = `${HEAD}    image: a\n    depends_on: [db, mq]\n  db: {image: a}\n  mq: {image: a}\n`;
    const { needs } = resource(loaded({ "a.yaml": base, "b.yaml": over }), "container.web");
    expect(needs.slice(-2)).toEqual([
      { on: "container.db", condition: "healthy", required: true },
      { on: "container.mq", condition: "started", required: true },
    ]);
  });
});

test("a map and a list do not merge", () => {
  expect(told(two("ulimits: {nofile: 1}", "ulimits: [a]"))[0]).toBe(
    "b.yaml:4:14 ⟨[a]⟩ a list cannot be merged with a map | the earlier file has a map in line 5; !override replaces it",
  );
});

test("sections, names and variables of several files", () => {
  const found = loaded(
    {
      "a.yaml":
        "name: a\nvariables: {x: {default: one, description: d}}\nnetworks: {front: {internal: true}}\n",
      "b.yaml":
        "name: b\nvariables: {x: {default: two}}\nnetworks: {front: {attachable: true}, back: }\n",
      "c.yaml": "containers: {web: {image: busybox, hostname: $x, networks: [front, back]}}\n",
    },
    { files: ["a.yaml", "b.yaml", "c.yaml"] },
  );
  expect(found.stack?.name).toBe("b");
  expect(resource(found, "container.web").spec.hostname).toBe("two");
  expect(resource(found, "network.front").spec).toEqual({ internal: true, attachable: true });
});

test("mistakes stand where the winning file wrote them", () => {
  const found = two("tty: true\nuser: a", "tty: maybe");
  expect(told(found)).toEqual(["b.yaml:4:10 ⟨maybe⟩ `tty` must be true or false; this is text"]);
});

test("without one of its files nothing is said of the stack", () => {
  const found = loaded({ "a.yaml": "containers: {web: {depends_on: [db]}}", "b.yaml": "a: [" });
  expect(told(found)).toHaveLength(1);
});
