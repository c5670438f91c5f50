import { describe, expect, it } from "vitest";
import { type Imported, imported } from "../../../src/import/document.ts";
import type { Choice } from "../../../src/import/selection.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type {
  ListedContainer,
  ObservedContainer,
  ObservedState,
  Owner,
} from "../../../src/model/observed-state.ts";

const IMAGE: JsonObject = { Id: "sha256:1", Config: { Cmd: ["sh"], Env: ["PATH=/bin"] } };
const ID = "0123456789abcdef".repeat(4);

interface Made {
  readonly state?: JsonObject;
  readonly config?: JsonObject;
  readonly host?: JsonObject;
  readonly networks?: readonly string[];
  readonly mounts?: readonly JsonObject[];
  readonly owner?: Owner;
}

function container(name: string, more: Made = {}): ObservedContainer {
  const networks = (more.networks ?? []).map((each): [string, JsonObject] => [
    each,
    { NetworkID: `id-${each}`, Aliases: [ID.slice(0, 12)] },
  ]);
  const json: JsonObject = {
    Id: ID,
    Name: `/${name}`,
    Image: "sha256:1",
    Config: {
      Image: "busybox:1.36",
      Hostname: ID.slice(0, 12),
      Cmd: ["sh"],
      Env: ["PATH=/bin"],
      ...more.config,
    },
    HostConfig: { NetworkMode: more.networks?.[0] ?? "default", ...more.host },
    NetworkSettings: { Networks: Object.fromEntries(networks) },
    Mounts: more.mounts ?? [],
    ...(more.state ? { State: more.state } : {}),
  };
  return { id: name, name, json, ...(more.owner ? { owner: more.owner } : {}) };
}

const network = (name: string, Labels: JsonObject = {}) => ({
  id: `id-${name}`,
  name,
  json: { Name: name, Driver: "bridge", IPAM: { Driver: "default" }, Labels },
});
const volume = (name: string, Labels: JsonObject = {}) => ({
  id: name,
  name,
  json: { Name: name, Driver: "local", Labels },
});

function seen(more: Partial<ObservedState>): ObservedState {
  const containers = more.containers ?? [];
  const listed = containers.map(
    ({ id, name, owner, json }): ListedContainer => ({
      id,
      name,
      ...(owner ? { owner } : {}),
      state: "running",
      networks: Object.keys((json.NetworkSettings as { Networks: JsonObject }).Networks),
      volumes: [],
      ports: [],
    }),
  );
  return {
    engine: { endpoint: "unix:///x", server: "Docker/1", api: "1.41" },
    containers,
    networks: [],
    volumes: [],
    images: { "sha256:1": IMAGE },
    remote: {},
    files: {},
    ...more,
    listed: [...listed, ...(more.listed ?? [])],
  };
}

function importing(
  observed: ObservedState,
  choice: Partial<Choice> = {},
  withSecrets = false,
): Imported {
  const all = { names: [], labels: [], ...choice };
  return imported(observed, { name: "shop", choice: all, withSecrets, digest: (text) => text });
}

describe("containers", () => {
  it("say nothing that an image or an engine decides", () => {
    const { document } = importing(seen({ containers: [container("web")] }));
    expect(document).toEqual({
      name: "shop",
      containers: {
        web: {
          image: "busybox:1.36",
          container_name: "web",
          adopt: true,
          network_mode: "bridge",
        },
      },
    });
  });

  it("say what they do where they do not run, and whom nobody may insist on", () => {
    const of = (service: string, depends = "") => ({
      Labels: {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.depends_on": depends,
      },
    });
    const web = "job:service_completed_successfully:false,db:service_started:false";
    const { document } = importing(
      seen({
        containers: [
          container("shop-web-1", { config: of("web", web), state: { Status: "paused" } }),
          container("shop-db-1", { config: of("db"), state: { Status: "exited", ExitCode: 0 } }),
          container("shop-job-1", { config: of("job"), state: { Status: "exited", ExitCode: 0 } }),
          container("shop-new-1", { config: of("new"), state: { Status: "created" } }),
        ],
      }),
      { project: "shop" },
    );
    const told = Object.entries(document.containers ?? {}).map(([key, value]) => [
      key,
      (value as JsonObject).state,
      (value as JsonObject).depends_on,
    ]);
    expect(told).toEqual([
      ["db", "stopped", undefined],
      ["job", undefined, undefined],
      ["new", "created", undefined],
      [
        "web",
        "paused",
        {
          job: { condition: "service_completed_successfully" },
          db: { condition: "service_started", required: false },
        },
      ],
    ]);
  });

  it("have texts that mean themselves, and share the variables of equal secrets", () => {
    const { document, withheld } = importing(
      seen({
        containers: [
          container("a", { config: { Env: ["PATH=/bin", "TOKEN=x", "PRICE=$5", "API_KEY="] } }),
          container("b", { config: { Env: ["PATH=/bin", "TOKEN=x"] } }),
          container("c", { config: { Env: ["PATH=/bin", "TOKEN=y"] } }),
        ],
      }),
    );
    expect(document).toMatchObject({
      variables: { token: { sensitive: true }, c_token: { sensitive: true } },
      containers: {
        a: { environment: { TOKEN: "${token}", PRICE: "$$5", API_KEY: "" } },
        b: { environment: { TOKEN: "${token}" } },
        c: { environment: { TOKEN: "${c_token}" } },
      },
    });
    expect(withheld).toEqual([
      { variable: "token", value: "x", uses: ["container.a TOKEN", "container.b TOKEN"] },
      { variable: "c_token", value: "y", uses: ["container.c TOKEN"] },
    ]);
    expect(JSON.stringify(document)).not.toContain('"y"');
  });

  it("keep their secrets where that is asked", () => {
    const secret = container("a", { config: { Env: ["TOKEN=x"] } });
    const { document, withheld } = importing(seen({ containers: [secret] }), {}, true);
    expect(document).toMatchObject({ containers: { a: { environment: { TOKEN: "x" } } } });
    expect(withheld).toEqual([]);
  });

  it("of other stacks are left alone", () => {
    const owner: Owner = { stack: "other", address: "container.web" };
    const observed = seen({ containers: [container("other-web-1", { owner })] });
    expect(importing(observed).counts.container).toBe(0);
    const { document } = importing(observed, { stack: "other" });
    expect(document).toMatchObject({ containers: { web: { image: "busybox:1.36" } } });
  });
});

describe("a Compose project", () => {
  const service = (number: number, more: Made = {}) =>
    container(`shop-web-${number}`, {
      networks: ["shop_default"],
      ...more,
      config: {
        Labels: {
          "com.docker.compose.project": "shop",
          "com.docker.compose.service": "web",
          "com.docker.compose.container-number": String(number),
          "com.docker.compose.depends_on": "db:service_healthy:false,gone:service_started:true",
          team: "x",
        },
        ...more.config,
      },
    });
  const labels = (key: string) => ({
    "com.docker.compose.project": "shop",
    "com.docker.compose.network": key,
  });
  const networks = [network("shop_default", labels("default")), network("proxy")];
  const choice = { project: "shop" };

  it("has its services as replicas, whatever the order of the engine's list", () => {
    const containers = [service(2), service(1)];
    const { document } = importing(seen({ containers, networks }), choice);
    expect(document).toEqual({
      name: "shop",
      networks: { default: { adopt: true } },
      containers: {
        web: { image: "busybox:1.36", adopt: true, labels: { team: "x" }, replicas: 2 },
      },
    });
  });

  it("has replicas that differ as containers of their own", () => {
    const containers = [service(1), service(2, { host: { Memory: 1024 ** 3 } })];
    const { document } = importing(seen({ containers, networks }), choice);
    expect(document).toMatchObject({
      containers: {
        web: { adopt: true },
        "web-2": { container_name: "shop-web-2", mem_limit: "1g" },
      },
    });
  });

  it("only uses what is not its own", () => {
    const containers = [service(1, { networks: ["shop_default", "proxy"] })];
    const { document } = importing(seen({ containers, networks }), choice);
    expect(document.networks).toEqual({ default: { adopt: true }, proxy: { external: true } });
  });
});

describe("networks and volumes", () => {
  const named = (name: string) => [{ Type: "volume", Name: name, Destination: "/d" }];
  const mounts = (name: string) => ({ host: { Binds: [`${name}:/d`] }, mounts: named(name) });

  it("come with the containers that use them, and alone when nothing was chosen", () => {
    const observed = seen({
      containers: [container("a", { networks: ["front"], ...mounts("data") })],
      networks: [network("bridge"), network("front"), network("alone")],
      volumes: [volume("data"), volume("shop_cache"), volume("f".repeat(64))],
    });
    const { document } = importing(observed, { names: ["a"] });
    expect(document.networks).toEqual({ front: { name: "front", adopt: true } });
    expect(document.volumes).toEqual({ data: { name: "data", adopt: true } });
    const all = importing(observed).document;
    expect(Object.keys(all.networks as JsonObject)).toEqual(["alone", "front"]);
    expect(all.volumes).toEqual({
      data: { name: "data", adopt: true },
      cache: { adopt: true },
    });
  });

  it("that others use as well are external", () => {
    const other = { id: "z", name: "z", state: "running", ports: [] };
    const observed = seen({
      containers: [container("a", { networks: ["front"], ...mounts("data") })],
      networks: [network("front")],
      volumes: [volume("data")],
      listed: [{ ...other, networks: ["front"], volumes: ["data"] }],
    });
    const { document } = importing(observed, { names: ["a"] });
    expect(document.networks).toEqual({ front: { external: true } });
    expect(document.volumes).toEqual({ data: { external: true } });
  });

  it("are found by their labels", () => {
    const labelled = volume("data", { team: "web" });
    const observed = seen({ volumes: [labelled, volume("other")] });
    const { document } = importing(observed, { labels: ["team=web"] });
    expect(document.volumes).toEqual({
      data: { name: "data", adopt: true, labels: { team: "web" } },
    });
    expect(importing(observed, { labels: ["team=x"] }).counts.volume).toBe(0);
    expect(importing(observed, { labels: ["team"] }).counts.volume).toBe(1);
  });
});

describe("what an engine holds and a file has no words for", () => {
  const bridge = { NetworkMode: "default" };
  it.each<[string, Made, string]>([
    ["--rm", { host: { ...bridge, AutoRemove: true } }, "`--rm`: what a stack has made stays"],
    ["-P", { host: { ...bridge, PublishAllPorts: true } }, "`-P`, each exposed port"],
    [
      "--link",
      { host: { ...bridge, Links: ["/db:/web/database"] } },
      "`--link` (db:database): on a network of the stack",
    ],
    ["--volume-driver", { host: { VolumeDriver: "x" } }, "`--volume-driver x`"],
    ["--kernel-memory", { host: { KernelMemory: 5 } }, "`--kernel-memory`"],
    [
      "a device request",
      { host: { DeviceRequests: [{ Driver: "acme", Capabilities: [["x"]] }] } },
      "a device request of the driver acme",
    ],
    [
      "--mac-address on the bridge",
      { config: { MacAddress: "02:42:ac:11:00:78" }, host: bridge },
      "`--mac-address 02:42:ac:11:00:78`",
    ],
    ["no network", { config: { NetworkDisabled: true } }, "`NetworkDisabled`"],
  ])("is named: %s", (_, made, expected) => {
    const { warnings } = importing(seen({ containers: [container("web", made)] }));
    expect(warnings).toEqual([expect.stringContaining(`container.web: not written: ${expected}`)]);
  });

  it("is not what says nothing, or what is said elsewhere", () => {
    const host = {
      ...{ AutoRemove: false, PublishAllPorts: false, Links: null, VolumeDriver: "" },
      ...{ Isolation: "default", KernelMemory: 0, DeviceRequests: [] },
    };
    const { warnings } = importing(seen({ containers: [container("web", { host })] }));
    expect(warnings).toEqual([]);
  });

  it("of a network too", () => {
    const lender = { ...network("lender"), json: { ...network("lender").json, ConfigOnly: true } };
    const { warnings } = importing(seen({ networks: [lender] }));
    expect(warnings).toEqual([
      expect.stringContaining("network lender: not written: `--config-only`"),
    ]);
  });
});

describe("what is told elsewhere than where the engine does it", () => {
  it("is a hardware address, a link, and a host name in the host's network", () => {
    const web = container("web", {
      config: { MacAddress: "02:42:AC:11:00:77" },
      networks: ["back"],
    });
    const settings = web.json.NetworkSettings as { Networks: { back: JsonObject } };
    const endpoint = { MacAddress: "02:42:ac:11:00:77", Links: ["db", "other:o", "shop-x:x"] };
    Object.assign(settings.Networks.back, endpoint);
    const db = container("db", { networks: ["back"] });
    const front = container("front", {
      config: { Hostname: "foo" },
      host: { NetworkMode: "host" },
    });
    const plain = container("plain", {
      config: { Hostname: "box" },
      host: { NetworkMode: "host" },
    });
    const observed = seen({ containers: [web, db, front, plain], networks: [network("back")] });
    const frame = { name: "shop", withSecrets: false, machine: "box", digest: String };
    const { document } = imported(observed, { ...frame, choice: { names: [], labels: [] } });
    expect(document.containers).toMatchObject({
      web: {
        networks: { back: { mac_address: "02:42:ac:11:00:77" } },
        links: ["db"],
        external_links: ["other:o", "shop-x:x"],
      },
      front: { network_mode: "host", hostname: "foo" },
    });
    expect(document.containers).not.toHaveProperty("plain.hostname");
    expect(JSON.stringify(document)).not.toContain("stale");
  });

  it("are the hooks of a stack's container, unless they are sensitive", () => {
    const of = (command: string) => {
      const spec = JSON.stringify({ image: "busybox:1.36", post_start: [{ command: [command] }] });
      const Labels = {
        ...{ "stackwright.stack": "shop", "stackwright.address": "container.web" },
        "stackwright.spec": spec,
      };
      const owner = { stack: "shop", address: "container.web" as const };
      const web = container("shop-web-1", { config: { Labels }, owner });
      return importing(seen({ containers: [web] }), { stack: "shop" });
    };
    expect(of("a$b").document.containers).toMatchObject({
      web: { post_start: [{ command: ["a$$b"] }] },
    });
    const hidden = of("\uE000pw\uE001");
    expect(hidden.document.containers).not.toHaveProperty("web.post_start");
    expect(hidden.warnings).toEqual([expect.stringContaining("its hooks, which have sensitive")]);
  });

  it("is that a dependency restarts with another", () => {
    const of = (service: string, depends = "") => ({
      Labels: {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": service,
        "com.docker.compose.depends_on": depends,
      },
    });
    const containers = [
      container("shop-web-1", { config: of("web", "db:service_started:true") }),
      container("shop-db-1", { config: of("db") }),
    ];
    expect(importing(seen({ containers }), { project: "shop" }).document.containers).toMatchObject({
      web: { depends_on: { db: { condition: "service_started", restart: true } } },
    });
  });
});
