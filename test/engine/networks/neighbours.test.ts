import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("near");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

const reaches = async (from: string, name: string): Promise<void> => {
  expect(await live.exec(from, "ping", "-c", "1", "-W", "5", name)).toContain("1 packets received");
};

describe("two stacks on one external network", () => {
  it("are applied at once, updated and destroyed without touching each other", async () => {
    const [one, two] = [live.stack(), live.stack()];
    const shared = `${one}-shared`;
    const network = await live.post(path`/networks/create`, { Name: shared, CheckDuplicate: true });
    const file = (name: string, version: string): JsonObject => ({
      name,
      networks: { shared: { external: true, name: shared } },
      containers: {
        web: {
          ...IDLE,
          environment: { V: version },
          networks: { shared: { aliases: [`web-of-${name}`] } },
        },
      },
    });
    cli.write("one.yaml", file(one, "1"));
    cli.write("two.yaml", file(two, "1"));
    const apply = (which: string) => cli.stack(["apply", "--yes", "-f", `${which}.yaml`]);
    const [first, second] = await Promise.all([apply("one"), apply("two")]);
    expect([first, second]).toMatchObject([{ status: 0 }, { status: 0 }]);
    // No word of waiting: each stack has a lock of its own.
    expect(`${first.stderr}${second.stderr}`).not.toContain("Waiting");
    await reaches(`${one}-web-1`, `web-of-${two}`);

    const untouched = async () => {
      const { Id, State } = await live.inspect(`${two}-web-1`);
      return { Id, started: (State as JsonObject).StartedAt };
    };
    const before = await untouched();
    cli.write("one.yaml", file(one, "2"));
    expect((await apply("one")).status).toBe(0);
    await reaches(`${one}-web-1`, `web-of-${two}`);
    await reaches(`${two}-web-1`, `web-of-${one}`);
    expect((await cli.stack(["destroy", "--yes", "-f", "one.yaml"])).status).toBe(0);
    expect(await untouched()).toEqual(before);
    const { Id } = await live.client.get<JsonObject>(path`/networks/${shared}`);
    expect(Id).toBe(network.Id);

    await live.destroy(two);
    await live.client.delete(path`/networks/${text(network.Id)}`);
  });
});

describe("a network whose subnet is edited", () => {
  it("keeps every name: each container finds each other one", async () => {
    const name = live.stack();
    const file = (subnet: string): JsonObject => ({
      name,
      networks: { back: { ipam: { config: [{ subnet }] } } },
      containers: {
        web: { ...IDLE, networks: ["back"] },
        api: { ...IDLE, networks: { back: { aliases: ["gate"] } } },
        db: { ...IDLE, networks: { back: { aliases: ["store", "main"] } } },
      },
    });
    await live.settle(file("10.221.1.0/24"));
    await live.settle(file("10.221.2.0/24"));
    for (const from of ["web", "api", "db"])
      for (const to of ["web", "api", "db", "gate", "store", "main"])
        await reaches(`${name}-${from}-1`, to);
    expect(await live.exec(`${name}-web-1`, "ping", "-c", "1", "store")).toContain("10.221.2.");
  });
});
