import { describe, expect, test } from "vitest";
import { loaded, resource, told } from "../support.ts";

const stack = (web: string, db = "image: busybox") =>
  loaded(`name: shop\ncontainers:\n  db: {${db}}\n  web: {image: busybox, ${web}}\n`);

describe("what a container may have of another", () => {
  test.each([
    [
      "network_mode: 'service:dv'",
      "⟨'service:dv'⟩ `dv` is not among the stack's containers | did you mean `db`?",
    ],
    ["network_mode: 'service:web'", "⟨'service:web'⟩ the dependencies form a cycle: web → web"],
    [
      "network_mode: 'service:db'",
      "the dependencies form a cycle: db → web → db",
      "image: b, pid: 'service:web'",
    ],
    ["volumes_from: [dv]", "⟨dv⟩ `dv` is not among the stack's containers"],
    ["volumes_from: [web]", "⟨web⟩ the dependencies form a cycle: web → web"],
    [
      "volumes_from: ['db:rx']",
      "⟨'db:rx'⟩ `rx` is neither ro nor rw | KEY[:ro] or container:NAME[:ro]",
    ],
    ["links: ['dv:x']", "⟨'dv:x'⟩ `dv` is not among the stack's containers"],
    [
      "network_mode: 'service:'",
      "`service:` is no such mode | one of host, none, bridge, service:KEY, container:NAME",
    ],
    ["uts: 'service:db'", "`service:db` is no such mode | one of host"],
    [
      "ipc: 'service:db'",
      "⟨'service:db'⟩ `db` does not share its memory | give it `ipc: shareable`",
    ],
    [
      "network_mode: 'service:db'",
      "⟨'service:db'⟩ `db` has no replica to share with | give it at least one",
      "image: b, replicas: 0",
    ],
    [
      "network_mode: 'container:shop-db-1'",
      "⟨'container:shop-db-1'⟩ shop-db-1 is this stack's own `db` | write `service:db`",
    ],
    [
      "volumes_from: ['container:shop-db-1:ro']",
      "⟨'container:shop-db-1:ro'⟩ shop-db-1 is this stack's own `db` | write `db`",
    ],
  ])("%s", (web, expected, db?: string) => {
    expect(told(stack(web, db)).join("\n")).toContain(expected);
  });

  test.each([
    "ports: ['80']",
    "expose: ['80']",
    "hostname: a",
    "dns: [1.1.1.1]",
    "extra_hosts: ['a:1.1.1.1']",
    "mac_address: '02:42:ac:11:65:43'",
    "links: [db]",
    "external_links: [x]",
  ])("%s belongs to a network of one's own", (line) => {
    const name = line.split(":")[0];
    expect(told(stack(`network_mode: 'service:db', ${line}`))).toEqual([
      expect.stringContaining(
        `⟨${name}⟩ \`${name}\` cannot stand together with \`network_mode: service:db\` | \`db\`, whose network it is, can have it`,
      ),
    ]);
  });

  test("whoever ends can lend no namespace, but mounts", () => {
    const job = "depends_on: {db: {condition: service_completed_successfully}}";
    expect(told(stack(`pid: 'service:db', ${job}`))).toEqual([
      expect.stringContaining("⟨'service:db'⟩ `db` ends, and what it shares ends with it"),
    ]);
    expect(told(stack(`volumes_from: [db], ${job}`))).toEqual([]);
  });
});

describe("what becomes of it", () => {
  test("the engine's name, and a need that is bound", () => {
    const { spec, needs } = resource(
      stack(
        "network_mode: 'service:db', pid: 'container:other', volumes_from: ['db:ro']",
        "image: a, container_name: store",
      ),
      "container.web",
    );
    expect(spec).toMatchObject({
      network_mode: "container:store",
      pid: "container:other",
      volumes_from: ["store:ro"],
    });
    expect(spec.networks).toBeUndefined();
    expect(needs.filter(({ bound }) => bound)).toEqual([
      { on: "container.db", condition: "started", required: true, bound: "namespaces" },
      { on: "container.db", condition: "started", required: true, bound: "volumes" },
    ]);
  });

  test("links and a hardware address become part of the endpoints", () => {
    const { spec } = resource(
      stack(
        "mac_address: '02-42-AC-11-65-43', links: [db, 'db:store'], external_links: [old], networks: {a: {priority: 1}, b: {priority: 2}}}\nnetworks: {a: {}, b: {}",
      ),
      "container.web",
    );
    const links = ["old:old", "shop-db-1:db", "shop-db-1:store"];
    expect(Object.entries(spec.networks ?? {})).toEqual([
      ["shop_b", { aliases: ["web"], mac_address: "02:42:ac:11:65:43", links }],
      ["shop_a", { aliases: ["web"], links }],
    ]);
  });

  test("a mounted image is pulled before the container is made", () => {
    const from = stack(
      "volumes: [{type: image, source: tools:1, target: /tools, image: {subpath: bin/}}]",
    );
    const { spec, needs } = resource(from, "container.web");
    expect(spec.volumes).toEqual({
      "/tools": { type: "image", source: "tools:1", subpath: "bin" },
    });
    expect(needs).toContainEqual({ on: "image.tools:1", condition: "started", required: true });
    expect(resource(from, "image.tools:1").spec).toEqual({ source: "tools:1", pull: "missing" });
  });

  test("label files come first, and labels override them", () => {
    const files = {
      "stack.yaml":
        "name: shop\ncontainers:\n  web: {image: busybox, label_file: [a.labels, b.labels], labels: [c=own]}\n",
      "a.labels": "# of a\na=1\nb=1\n",
      "b.labels": "b='2'\nc=2\n",
    };
    expect(resource(loaded(files), "container.web").spec.labels).toEqual({
      a: "1",
      b: "2",
      c: "own",
    });
    const missing = loaded({ "stack.yaml": files["stack.yaml"], "a.labels": "" });
    expect(told(missing)).toEqual(["stack.yaml:3:48 ⟨b.labels⟩ no label file: b.labels"]);
  });
});

describe("the long forms, wrong", () => {
  test.each([
    [
      "volumes: [{type: npipe, source: a, target: /a}]",
      "⟨npipe⟩ `npipe` mounts are not supported | named pipes are for Windows alone; leave it out",
    ],
    [
      "volumes: [{type: cluster, source: a, target: /a}]",
      "⟨cluster⟩ `cluster` mounts are not supported",
    ],
    ["volumes: [{type: image, target: /a}]", "an image mount needs a `source`"],
    [
      "volumes: [{type: image, source: a, target: /a, image: {subpath: ../b}}]",
      "`../b` is no path inside of it | a relative path without `..`",
    ],
    [
      "volumes: [{type: bind, source: /a, target: /a, bind: {recursive: readonly}}]",
      "⟨readonly⟩ `recursive: readonly` says how a read-only mount goes on below | add `read_only: true`",
    ],
    [
      "volumes: [{type: bind, source: /a, target: /a, consistency: cached}]",
      "⟨consistency⟩ warning: `consistency` has no effect",
    ],
    [
      "networks: {default: {mac_address: 02:42}}",
      "`02:42` is no MAC address | six pairs of hexadecimal digits, for example 02:42:ac:11:65:43",
    ],
    ["networks: {default: {link_local_ips: [169.254.1.1, x]}}", "⟨x⟩ `x` is no IP address"],
  ])("%s", (web, expected) => {
    expect(told(stack(web)).join("\n")).toContain(expected);
  });

  test.each([
    ["{subnet: 10.1.0.0/24, ip_range: 10.1}", "⟨10.1⟩ `10.1` is no range"],
    ["{subnet: 10.1.0.0/24, aux_addresses: {router: x}}", "⟨x⟩ `x` is no IP address"],
  ])("ipam: %s", (pool, expected) => {
    expect(told(loaded(`networks: {a: {ipam: {config: [${pool}]}}}`)).join("\n")).toContain(
      expected,
    );
  });
});
