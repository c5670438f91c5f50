import { expect } from "vitest";
import { at, text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { IDLE, WATCHED } from "../fixtures/stackfile.ts";
import type { Tap } from "../servers/proxy.ts";
import { type Bench, expectNothing } from "./live.ts";
import type { Shop } from "./live-cli.ts";

export interface Tools {
  readonly live: Bench;
  readonly wire: Tap;
  readonly cli: Shop;
}

/** What a run is to do, again and again, and how to tell that all is well. */
export interface Scenario {
  /** The stack that it works on now. */
  name(): string;
  /** Brings the engine to where the run begins; gives the command line. */
  given(): Promise<readonly string[]>;
  /** How the run ends when nothing happens to it; absent: with 0. */
  readonly status?: number;
  /** How the next run ends, after one that has not done its work; absent: with 0. */
  readonly nextStatus?: number;
  /** Changes the files before the next run. */
  mend?(): void;
  /** Holds the engine to what the run was for. */
  whole(): Promise<void>;
  /** Begins anew after a case that was lost, so that it does not stand for those after it. */
  anew(): Promise<void>;
}

/** Two containers, and one of everything else. */
export const shopStack = (name: string, version: string): JsonObject => ({
  name,
  networks: { back: { labels: { version } } },
  volumes: { data: {} },
  configs: { motd: { content: `${version}\n` } },
  containers: {
    db: { ...IDLE, volumes: ["data:/data"], networks: { back: { aliases: ["store"] } } },
    web: { ...IDLE, depends_on: ["db"], networks: ["back"], configs: ["motd"] },
  },
});

/** `db-1 running, web-1 running`: nothing else, no debris, no second copy. */
async function containers({ live }: Tools, name: string): Promise<string> {
  const { listed } = await live.observe({ name, containers: {} });
  const own = listed.filter((each) => each.name.startsWith(`${name}-`));
  return own
    .map((each) => `${each.name.slice(name.length + 1)} ${each.state}`)
    .sort()
    .join(", ");
}

export function creation(tools: Tools): Scenario {
  const { live, cli } = tools;
  let name = "";
  return {
    name: () => name,
    async given() {
      if (name) await live.destroy(name);
      name = live.stack();
      cli.write("stack.yaml", shopStack(name, "one"));
      return ["apply", "--yes"];
    },
    async whole() {
      expect(await containers(tools, name)).toBe("db-1 running, web-1 running");
      expectNothing(await live.plan(shopStack(name, "one")));
    },
    async anew() {},
  };
}

/** Both containers are replaced, under a network that is replaced as well. */
export function update(tools: Tools): Scenario {
  const { live, cli } = tools;
  let name = "";
  let version = 0;
  return {
    name: () => name,
    async given() {
      if (!name) {
        name = live.stack();
        await live.settle(shopStack(name, "0"));
        await live.exec(`${name}-db-1`, "sh", "-c", "echo kept > /data/f");
      }
      version++;
      cli.write("stack.yaml", shopStack(name, `${version}`));
      return ["apply", "--yes"];
    },
    async whole() {
      expect(await containers(tools, name)).toBe("db-1 running, web-1 running");
      expectNothing(await live.plan(shopStack(name, `${version}`)));
      expect(await live.exec(`${name}-db-1`, "cat", "/data/f")).toBe("kept\n");
      expect(await live.exec(`${name}-web-1`, "cat", "/motd")).toBe(`${version}\n`);
      expect(await live.exec(`${name}-web-1`, "ping", "-c", "1", "store")).toContain("1 packets");
    },
    async anew() {
      await live.destroy(name);
      name = "";
    },
  };
}

/**
 * Both containers are replaced and waited for: `db` (stop-first) until it is healthy, `web`
 * (start-first) for a second from then on. Then each is looked at once more.
 */
export function waits(tools: Tools): Scenario {
  const { live, cli } = tools;
  let name = "";
  let version = 0;
  const healthcheck = { test: "test -e /data/f", interval: "300ms", retries: 100 };
  const file = (): JsonObject => {
    const environment = { VERSION: `${version}` };
    const second = { update_config: { monitor: "1s" } };
    const db = { condition: "service_healthy" };
    return {
      name,
      volumes: { data: {} },
      containers: {
        db: { ...IDLE, ...second, volumes: ["data:/data"], healthcheck, environment },
        web: { ...IDLE, ...second, depends_on: { db }, environment },
      },
    };
  };
  return {
    name: () => name,
    async given() {
      if (!name) {
        name = live.stack();
        const { volumes } = file();
        const fill = { ...IDLE, command: ["sh", "-c", "echo kept > /data/f"], job: true };
        await live.settle({
          name,
          volumes,
          containers: { fill: { ...fill, volumes: ["data:/data"] } },
        });
        await live.settle(file());
      }
      version++;
      cli.write("stack.yaml", file());
      return ["apply", "--yes"];
    },
    async whole() {
      expect(await containers(tools, name)).toBe("db-1 running, web-1 running");
      expectNothing(await live.plan(file()));
      const { State, Config } = await live.inspect(`${name}-db-1`);
      expect(at(State, "Health", "Status")).toBe("healthy");
      expect(at(Config, "Env")).toContain(`VERSION=${version}`);
      expect(await live.exec(`${name}-db-1`, "cat", "/data/f")).toBe("kept\n");
    },
    async anew() {
      await live.destroy(name);
      name = "";
    },
  };
}

/** What is wrong with a file: a container exits at once, while it is watched, or is never healthy. */
export type Flaw = "exits" | "exits late" | "unhealthy";

const EXITS: Partial<Record<Flaw, JsonObject>> = {
  exits: { command: ["sh", "-c", "exit 3"], update_config: WATCHED },
  "exits late": { command: ["sh", "-c", "sleep 1; exit 3"], update_config: WATCHED },
};

/** Which file is applied next: what ran before is there after the same one as well. */
export type Next = "mended" | "former" | "same";

/**
 * An update fails, and what ran before is brought back: stop-first where it exits, start-first
 * where it is unhealthy.
 */
export function failing(flaw: Flaw, next: Next) {
  return (tools: Tools): Scenario => {
    const { live, cli } = tools;
    let name = "";
    let version = 0;
    const flawed = (how?: Flaw): JsonObject => {
      const environment = { VERSION: `${version}` };
      const exits = how && EXITS[how] ? { environment, ...EXITS[how] } : {};
      const sick = { test: ["CMD", "false"], interval: "200ms", timeout: "5s", retries: 1 };
      const unhealthy = how === "unhealthy" ? { environment, healthcheck: sick } : {};
      const mended = flaw === "unhealthy" ? { web: { environment } } : { db: { environment } };
      const { db = {}, web = {} } = how ? {} : (mended as Record<string, JsonObject>);
      return {
        name,
        volumes: { data: {} },
        containers: {
          db: { ...IDLE, volumes: ["data:/data"], ...db, ...exits },
          web: { ...IDLE, ...web, ...unhealthy },
        },
      };
    };
    return {
      name: () => name,
      status: 6,
      ...(next === "same" && { nextStatus: 6 }),
      async given() {
        const first = name === "";
        if (first) name = live.stack();
        await live.settle(flawed());
        if (first) await live.exec(`${name}-db-1`, "sh", "-c", "echo kept > /data/f");
        version++;
        cli.write("stack.yaml", flawed(flaw));
        return ["apply", "--yes"];
      },
      mend() {
        if (next !== "mended") version--;
        if (next !== "same") cli.write("stack.yaml", flawed());
      },
      async whole() {
        const all = (await containers(tools, name)).split(", ");
        // What failed last is kept until a successor has proved itself.
        const others = all.filter((each) => !/\.failed (exited|created)$/.test(each));
        expect(others).toEqual(["db-1 running", "web-1 running"]);
        if (next === "mended") expect(all).toEqual(others);
        expectNothing(await live.plan(flawed()));
        expect(await live.exec(`${name}-db-1`, "cat", "/data/f")).toBe("kept\n");
      },
      async anew() {
        await live.destroy(name);
        name = "";
      },
    };
  };
}

export function destruction(tools: Tools): Scenario {
  const { live, cli } = tools;
  let name = live.stack();
  let made = "";
  const volume = () => path`/volumes/${`${name}_data`}`;
  return {
    name: () => name,
    async given() {
      await live.settle(shopStack(name, "one"));
      if (made === "") await live.exec(`${name}-db-1`, "sh", "-c", "echo kept > /data/f");
      expect(await live.exec(`${name}-db-1`, "cat", "/data/f")).toBe("kept\n");
      made = text((await live.client.get<JsonObject>(volume())).CreatedAt);
      cli.write("stack.yaml", shopStack(name, "one"));
      return ["destroy", "--yes"];
    },
    async whole() {
      expect(await containers(tools, name)).toBe("");
      const { networks } = await live.observe({ name, containers: {} });
      expect(networks.filter(({ owner }) => owner?.stack === name)).toEqual([]);
      expect(await live.client.get<JsonObject>(volume())).toMatchObject({ CreatedAt: made });
    },
    async anew() {
      await live.destroy(name);
      name = live.stack();
      made = "";
    },
  };
}
