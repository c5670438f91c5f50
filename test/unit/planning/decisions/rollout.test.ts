import { expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

const ASK_START = { update_config: { order: "start-first" } };

/** Brings the first document about, and plans the second, in which web is replaced. */
async function rolledOut(
  web: JsonObject,
  more: { readonly containers?: JsonObject; readonly networks?: JsonObject } = {},
  after: JsonObject = web,
) {
  const document = (spec: JsonObject): JsonObject => ({
    networks: { front: { ipam: { config: [{ subnet: "10.213.1.0/24" }] } } },
    volumes: { data: {} },
    ...more,
    containers: { web: { image: "busybox:1.36", ...spec }, ...more.containers },
  });
  const engine = new SimulatedEngine(world("1.51"));
  const policy = policyOf();
  const first = stackOf(document(web));
  const made = plan(first, await observed(engine, first, new Map()), policy);
  expect(made.conflicts).toEqual([]);
  await carriedOut(engine, made, new Map());
  const second = stackOf(document({ ...after, environment: { V: "2" } }));
  const { changes, conflicts } = plan(second, await observed(engine, second, new Map()), policy);
  const change = changes.find(({ address }) => address === "container.web");
  expect(change?.action).toBe("replace");
  return { rollout: change?.rollout, conflicts: conflicts.map(({ message }) => message) };
}

test.each<[string, JsonObject]>([
  ["host port 8080 is fixed", { ports: ["8080:80"] }],
  ["its address on shop_front is fixed", { networks: { front: { ipv4_address: "10.213.1.9" } } }],
])("where %s, it is stop-first, and start-first is a conflict", async (reason, web) => {
  expect(await rolledOut(web)).toEqual({
    rollout: { order: "stop-first", reason },
    conflicts: [],
  });
  const { conflicts } = await rolledOut({ ...web, ...ASK_START });
  expect(conflicts).toEqual([`\`order: start-first\` is not possible, because ${reason}`]);
});

test.each<[string, JsonObject]>([
  ["both would write to the volume shop_data", { volumes: ["data:/data"] }],
  ["both would write to /srv/files", { volumes: ["/srv/files:/data"] }],
  ["its anonymous volume is carried over", { volumes: ["/cache"] }],
  ["it has no network of its own", { network_mode: "host" }],
  [
    "its MAC address on shop_front is fixed",
    { networks: { front: { mac_address: "02:42:0a:d5:01:09" } } },
  ],
])("where %s, it is stop-first unless the file asks for the other", async (reason, web) => {
  expect((await rolledOut(web)).rollout).toEqual({ order: "stop-first", reason });
  expect(await rolledOut({ ...web, ...ASK_START })).toEqual({
    rollout: { order: "start-first", reason: `the file asks for it, although ${reason}` },
    conflicts: [],
  });
});

test.each<[string, JsonObject]>([
  ["nothing", {}],
  ["a port that the engine chooses", { ports: ["80"] }],
  ["a volume that is only read", { volumes: ["data:/data:ro", "/srv/files:/files:ro"] }],
  ["a socket", { volumes: ["/var/run/docker.sock:/var/run/docker.sock"] }],
  ["a fixed name", { container_name: "frontend" }],
])("%s does not keep a replacement from being start-first", async (_, web) => {
  expect((await rolledOut(web)).rollout).toEqual({ order: "start-first" });
});

test("a replacement tells each of several reasons for stop-first", async () => {
  const front = { networks: { front: { ipv4_address: "10.213.1.9" } } };
  const web = { ports: ["8080:80", "8443:443"], volumes: ["data:/data"], ...front };
  const fixed = "host ports 8080, 8443 are fixed";
  const address = "its address on shop_front is fixed";
  expect((await rolledOut(web)).rollout).toEqual({
    order: "stop-first",
    reason: `${fixed}, ${address}, and both would write to the volume shop_data`,
  });
  const { conflicts } = await rolledOut({ ...web, ...ASK_START });
  expect(conflicts).toEqual([
    `\`order: start-first\` is not possible, because ${fixed} and ${address}`,
  ]);
});

test("a network without a free address for both means stop-first", async () => {
  const pool = (subnet: string, more: JsonObject = {}) => ({
    networks: { front: { ipam: { config: [{ subnet, ...more }] } } },
  });
  const web = { networks: ["front"] };
  const reason = "shop_front has no free address for a second container";
  const stopFirst = { order: "stop-first", reason };
  expect((await rolledOut(web, pool("10.213.1.0/30"))).rollout).toEqual(stopFirst);
  expect((await rolledOut(web, pool("10.213.1.0/29"))).rollout).toEqual({ order: "start-first" });
  const range = { ip_range: "10.213.1.4/30", gateway: "10.213.1.4" };
  expect((await rolledOut(web, pool("10.213.1.0/24", range))).rollout).toEqual({
    order: "start-first",
  });
  const three = { ...web, replicas: 3 };
  expect((await rolledOut(three, pool("10.213.1.0/24", range))).rollout).toEqual(stopFirst);
  const four = { ...web, replicas: 4 };
  expect((await rolledOut(four, pool("10.213.1.0/29"))).rollout).toEqual({ order: "start-first" });
  const atOnce = { ...four, update_config: { parallelism: 2 } };
  expect((await rolledOut(atOnce, pool("10.213.1.0/29"))).rollout).toEqual(stopFirst);
});

test("a port that changes is not in the way", async () => {
  const { rollout } = await rolledOut({ ports: ["8080:80"] }, {}, { ports: ["8081:80"] });
  expect(rollout).toEqual({ order: "start-first" });
});

test("the file may ask for stop-first; a job that has ended has no choice", async () => {
  const asked = { update_config: { order: "stop-first" } };
  expect((await rolledOut(asked)).rollout).toEqual({
    order: "stop-first",
    reason: "the file asks for it",
  });
  const waits = { web: { condition: "service_completed_successfully" } };
  const other = { image: "busybox:1.36", depends_on: waits };
  const job = await rolledOut(ASK_START, { containers: { other } });
  // The simulated job has run to its end.
  expect(job).toEqual({
    rollout: {
      order: "stop-first",
      reason: "it does not run and it is a job, which runs to its end",
    },
    conflicts: [],
  });
});
