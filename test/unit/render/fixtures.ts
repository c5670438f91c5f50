import { token } from "../../../src/attributes/secrets/sensitive.ts";
import type { Change, Delta } from "../../../src/model/change.ts";
import type { Operation } from "../../../src/model/operations/operations.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import type { Address } from "../../../src/model/stack.ts";

export const SECRET = token("db_password");

export function delta(attribute: string, more: Partial<Delta> = {}): Delta {
  return { attribute, origin: "file", inPlace: false, ...more };
}

export function change(address: Address, more: Partial<Change> = {}): Change {
  const [kind = "container", key = ""] = address.split(".");
  return {
    address,
    kind: kind as Change["kind"],
    name: `shop-${key}-1`,
    action: "create",
    reason: "it does not exist",
    origin: "file",
    deltas: [],
    unchanged: 0,
    ...more,
  };
}

export function step(
  id: number,
  target: Address,
  work: Operation,
  because: string,
  after: number[] = [],
): Step {
  return { ...work, id, address: target, dependsOn: after, reason: because };
}

export function plan(more: Partial<Plan> = {}): Plan {
  return {
    stack: "shop",
    purpose: "apply",
    engine: { endpoint: "unix:///var/run/docker.sock", server: "Docker/28.5.2", api: "1.51" },
    changes: [],
    steps: [],
    rollback: [],
    blocked: [],
    conflicts: [],
    unchanged: 0,
    fingerprint: {},
    sensitive: [],
    ...more,
  };
}

const old = { name: "shop-web-1", id: "aaa" };
const next = { name: "shop-web-1.next" };

/** One of each. */
export const everything: Plan = plan({
  changes: [
    change("image.busybox", {
      name: "busybox:1.37",
      action: "pull",
      reason: "it is not on the engine",
    }),
    change("network.front", { name: "shop_front" }),
    change("container.db", {
      deltas: [
        delta("image", { after: "postgres:17" }),
        delta("environment.POSTGRES_PASSWORD", { after: SECRET, sensitive: true }),
        delta("environment.DSN", { after: `postgres://app:${SECRET}@db/shop` }),
        delta("working_dir", { unknown: "known after pull" }),
      ],
    }),
    change("container.cache", {
      action: "update",
      reason: "mem_limit differs",
      origin: "engine",
      deltas: [
        delta("mem_limit", { before: 67108864, after: 100663296, origin: "engine", inPlace: true }),
      ],
      unchanged: 1,
    }),
    change("container.web", {
      action: "replace",
      reason: "its image and command differ",
      deltas: [
        delta("image", { before: "busybox:1.36", after: "busybox:1.37" }),
        delta("environment.LANG", { before: "C", after: "C.UTF-8" }),
        delta("environment.OLD", { before: "1" }),
        delta("cpus", { before: 1.5, unknown: "engine default", origin: "unknown" }),
        delta("command", {
          before: [
            "httpd",
            "-f",
            "-v",
            "-p",
            "80",
            "-h",
            "/srv/www/a/long/path",
            "-c",
            "/etc/httpd.conf",
          ],
          after: [
            "httpd",
            "-f",
            "-v",
            "-p",
            "81",
            "-h",
            "/srv/www/a/long/path",
            "-c",
            "/etc/httpd.conf",
          ],
        }),
        delta("labels.note", {
          before: "one\ntwo\nthree",
          after: "one\n2\nthree",
          origin: "engine",
        }),
      ],
      unchanged: 12,
    }),
    change("container.job", {
      action: "start",
      reason: "it is not running",
      origin: "engine",
      unchanged: 9,
    }),
    change("container.gone", { action: "remove", reason: "no longer in the stack file" }),
  ],
  steps: [
    step(
      1,
      "image.busybox",
      { operation: "image.pull", image: "busybox:1.37" },
      "container.web needs it",
    ),
    step(
      2,
      "network.front",
      { operation: "network.create", name: "shop_front", body: {} },
      "it does not exist",
    ),
    step(
      3,
      "container.db",
      {
        operation: "container.create",
        name: "shop-db-1",
        body: { Env: [`POSTGRES_PASSWORD=${SECRET}`, "API_KEY=hunter2", "LANG=C"] },
      },
      "it does not exist",
      [2],
    ),
    step(
      4,
      "container.db",
      { operation: "container.start", container: { name: "shop-db-1" } },
      "desired state is running",
      [3],
    ),
    step(
      5,
      "container.db",
      { operation: "container.wait", container: { name: "shop-db-1" }, condition: "healthy" },
      "container.web waits for it",
      [4],
    ),
    step(
      6,
      "container.cache",
      {
        operation: "container.update",
        container: { name: "shop-cache-1", id: "ccc" },
        resources: { Memory: 100663296 },
      },
      "mem_limit can change in place",
    ),
    step(
      7,
      "container.web",
      { operation: "container.create", name: next.name, body: {} },
      "before the old one stops",
      [1],
    ),
    step(
      8,
      "container.web",
      { operation: "container.stop", container: old, timeout: 10 },
      "so that its successor can take the port",
      [5, 7],
    ),
    step(
      9,
      "container.web",
      { operation: "container.rename", container: next, to: "shop-web-1" },
      "the name is free",
      [8],
    ),
    step(
      10,
      "container.web",
      {
        operation: "network.connect",
        container: { name: "shop-web-1" },
        network: { name: "shop_front" },
        endpoint: {},
      },
      "it belongs there",
      [2, 9],
    ),
    step(
      11,
      "container.web",
      { operation: "container.start", container: { name: "shop-web-1" } },
      "desired state is running",
      [10],
    ),
    step(
      12,
      "container.web",
      { operation: "container.remove", container: old },
      "its replacement is ready",
      [11],
    ),
    step(
      13,
      "container.job",
      { operation: "container.start", container: { name: "shop-job-1", id: "jjj" } },
      "desired state is running",
    ),
    step(
      14,
      "container.gone",
      { operation: "container.remove", container: { name: "shop-gone-1", id: "ggg" } },
      "no longer in the stack file",
    ),
  ],
  blocked: [
    {
      address: "volume.data",
      name: "shop_data",
      action: "replace",
      reason: "its driver differs, and its data would be lost",
      flag: "--allow-data-loss=data",
      required: true,
      change: change("volume.data", {
        name: "shop_data",
        action: "replace",
        deltas: [delta("driver", { before: "local", after: "nfs" })],
      }),
    },
  ],
  unchanged: 4,
  fingerprint: { "container shop-web-1": "aaa" },
  sensitive: ["db_password"],
});
