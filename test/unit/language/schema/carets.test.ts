import { describe, expect, test } from "vitest";
import { Document, isMap, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Json, JsonObject } from "../../../../src/model/json.ts";
import { BAD } from "../../../support/fixtures/bad-values.ts";
import { loaded, told } from "../support.ts";

/*
 * A caret stands under what has to be edited: a key or a value, and never a whole map or list of several
 * lines. Which of the two it is, edits tell: where no other value makes the message go away, the key is wrong.
 */

/** Odd values of what is no container, by the section and the attribute. */
const ELSEWHERE: Readonly<Record<string, readonly Json[]>> = {
  "networks.driver": ["host"],
  "networks.driver_opts": [
    { "": "x" },
    { "com.docker.network.driver.mtu": "x" },
    { "com.docker.network.bridge.gateway_mode_ipv4": "x" },
  ],
  "networks.ipam": [
    { config: [{ subnet: "x" }] },
    { config: [{ gateway: "10.1.0.1" }] },
    { config: [{ subnet: "10.1.0.0/24", gateway: "10.2.0.1" }] },
    { config: [{ subnet: "10.1.0.1/24" }] },
    { config: [{ subnet: "10.1.0.0/24", ip_range: "10.2.0.0/25" }] },
    { config: [{ subnet: "10.1.0.0/24", aux_addresses: { a: "10.2.0.1" } }] },
    { config: [{ subnet: "10.1.0.0/24" }, { subnet: "10.1.0.0/25" }] },
    { config: [{ subnet: "10.1.0.0/24", foo: 1 }] },
    { options: { "": "x" } },
  ],
  "networks.labels": [{ "stackwright.stack": "x" }, { "": "x" }],
  "networks.enable_ipv4": [false],
  "volumes.driver_opts": [{ "": "x" }],
  "volumes.labels": [{ "stackwright.x": "x" }, ["a=b", "stackwright.x=y"]],
  "images.mirrors": [["mirror"]],
  "images.pull": ["every_day"],
  "images.build": [
    { context: ".", dockerfile: "a", dockerfile_inline: "FROM b" },
    { context: ".", args: { "": "x" } },
    { context: ".", platforms: ["linux/amd64", "linux/arm64"] },
    { context: "https://example.com/a.git" },
    { context: ".", additional_contexts: { a: "https://example.com/a.git" } },
    { context: ".", shm_size: "x" },
    { context: ".", foo: 1 },
    { context: ".", secrets: ["nope"] },
  ],
  "containers.build": [
    { context: ".", foo: 1 },
    { dockerfile_inline: "FROM b", context: [1] },
  ],
  "containers.networks": [
    { nope: {} },
    { front: { ipv4_address: "x" } },
    { front: { ipv6_address: "10.1.0.1" } },
    { front: { mac_address: "x" } },
    { front: { link_local_ips: ["x"] } },
    { front: { interface_name: "a/b" } },
    { front: { driver_opts: { "": "x" } } },
    { front: { foo: 1 } },
  ],
  "containers.depends_on": [{ nope: { condition: "service_started" } }],
  "containers.deploy": [
    { resources: { limits: { memory: "x" } } },
    { resources: { limits: { cpus: "x" } } },
    { restart_policy: { condition: "x" } },
    { foo: 1 },
  ],
  "containers.update_config": [{ order: "x" }, { monitor: "x" }, { foo: 1 }],
  "containers.labels": [{ "stackwright.x": "x" }, ["a=b", "stackwright.x=y"]],
  "configs.content": [[1]],
  "secrets.command": ["", [1]],
  "plugins.set": [{ "": "x" }, { "a=b": "x" }],
  "plugins.grant": ["some"],
  "variables.type": ["foo"],
  "variables.pattern": ["("],
};

const CASES: readonly (readonly [section: string, name: string, value: Json])[] = [
  ...Object.entries(BAD).flatMap(([name, all]) =>
    all.map((value) => ["containers", name, value] as const),
  ),
  ...Object.entries(ELSEWHERE).flatMap(([place, all]) => {
    const [section = "", name = ""] = place.split(".");
    return all.map((value) => [section, name, value] as const);
  }),
];

const LEAST: Readonly<Record<string, JsonObject>> = {
  containers: { image: "busybox" },
  images: { source: "busybox:1" },
  plugins: { source: "example/plugin:1" },
};

function stackWith(section: string, name: string, value: Json): Document {
  const file: Record<string, JsonObject> = {
    containers: { db: { image: "busybox" } },
    networks: { front: {} },
    volumes: { data: {} },
    configs: { motd: { content: "x" } },
    secrets: { password: { environment: "PASSWORD" } },
  };
  const own = { ...LEAST[section], [name]: value };
  return new Document({
    name: "shop",
    ...file,
    [section]: { ...file[section], web: own },
  });
}

const load = (text: string) => loaded(text, { env: { PASSWORD: "a long secret" } });
const written = (document: Document) => document.toString({ lineWidth: 0 });

interface Token {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly role: "key" | "value" | "item" | "flow";
  /** Another text with another value (or key) there. */
  edited(by: Json): string;
}

/** What a caret may stand under: keys, values, the beginning of a map in a list, and maps in brackets. */
function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  visit(parseDocument(text), (role, node, path) => {
    if (!(isScalar(node) || isMap(node) || isSeq(node)) || !node.range) return;
    const [start, end] = node.range;
    const before = text.slice(0, start).split("\n");
    const flow = !isScalar(node) && node.flow === true;
    const parent = path.at(-1);
    const item = isMap(node) && !flow && isSeq(parent);
    if (!(isScalar(node) || flow || item)) return;
    const shown = item ? (text[start] ?? "") : (text.slice(start, end).split("\n")[0] ?? "");
    found.push({
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      text: shown.trimEnd(),
      role: role === "key" ? "key" : item ? "item" : flow ? "flow" : "value",
      edited: (by) => text.slice(0, start) + JSON.stringify(by) + text.slice(end),
    });
  });
  return found;
}

/** One of them is right wherever a value is wrong. */
const VALUES: readonly Json[] = [
  ...["a", "/a", "/a:/b", "a:b", "db", "front", "motd", "data", "x=y", "10s", "64m", "default"],
  ...["1.2.3.4", "10.1.0.2", "10.1.0.0/28", "10.5.0.0/24", "::1", "fe80::1", "a:1.2.3.4", "80:80"],
  ...["02:42:ac:11:65:43", "c 1:3 r", "CMD", "NONE", "ALL", "SIGINT", "always", "tcp", "private"],
  ...["host", "bridge", "false", "0", "1", "3", "1000", "0644", "json-file", "rwm", "r", "all"],
  ...["linux/amd64", "/dev/a", "/dev/a:/dev/b", "label=disable", "password", "start-first"],
  ...["a.example", "daily", "any", "string", "soft", "nat", "/a:size=1m", "none", "shareable"],
  ...[0, 1, 2, 100, 1000, 1400, 70_000, 8_000_000, true, false, ["CMD"], ["a"]],
];

const KEYS: readonly string[] = ["a", "front", "size", "nofile", "net.a", "target", "tag", "db"];

const messagesOf = (text: string) => load(text).diagnostics.map(({ message }) => message);

describe.each(["block", "flow"])("in %s style", (style) => {
  test("a caret stands under the key or the value that is wrong", () => {
    const failed: string[] = [];
    const count: Record<string, number> = {};
    for (const [section, name, value] of CASES) {
      const document = stackWith(section, name, value);
      const node = document.getIn([section, "web", name], true);
      if (style === "flow" && (isMap(node) || isSeq(node))) node.flow = true;
      const text = written(document);
      const { diagnostics } = load(text);
      for (const { message, place, length = 1, severity } of diagnostics) {
        if (severity !== "error" || !place) continue;
        const where = `${section}.${name}: ${JSON.stringify(value)}: ${told(load(text)).join("; ")}`;
        const here = tokens(text).filter(
          (one) => one.line === place.line && one.column === place.column,
        );
        const token =
          here.find((one) => one.text.length === length) ??
          here.find(({ role }) => role === "item");
        if (!token) failed.push(`no token: ${where}`);
        else if (length > token.text.length) failed.push(`a whole map: ${where}`);
        else if (!mends(token, message)) failed.push(`the ${token.role}: ${where}`);
        count[token?.role ?? "none"] = (count[token?.role ?? "none"] ?? 0) + 1;
      }
    }
    console.log(`${CASES.length} values, carets under:`, count);
    expect(failed).toEqual([]);
  });
});

/** Whether another text in its place makes the message go away. */
function mends(token: Token, message: string): boolean {
  if (token.role === "item" || token.role === "flow") return true;
  const others = token.role === "key" ? KEYS : VALUES;
  return others.some((by) => !messagesOf(token.edited(by)).includes(message));
}
