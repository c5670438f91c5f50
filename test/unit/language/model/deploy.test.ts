import { describe, expect, test } from "vitest";
import { loaded, resource, told, web } from "../support.ts";

/** What the container is with the lines below `deploy`. */
const deployed = (...lines: readonly string[]) =>
  loaded(web("deploy:", ...lines.map((line) => `  ${line}`)));

describe("deploy", () => {
  test("is taken as what a container has other words for", () => {
    const found = deployed(
      "mode: replicated",
      "replicas: 2",
      "resources:",
      "  limits: { cpus: '0.50', memory: 64M, pids: 20 }",
      "  reservations: { memory: 32M, devices: [{ capabilities: [gpu], count: 1 }] }",
      "restart_policy: { condition: on-failure, max_attempts: 3 }",
      "update_config: { order: stop-first, delay: 2s }",
      "x-note: nothing",
    );
    expect(told(found)).toEqual([]);
    const own = web(
      "replicas: 2",
      "cpus: '0.50'",
      "mem_limit: 64M",
      "pids_limit: 20",
      "mem_reservation: 32M",
      "gpus: [{ capabilities: [gpu], count: 1 }]",
      "restart: on-failure:3",
      "update_config: { order: stop-first, delay: 2s }",
    );
    const without = (stack: typeof found.stack) =>
      stack?.resources.map(({ place: _, ...rest }) => rest);
    expect(without(found.stack)).toEqual(without(loaded(own).stack));
    expect(found.document).not.toHaveProperty("containers.web.deploy");
  });

  test.each([
    ["condition: none", "no"],
    ["condition: any", "always"],
    ["condition: on-failure", "on-failure"],
    ["{}", "always"],
  ])("restart_policy: %s is %s", (line, policy) => {
    const found = deployed(`restart_policy: ${line === "{}" ? line : `{ ${line} }`}`);
    expect(resource(found, "container.web").spec.restart).toBe(policy);
  });

  test("of several files is merged before", () => {
    const found = loaded({
      "stack.yaml": web("deploy: { resources: { limits: { memory: 64M, pids: 5 } } }"),
      "more.yaml":
        "containers: { web: { deploy: { replicas: 2, resources: { limits: { memory: 96M } } } } }",
    });
    expect(told(found)).toEqual([]);
    expect(resource(found, "container.web[2]").spec).toMatchObject({
      mem_limit: 96 << 20,
      pids_limit: 5,
    });
  });

  test("may be said in both words, as long as they agree", () => {
    expect(
      told(loaded(web("mem_limit: 64M", "deploy: { resources: { limits: { memory: 64M } } }"))),
    ).toEqual([]);
    expect(told(loaded(web("replicas: 1", "deploy: { replicas: 2 }")))).toEqual([
      "stack.yaml:6:15 ⟨replicas⟩ `deploy.replicas` and `replicas` differ | say it once, or the same in both",
    ]);
  });

  test.each([
    ["mode: global", "⟨mode⟩ `deploy.mode` is not supported | there is one engine; use `replicas`"],
    [
      "labels: { a: b }",
      "⟨labels⟩ `deploy.labels` is not supported | they would be those of a swarm's service; use `labels`",
    ],
    [
      "resources: { reservations: { cpus: 1 } }",
      "⟨cpus⟩ `deploy.resources.reservations.cpus` is not supported | an engine reserves no CPUs; `cpu_shares` is a weight",
    ],
    [
      "restart_policy: { window: 5s }",
      "⟨window⟩ `deploy.restart_policy.window` is not supported | an engine waits by a rule of its own; leave it out",
    ],
    [
      "restart_policy: { condition: often }",
      "⟨often⟩ `often` is no condition | one of none, on-failure, any",
    ],
    [
      "restart_policy: { max_attempts: 2 }",
      "⟨2⟩ `max_attempts` cannot stand beside `any` | an engine counts only the restarts of `condition: on-failure`",
    ],
    [
      "resources: { reservations: { devices: [{ capabilities: [tpu] }] } }",
      "⟨{ capabilities: [tpu] }⟩ `deploy.resources.reservations.devices` needs the capability `gpu` | other devices are named under `devices`",
    ],
    ["resources: { limits: { memory: much } }", "⟨much⟩ `much` is no byte value"],
    ["toString: 1", "⟨toString⟩ `toString` is not known in `deploy`"],
    ["replica: 2", "⟨replica⟩ `replica` is not known in `deploy` | did you mean `replicas`?"],
    ["resources: 1", "⟨1⟩ `deploy.resources` must be a map"],
  ])("%s is refused at its line", (line, message) => {
    const [first, ...others] = told(deployed(line)).map((text) => text.replace(/^\S+ /, ""));
    expect(others).toEqual([]);
    expect(first).toContain(message);
  });

  test("that is empty asks for nothing", () => {
    expect(told(loaded(web("deploy:")))).toEqual([]);
    expect(told(loaded(web("deploy: { resources: }")))).toEqual([]);
  });
});
