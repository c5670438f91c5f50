import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { Redactor } from "../../../src/attributes/secrets/redactor.ts";
import { at, record, text } from "../../../src/attributes/values/json.ts";
import { type Client, connect } from "../../../src/engine/docker/api/client.ts";
import { type Path, path } from "../../../src/engine/docker/api/path.ts";
import type { Endpoint } from "../../../src/engine/docker/connection/endpoint.ts";
import { connectDocker } from "../../../src/engine/docker/docker-engine.ts";
import { describe } from "../../../src/engine/docker/errors/engine-error.ts";
import { outsideOf } from "../../../src/engine/docker/runtime.ts";
import type { Engine, EngineSession } from "../../../src/engine/engine.ts";
import { guarded } from "../../../src/engine/redacted-engine.ts";
import { executePlan } from "../../../src/executor/execute.ts";
import type { ApplyEvent, Outcome } from "../../../src/model/events.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Address, Secrets } from "../../../src/model/stack.ts";
import { plan, planDestroy } from "../../../src/planning/plan.ts";
import { digest, type Inputs, type Source, understand } from "../fixtures/stackfile.ts";

/** Socket of the engine that the tests use. */
export const SOCKET = (process.env.STACK_TEST_HOST ?? "").replace(/^unix:\/\//, "");

interface Options extends Inputs {
  readonly allowDataLoss?: readonly string[];
  readonly unprotect?: readonly Address[];
  readonly targets?: readonly Address[];
  readonly replacing?: readonly Address[];
  /** Stands in for the engine while the plan is executed. */
  readonly through?: (engine: Engine) => Engine;
  readonly signal?: AbortSignal;
}

export interface Applied {
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly events: readonly ApplyEvent[];
  /** `container.web start: why`. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

interface Destroying {
  readonly plugins?: boolean;
  readonly volumes?: boolean;
  readonly source?: Source;
  readonly unprotect?: readonly Address[];
}

/** One engine, the pipeline over it, and the engine's own API to act behind the pipeline's back. */
export interface Bench {
  readonly engine: EngineSession;
  readonly client: Client;
  /** A stack name of this test's own; what it leaves is removed by `close`. */
  stack(): string;
  observe(source: Source, options?: Options): Promise<ObservedState>;
  plan(source: Source, options?: Options): Promise<Plan>;
  apply(source: Source, options?: Options): Promise<Applied>;
  /** Applies, and holds it to success and to an empty plan afterwards. */
  settle(source: Source, options?: Options): Promise<Applied>;
  destroy(name: string, options?: Destroying): Promise<Applied>;
  inspect(container: string): Promise<JsonObject>;
  post(to: Path, body?: JsonObject, query?: Record<string, string>): Promise<JsonObject>;
  /** What a command prints inside a running container; fails the test unless it exits with 0. */
  exec(container: string, ...command: readonly string[]): Promise<string>;
  /** Destroys its stacks, so that what they used can be removed. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

function unixEndpoint(socket: string): Endpoint {
  return { kind: "unix", path: socket, display: `unix://${socket}`, source: "test" };
}

/** Without logins; a test that needs some names their file. */
const NOWHERE: Parameters<typeof outsideOf>[0] = {
  env: {},
  home: "/nonexistent",
  readFile: () => undefined,
};

export async function bench(
  label: string,
  socket = SOCKET,
  around = NOWHERE,
  behind = SOCKET,
): Promise<Bench> {
  const forever = new AbortController().signal;
  const hidden = new Redactor();
  const opened = await connectDocker(unixEndpoint(socket), outsideOf(around, Math.random), forever);
  // As the commands have it.
  const engine = guarded(opened, hidden);
  const client = await connect(unixEndpoint(behind), forever);
  const names: string[] = [];

  const policy = (secrets: Secrets, options: Options = {}) => {
    const { allowDataLoss = [], unprotect = [], targets = [], replacing = [] } = options;
    return { secrets, allowDataLoss, unprotect, targets, replacing, digest };
  };
  const run = async (made: Plan, secrets: Secrets, options: Options = {}): Promise<Applied> => {
    hidden.learn(secrets.values());
    const events: ApplyEvent[] = [];
    const { outcome } = await executePlan(made, options.through?.(engine) ?? engine, {
      secrets,
      concurrency: 8,
      signal: options.signal ?? forever,
      waitTimeout: 240_000,
      now: Date.now,
      describe,
      emit: (event) => events.push(event),
    });
    return { plan: made, outcome, events, ...complaints(events) };
  };
  const self: Bench = {
    engine,
    client,
    stack() {
      const name = `${label}-${randomBytes(3).toString("hex")}`;
      names.push(name);
      return name;
    },
    async observe(source, options) {
      const { stack, secrets } = understand(source, options);
      return engine.observe(stack, secrets, forever);
    },
    async plan(source, options) {
      const { stack, secrets } = understand(source, options);
      return plan(stack, await engine.observe(stack, secrets, forever), policy(secrets, options));
    },
    async apply(source, options) {
      const { secrets } = understand(source, options);
      const made = await self.plan(source, options);
      const failures = made.conflicts.map(({ address, message }) => `${address}: ${message}`);
      // As the command does it: what is in the way keeps everything from being done.
      if (failures.length > 0)
        return { plan: made, outcome: "failed", events: [], failures, warnings: [] };
      return run(made, secrets, options);
    },
    async settle(source, options) {
      const applied = await self.apply(source, options);
      expect(applied.failures).toEqual([]);
      expect(applied.plan.conflicts).toEqual([]);
      expect(applied.outcome).toBe("completed");
      expectNothing(await self.plan(source, options));
      return applied;
    },
    async destroy(name, { volumes = true, plugins = false, source, unprotect = [] } = {}) {
      const stack = source ? understand(source).stack : { name, resources: [] };
      const observed = await engine.observe(stack, new Map(), forever);
      return run(
        planDestroy(stack, observed, { ...policy(new Map(), { unprotect }), volumes, plugins }),
        new Map(),
      );
    },
    inspect: (container) => client.get(path`/containers/${container}/json`),
    post: async (to, body, query) => (await client.post(to, body, query ? { query } : {})) ?? {},
    exec: (container, ...command) => exec(client, container, command),
    async clear() {
      for (const name of names.splice(0)) await self.destroy(name);
    },
    async close() {
      await self.clear();
      engine.close();
      client.close();
    },
  };
  return self;
}

function complaints(events: readonly ApplyEvent[]) {
  const failures = events.flatMap((event) =>
    event.type === "step_failed" ? [failureText(event)] : [],
  );
  const warnings = events.flatMap((event) =>
    event.type === "warning" ? [`${event.step.address}: ${event.message}`] : [],
  );
  return { failures, warnings };
}

function failureText(event: Extract<ApplyEvent, { type: "step_failed" }>): string {
  const { step, message, lines = [] } = event;
  const said = lines.length > 0 ? `; its last lines: ${lines.join(" ")}` : "";
  return `${step.address} ${step.operation}: ${message}${said}`;
}

/** Volumes that the file no longer names are kept and told of: that is no change. */
export function expectNothing({ changes, steps, blocked, conflicts }: Plan): void {
  expect({
    changes: changes.map(({ address, action, reason, deltas }) => [
      address,
      action,
      reason,
      ...deltas.map(({ attribute, before, after }) => ({ attribute, before, after })),
    ]),
    steps: steps.map(told),
    blocking: blocked
      .filter(({ required }) => required)
      .map(({ address, reason }) => [address, reason]),
    conflicts,
  }).toEqual({ changes: [], steps: [], blocking: [], conflicts: [] });
}

/** `start web-1`: a step in words, without ids. */
export function told(step: Plan["steps"][number]): string {
  const { container, network, volume, plugin, name, image } = step as unknown as JsonObject;
  const refs = [container, network, volume, plugin].map((ref) => text(record(ref).name));
  return [step.operation, ...refs, text(name ?? image)].filter(Boolean).join(" ");
}

/** `update mem_limit memswap_limit`: a change's action and the attributes that it is for. */
export function changed(made: Plan, address: string): string {
  const change = made.changes.find((each) => each.address === address);
  if (!change) return "nothing";
  const names = change.deltas.map(({ attribute }) => attribute.split(".")[0] ?? "");
  return [change.action, ...new Set(names)].join(" ");
}

async function exec(client: Client, container: string, command: readonly string[]) {
  const made = await client.post<JsonObject>(path`/containers/${container}/exec`, {
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const id = text(made.Id);
  const docker = await client.dockerode();
  const stream = await docker.getExec(id).start({ Tty: true });
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  const output = Buffer.concat(parts).toString().replaceAll("\r", "");
  const { ExitCode } = await client.get<JsonObject>(path`/exec/${id}/json`);
  expect({ command, ExitCode, output }).toMatchObject({ ExitCode: 0 });
  return output;
}

export const stateOf = (json: JsonObject): string => text(at(json, "State", "Status"));
