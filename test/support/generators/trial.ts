import { expect } from "vitest";
import type { Plan, Step } from "../../../src/model/plan.ts";
import type { Resource, Stack } from "../../../src/model/stack.ts";
import { type PlanOptions, plan } from "../../../src/planning/plan.ts";
import { understand } from "../fixtures/stackfile.ts";
import { inspect } from "../simulator/client.ts";
import { SimulatedEngine } from "../simulator/engine.ts";
import { world } from "../simulator/images.ts";
import { anyOrder, observed, policyOf, spell } from "../simulator/reconcile.ts";
import { isUp } from "../simulator/things.ts";
import { documentOf } from "./generate.ts";
import { type Genome, inputsOf } from "./genome.ts";
import { unsound } from "./soundness.ts";

/** What a genome asks for, and what is permitted while it is brought about. */
export interface Trial {
  readonly stack: Stack;
  readonly policy: PlanOptions;
}

export function trialOf(genes: Genome, allowDataLoss: readonly string[] = ["data"]): Trial {
  const { stack, secrets } = understand(documentOf(genes), inputsOf(genes));
  return { stack, policy: policyOf({ secrets, allowDataLoss }) };
}

/** An engine on which others have things of their own. */
export function inhabited(api: string): SimulatedEngine {
  const there = world(api);
  there.createNetwork("theirs", {
    Labels: { owner: "somebody" },
    IPAM: { Config: [{ Subnet: "10.213.9.0/24" }] },
  });
  there.createVolume("theirs", { Labels: { owner: "somebody" } });
  there.createContainer("theirs", {
    Image: "acme/app:1",
    Labels: { "stackwright.stack": "another", "stackwright.address": "container.web" },
    HostConfig: {
      NetworkMode: "theirs",
      Mounts: [{ Type: "volume", Source: "theirs", Target: "/x" }],
    },
    NetworkingConfig: { EndpointsConfig: { theirs: {} } },
  });
  there.start("theirs");
  return new SimulatedEngine(there);
}

/** All that is not the stack's, to the byte. */
export function foreign({ world }: SimulatedEngine): string {
  const named = ({ Name }: { Name?: unknown }) => Name === "theirs";
  return JSON.stringify([
    world.containers.filter(({ name }) => name === "theirs").map(inspect),
    world.networks.filter(named),
    world.volumes.filter(named),
  ]);
}

export async function soundPlan(engine: SimulatedEngine, { stack, policy }: Trial): Promise<Plan> {
  const seen = await observed(engine, stack, policy.secrets);
  const todo = plan(stack, seen, policy);
  expect(todo.conflicts).toEqual([]);
  expect(unsound(todo, seen)).toEqual([]);
  return todo;
}

export async function nothingLeft(
  engine: SimulatedEngine,
  trial: Trial,
  told: string,
): Promise<Plan> {
  const again = await soundPlan(engine, trial);
  const left = { changes: again.changes, steps: again.steps.map(spell) };
  expect(left, told).toEqual({ changes: [], steps: [] });
  if (again.blocked.every(({ required }) => !required)) asAsked(engine, trial);
  return again;
}

/** Plans, does it in any order that the edges permit, and plans again: there is nothing left. */
export async function converge(
  engine: SimulatedEngine,
  trial: Trial,
  choose: (ready: number) => number,
): Promise<Plan> {
  const todo = await soundPlan(engine, trial);
  engine.fate = (step) => {
    expect(notReady(engine, trial.stack, step), todo.steps.map(spell).join("\n")).toEqual([]);
    return "fine";
  };
  await anyOrder(engine, todo, trial.policy.secrets, choose);
  engine.revive();
  await nothingLeft(engine, trial, `first:\n${todo.steps.map(spell).join("\n")}`);
  oneEach(engine, trial);
  return todo;
}

/** Needs of a container that is started too early. */
function notReady({ world }: SimulatedEngine, { resources }: Stack, step: Step): string[] {
  if (step.operation !== "container.start") return [];
  const resource = resources.find(({ address }) => address === step.address);
  return (resource?.needs ?? [])
    .filter(({ on, condition, required, bound }) => {
      const other = resources.find(({ address }) => address === on);
      if (!required || other?.kind !== "container") return false;
      // One that is only renamed may still have its old name; of one that is replaced there are two.
      const lives = world.containers.filter(
        ({ name, config }) => name === other.name || labelOf(config, "address") === on,
      );
      // Mounts are there, whether or not their container runs.
      if (bound === "volumes") return lives.length === 0;
      return !lives.some((live) => {
        const done = live.status === "exited" && live.exitCode === 0;
        if (condition === "healthy") return live.health === "healthy";
        return condition === "completed" ? done : isUp(live) || done;
      });
    })
    .map(({ on, condition }) => `${step.address} starts before ${on} is ${condition}`);
}

/** Each container is in the state that is asked of it. */
function asAsked({ world }: SimulatedEngine, { stack }: Trial): void {
  const stateOf: Readonly<Record<string, string>> = { exited: "stopped" };
  for (const { kind, name, lifecycle } of stack.resources) {
    const live = world.containers.find((container) => container.name === name);
    if (kind !== "container" || !live) continue;
    const { state = "running", job } = lifecycle ?? {};
    const is = stateOf[live.status] ?? live.status;
    const down = ["stopped", "created"];
    if (job) expect([name, is, live.exitCode]).toEqual([name, "stopped", 0]);
    else if (down.includes(state)) expect([name, down.includes(is)]).toEqual([name, true]);
    else if (live.exitCode !== 0 || is !== "stopped") expect([name, is]).toEqual([name, state]);
  }
}

/** Exactly one container for each address, under its name, and nothing else of the stack's. */
export function oneEach({ world }: SimulatedEngine, { stack }: Trial): void {
  const asked = stack.resources.filter(({ kind }) => kind === "container");
  const found = world.containers
    .filter(({ config }) => labelOf(config, "stack") === stack.name)
    .map(({ name, config }) => `${labelOf(config, "address")} ${name}`);
  expect(found.sort()).toEqual(
    asked.map(({ address, name }: Resource) => `${address} ${name}`).sort(),
  );
}

function labelOf(config: { readonly Labels?: unknown }, what: string): unknown {
  return (config.Labels as Record<string, unknown>)[`stackwright.${what}`];
}

/** When each of the stack's volumes was made. */
export function volumeStamps({ world }: SimulatedEngine): ReadonlyMap<unknown, unknown> {
  return new Map(world.volumes.map(({ Name, CreatedAt }) => [Name, CreatedAt]));
}
