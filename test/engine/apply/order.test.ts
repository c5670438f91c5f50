import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Applied, type Bench, bench, stateOf } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("order");
});
afterAll(() => live.close());

/** `do target` of the steps that were done, in the order in which they ended. */
const done = ({ events }: Applied) =>
  events.flatMap((event) =>
    event.type === "step_completed" ? [`${event.step.operation} ${event.step.address}`] : [],
  );

const HEALTHY_LATER = {
  test: ["CMD", "test", "-e", "/ready"],
  interval: "300ms",
  timeout: "2s",
  retries: 30,
};
describe("order", () => {
  it("starts each container of a chain when the one before is healthy", async () => {
    // Without a monitor of its own, to be healthy is all that is asked of it.
    const slow = {
      ...IDLE,
      update_config: {},
      command: ["sh", "-c", "sleep 1; touch /ready; exec sleep 3600"],
    };
    const on = (key: string) => ({ depends_on: { [key]: { condition: "service_healthy" } } });
    const applied = await live.settle({
      name: live.stack(),
      containers: {
        third: { ...IDLE, ...on("second") },
        second: { ...slow, healthcheck: HEALTHY_LATER, ...on("first") },
        first: { ...slow, healthcheck: HEALTHY_LATER },
      },
    });
    const order = done(applied).filter((each) => /^container\.(start|wait) /.test(each));
    // What comes then is a last look at each.
    expect(order.slice(0, 6)).toEqual([
      "container.start container.first",
      "container.wait container.first",
      "container.start container.second",
      "container.wait container.second",
      "container.start container.third",
      "container.wait container.third",
    ]);
  });

  it("waits for a job, which is done once it has exited with 0", async () => {
    const file = {
      name: live.stack(),
      volumes: { data: {} },
      containers: {
        app: {
          ...IDLE,
          volumes: ["data:/data:ro"],
          depends_on: { migrate: { condition: "service_completed_successfully" } },
        },
        migrate: {
          ...IDLE,
          command: ["sh", "-c", "sleep 1; echo migrated > /data/state"],
          volumes: ["data:/data"],
        },
      },
    };
    await live.settle(file);
    expect(await live.exec(`${file.name}-app-1`, "cat", "/data/state")).toBe("migrated\n");
    expect(stateOf(await live.inspect(`${file.name}-migrate-1`))).toBe("exited");
  });

  it("fails with the job's last words, and does not start who waits for it", async () => {
    const file = {
      name: live.stack(),
      containers: {
        app: { ...IDLE, depends_on: { job: { condition: "service_completed_successfully" } } },
        job: { ...IDLE, command: ["sh", "-c", "echo no such table; exit 3"] },
      },
    };
    const { outcome, failures } = await live.apply(file);
    expect(outcome).toBe("failed");
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/exited \(3\)[\s\S]*no such table/);
    expect(stateOf(await live.inspect(`${file.name}-app-1`))).toBe("created");
  });

  it("goes on without a dependency that is not required", async () => {
    const file = {
      name: live.stack(),
      containers: {
        app: {
          ...IDLE,
          depends_on: { extra: { condition: "service_started", required: false } },
        },
        extra: { ...IDLE, init: false, command: ["/no/such/program"] },
      },
    };
    const { outcome, failures } = await live.apply(file);
    expect(outcome).toBe("failed");
    expect(failures).toHaveLength(1);
    expect(stateOf(await live.inspect(`${file.name}-app-1`))).toBe("running");
  });

  it("destroys dependents before what they depend on, and leaves nothing", async () => {
    const file = {
      name: live.stack(),
      volumes: { data: {} },
      containers: {
        web: { ...IDLE, depends_on: ["db"] },
        db: { ...IDLE, volumes: ["data:/data"] },
      },
    };
    await live.settle(file);
    const kept = await live.destroy(file.name, { volumes: false, source: file });
    expect(kept.outcome).toBe("completed");
    const steps = done(kept);
    expect(steps.indexOf("container.stop container.web")).toBeLessThan(
      steps.indexOf("container.stop container.db"),
    );
    expect(steps.at(-1)).toBe("network.remove network.default");
    expect(kept.plan.blocked).toMatchObject([
      { address: "volume.data", required: false, flag: "--volumes" },
    ]);

    const all = await live.destroy(file.name);
    expect(done(all)).toEqual(["volume.remove volume.data"]);
    const left = await live.observe({ name: file.name, containers: {} });
    expect(left.containers).toEqual([]);
    expect(
      [...left.networks, ...left.volumes].filter(({ owner }) => owner?.stack === file.name),
    ).toEqual([]);
  });
});
