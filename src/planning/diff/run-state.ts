import { ignores } from "../../attributes/core/lifecycle.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { number, record, text } from "../../attributes/values/json.ts";
import type { Action, Origin } from "../../model/change.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Resource, State } from "../../model/stack.ts";
import { statusOf } from "../context/container-status.ts";
import type { PlanContext } from "../context/context.ts";
import { notReadyReason } from "./crash-loop.ts";

/** One operation that brings a container nearer to the state that is asked of it. */
type StateOperation = "unpause" | "start" | "stop" | "pause" | "wait";

/** The way from the live state to the asked one. */
export interface StateTransition {
  readonly operations: readonly StateOperation[];
  readonly action: Extract<Action, "start" | "stop" | "pause" | "wait">;
  readonly reason: string;
  readonly origin: Origin;
  /** It runs, as it should, and is not ready: it is only waited for. */
  readonly isFailing?: true;
}

/** Why a container that runs is stopped and started again. */
export interface Restart {
  readonly reason: string;
  readonly origin: Origin;
}

/** What a plan says of a job. */
export const RUNS_TO_COMPLETION = "it runs to completion";

export const stateOf = ({ lifecycle }: Resource): State => lifecycle?.state ?? "running";

/** Whether it is to have processes at all. */
export const shouldRun = (resource: Resource): boolean =>
  ["running", "paused"].includes(stateOf(resource));

/** It runs once: it says so, or somebody waits for its completion. */
export function isJob({ waiting }: PlanContext, { address, lifecycle }: Resource): boolean {
  return lifecycle?.job === true || waiting.has(`${address} completed`);
}

/** The fewest moves to the asked state; `undefined`: it is there, or is to be left as it is. */
export function transition(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
): StateTransition | undefined {
  if (ignores(resource.lifecycle, "state")) return undefined;
  const wanted = stateOf(resource);
  const status = statusOf(found);
  const operations = movesTo(context, resource, found);
  const [first] = operations;
  const trouble = operations.length === 0 ? notReady(context, resource, found) : undefined;
  if (trouble)
    return {
      operations: ["wait"],
      action: "wait",
      reason: trouble,
      origin: "engine",
      isFailing: true,
    };
  if (first === undefined) return undefined;
  const live = status === "exited" ? `exited (${exitCode(found)})` : status;
  const is = status === "created" ? "it was never started" : `it is ${live}`;
  const ends = operations.includes("wait") ? `; ${RUNS_TO_COMPLETION}` : "";
  const goal = wanted === "created" ? "is not to run" : `is to be ${wanted}`;
  const reason = wanted === "running" ? `${is}${ends}` : `${is}, and ${goal}`;
  const origin = originOf(found);
  if (first === "wait") return { operations, action: "wait", reason, origin };
  const action = operations.includes("stop") ? "stop" : first === "pause" ? "pause" : "start";
  return { operations, action, reason, origin };
}

/** Why one that runs as asked is nevertheless not ready. */
function notReady(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
): string | undefined {
  if (stateOf(resource) !== "running" || isJob(context, resource)) return undefined;
  return context.options.detach ? undefined : notReadyReason(context.observed, resource, found);
}

/** What comes after its start, on the way to the asked state. */
export function afterStart({ lifecycle }: Resource): readonly StateOperation[] {
  if (lifecycle?.state === "paused") return ["pause"];
  return lifecycle?.job ? ["wait"] : [];
}

function movesTo(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
): readonly StateOperation[] {
  const status = statusOf(found);
  const then = afterStart(resource).filter((move) => move !== "wait" || !context.options.detach);
  const up = status === "running" || status === "restarting";
  switch (stateOf(resource)) {
    case "running":
      if (up) return then;
      if (status === "paused") return ["unpause", ...then];
      return isCompleted(context, resource, found) ? [] : ["start", ...then];
    case "paused":
      if (status === "paused") return [];
      return up ? then : ["start", ...then];
    default:
      if (status === "paused") return ["unpause", "stop"];
      return up ? ["stop"] : [];
  }
}

const exitCode = ({ json }: ObservedContainer): number => number(record(json.State).ExitCode);

/** A job that has exited with 0 is not started again. */
export function isCompleted(
  context: PlanContext,
  resource: Resource,
  found: ObservedContainer,
): boolean {
  return isJob(context, resource) && statusOf(found) === "exited" && exitCode(found) === 0;
}

/**
 * What was asked when it was made tells who made the difference, as long as it is so. A state is changed
 * in place and leaves its label behind, which tells nothing of a state that it does not name.
 */
function originOf(found: ObservedContainer): Origin {
  // Nobody can take a start back: a run of ours was cut short before it.
  if (statusOf(found) === "created") return "file";
  const labels = configLabels(found.json);
  const then = text(recordedSpec(labels).state) || "running";
  return kindOf(then) === kindOf(statusOf(found)) ? "file" : "unknown";
}

function kindOf(state: string): "running" | "paused" | "down" {
  if (state === "running" || state === "restarting") return "running";
  return state === "paused" ? state : "down";
}
