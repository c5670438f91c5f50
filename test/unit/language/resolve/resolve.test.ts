import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { loaded, resource, told, web } from "../support.ts";

const spec = (text: string) => resource(loaded(text), "container.web").spec;
const addresses = (text: string) => loaded(text).stack?.resources.map(({ address }) => address);

describe("the stack's name", () => {
  test("the flag, the file, the folder", () => {
    expect(loaded("name: file", { stackName: "flag" }).stack?.name).toBe("flag");
    expect(loaded("name: file").stack?.name).toBe("file");
    expect(loaded("name: $X", { env: { X: "given" } }).stack?.name).toBe("given");
    expect(loaded("containers: {}").stack?.name).toBe("shop");
    const files = { "My App_1/stack.yaml": "containers: {}" };
    expect(loaded(files, { files: ["My App_1/stack.yaml"] }).stack?.name).toBe("myapp_1");
  });

  test.each([
    [{ stackName: "Big" }, "x-a: 1", "- ⟨⟩ `Big` cannot be a stack's name"],
    [{}, "name: a b", "stack.yaml:1:7 ⟨a b⟩ `a b` cannot be a stack's name"],
    [{ cwd: "/___" }, "x-a: 1", "- ⟨⟩ the stack has no name"],
  ])("%j", (options, text, expected) => {
    const read = () => new TextEncoder().encode(text);
    expect(told(loaded({}, { files: ["stack.yaml"], read, ...options }))[0]).toContain(expected);
  });
});

describe("names on the engine", () => {
  test("networks and volumes", () => {
    const text = `${web("networks: [a, b, c, d]", "volumes: [v:/v, w:/w]")}networks:
  a:
  b: {name: bee}
  c: {external: true}
  d: {external: true, name: dee}
volumes: {v: , w: {external: true}}
`;
    const found = loaded(text);
    const shown = found.stack?.resources.map(({ address, name, external }) => [
      address,
      name,
      external,
    ]);
    expect(shown).toEqual([
      ["image.busybox", "busybox", undefined],
      ["network.a", "shop_a", undefined],
      ["network.b", "bee", undefined],
      ["network.c", "c", true],
      ["network.d", "dee", true],
      ["volume.v", "shop_v", undefined],
      ["volume.w", "w", true],
      ["container.web", "shop-web-1", undefined],
    ]);
    expect(Object.keys(spec(text).networks ?? {})).toEqual(["shop_a", "bee", "c", "dee"]);
    expect(spec(text).volumes).toMatchObject({ "/v": { source: "shop_v" }, "/w": { source: "w" } });
  });

  test("replicas", () => {
    expect(addresses(web("replicas: 3"))?.slice(-3)).toEqual([
      "container.web",
      "container.web[2]",
      "container.web[3]",
    ]);
    expect(resource(loaded(web("replicas: 3")), "container.web[3]").name).toBe("shop-web-3");
    expect(addresses(web("replicas: 0"))).not.toContain("container.web");
    expect(resource(loaded(web("container_name: front")), "container.web").name).toBe("front");
  });
});

describe("networks of a container", () => {
  test("without any it joins the default network, by its own name", () => {
    expect(spec(web()).networks).toEqual({ shop_default: { aliases: ["web"] } });
    const found = resource(loaded(web()), "network.default");
    expect(found).toEqual({
      address: "network.default",
      kind: "network",
      key: "default",
      name: "shop_default",
      spec: {},
      needs: [],
    });
  });

  test("the default network can be declared", () => {
    const text = `${web()}networks: {default: {name: mine, internal: true}}\n`;
    expect(spec(text).networks).toEqual({ mine: { aliases: ["web"] } });
    expect(resource(loaded(text), "network.default").spec).toEqual({ internal: true });
  });

  test("it can be named without being declared", () => {
    expect(spec(web("networks: [default]")).networks).toEqual({
      shop_default: { aliases: ["web"] },
    });
    expect(addresses(web("networks: [default]"))).toContain("network.default");
  });

  test("with a mode it joins none", () => {
    expect(spec(web("network_mode: none")).networks).toBeUndefined();
    expect(addresses(web("network_mode: none"))).toEqual(["image.busybox", "container.web"]);
  });
});

describe("images", () => {
  const of = (text: string) =>
    loaded(text)
      .stack?.resources.filter(({ kind }) => kind === "image")
      .map(({ address, name, spec }) => [address, name, spec]);

  test("a key, a reference, and a reference that a key has", () => {
    const text = `name: shop
images: {app: {source: "busybox:1", platform: linux/amd64}, idle: {source: idle}}
containers:
  a: {image: app}
  b: {image: "busybox:1"}
  c: {image: other, platform: linux/arm64}
`;
    expect(of(text)).toEqual([
      ["image.app", "busybox:1", { source: "busybox:1", pull: "missing", platform: "linux/amd64" }],
      ["image.idle", "idle", { source: "idle", pull: "missing" }],
      ["image.other", "other", { source: "other", pull: "missing", platform: "linux/arm64" }],
    ]);
    const needed = (key: string) => resource(loaded(text), `container.${key}`).needs[0]?.on;
    expect(["a", "b", "c"].map(needed)).toEqual(["image.app", "image.app", "image.other"]);
    expect(resource(loaded(text), "container.a").spec.image).toBe("busybox:1");
  });

  test.each([
    [["never", "missing"], "missing"],
    [["never", "always"], "always"],
    [["if_not_present", "never"], "missing"],
    [["never"], "never"],
  ])("of the pull policies %j, %s is the strongest", (policies, pull) => {
    const containers = policies.map(
      (policy, index) => `  c${index}: {image: a, pull_policy: ${policy}}\n`,
    );
    expect(of(`containers:\n${containers.join("")}`)).toEqual([
      ["image.a", "a", { source: "a", pull }],
    ]);
  });
});

test("needs", () => {
  const text = `name: shop
volumes: {data: }
networks: {back: }
containers:
  web:
    image: busybox
    networks: [back]
    volumes: [data:/data, /anonymous, ./host:/host]
    depends_on:
      db: {condition: service_healthy}
      job: {condition: service_completed_successfully, required: false}
  db: {image: busybox, replicas: 2}
  job: {image: busybox}
`;
  expect(resource(loaded(text), "container.web").needs).toEqual([
    { on: "image.busybox", condition: "started", required: true },
    { on: "network.back", condition: "started", required: true },
    { on: "volume.data", condition: "started", required: true },
    { on: "container.db", condition: "healthy", required: true },
    { on: "container.db[2]", condition: "healthy", required: true },
    { on: "container.job", condition: "completed", required: false },
  ]);
});

test("a spec holds what the engine knows, as asked, and nothing else", () => {
  const lines = [
    "container_name: front",
    "pull_policy: always",
    "platform: linux/amd64",
    "restart: always",
    "x-note: hi",
    "healthcheck: {disable: true, x-note: hi}",
  ];
  expect(spec(web(...lines))).toEqual({
    image: "busybox",
    platform: "linux/amd64",
    restart: "always",
    healthcheck: { test: ["NONE"] },
    networks: { shop_default: { aliases: ["web"] } },
  });
});

test("every resource has the place of its key", () => {
  const found = resource(loaded(`${web()}volumes:\n  data:\n`), "volume.data");
  expect(found.place).toEqual({ file: "stack.yaml", line: 6, column: 3 });
});

test("paths start from the first file's folder", () => {
  const files = { "sub/a.yaml": web("volumes: ['./x:/x', '../y:/y', '~/z:/z', /w:/w]") };
  const found = resource(loaded(files, { files: ["sub/a.yaml"] }), "container.web").spec.volumes;
  expect(Object.values(found ?? {}).map(({ source }) => source)).toEqual([
    "/srv/shop/sub/x",
    "/srv/shop/y",
    "/home/me/z",
    "/w",
  ]);
});

describe("configs", () => {
  test("content, a file, and the environment, which is sensitive", () => {
    const text = `${web("configs: [a, b, {source: c, target: /etc/c}]")}configs:
  a: {content: "hi $COMPOSE_PROJECT_NAME"}
  b: {file: motd.txt}
  c: {environment: MOTD}
`;
    const found = loaded({ "stack.yaml": text, "motd.txt": "cost: $5\n" }, { env: { MOTD: "s3" } });
    const files = Object.entries(resource(found, "container.web").spec.configs ?? {});
    expect(files.map(([target, { content }]) => [target, content])).toEqual([
      ["/a", "hi shop"],
      ["/b", "cost: $5\n"],
      ["/etc/c", "\uE000config.c\uE001"],
    ]);
    expect(found.secrets.get("config.c")).toBe("s3");
  });
});

test("the resolved document", () => {
  const text = `${web("environment: [A=$A, DB_PASSWORD=s3]", "ports: ['80']")}variables: {A: x}\nx-a: 1\nvolumes: {}\n`;
  expect(loaded(text).document).toEqual({
    name: "shop",
    containers: {
      web: {
        image: "busybox",
        ports: ["80"],
        environment: { A: "x", DB_PASSWORD: "\uE000container.web.environment.DB_PASSWORD\uE001" },
      },
    },
  });
});

describe("forms that Compose has", () => {
  test.each([
    ["command:", "command"],
    ["command: ~", "command"],
    ["entrypoint:", "entrypoint"],
    ["healthcheck: {test: []}", "healthcheck"],
    ["pid:", "pid"],
  ])("%s is as if the line were not there", (line, name) => {
    const found = loaded(web(line));
    expect(told(found)).toEqual([]);
    expect(resource(found, "container.web").spec).not.toHaveProperty(name);
  });

  test.each([
    ["/a:/b:cached", "cached"],
    ["/a:/b:ro,delegated", "delegated"],
    ["data:/b:consistent,ro", "consistent"],
  ])("the mount %s says nothing to an engine", (mount, word) => {
    const found = loaded(`volumes: {data: }\n${web(`volumes: ["${mount}"]`)}`);
    expect(told(found)).toEqual([expect.stringContaining(`warning: \`${word}\` has no effect`)]);
    const { volumes } = resource(found, "container.web").spec;
    const { "/b": made } = volumes as JsonObject;
    expect(Object.keys(made as JsonObject).sort()).toEqual(
      mount.includes("ro") ? ["read_only", "source", "type"] : ["source", "type"],
    );
  });
});
