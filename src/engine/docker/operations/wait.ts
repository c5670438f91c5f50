import { at, number, record, text } from "../../../attributes/values/json.ts";
import type { StepProgress } from "../../../model/events.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Step } from "../../../model/plan.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { timeLimit } from "../api/time-limit.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import type { Former, Watch } from "./container-watch.ts";
import { failure, operation, statusText } from "./wait-failure.ts";

/** Restarts after which a job has failed whose policy sets no limit: as many as Kubernetes grants one. */
const RETRIES = 6;
/** Milliseconds in which a container that cannot work has exited, as a rule. */
const STAYS_UP = 200;

const LONGER = "Give it longer with --wait-timeout, or --timeout of `stack wait`.";

type Condition = Extract<Step, { operation: "container.wait" }>["condition"];

export interface Awaiting {
  readonly container: string;
  readonly name: string;
  readonly condition: Condition;
  /** Milliseconds for which it must hold. */
  readonly monitor?: number | undefined;
  /** The same where the container has no health check; 0: it need not even run. */
  readonly minUptime?: number | undefined;
  /** It ran before: only what the engine restarts from now on counts. */
  readonly wasRunning?: boolean | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** The condition is so. */
  met(): void;
  advance(progress: StepProgress): void;
}

/** What is known from the looks before. */
interface Looking extends Awaiting, Former {
  /** The condition was so, and is to last. */
  readonly wasMet: boolean;
}

/**
 * Waits until the container is ready, healthy, or has exited with 0, and holds it for the time that
 * is asked; without a health check to ask, it must at least have stayed up for `STAYS_UP`, without
 * a restart by the engine. A condition that can no longer come true fails at once, with the last
 * probes and lines of the log.
 */
export async function awaitCondition(client: Client, events: Watch, task: Awaiting): Promise<void> {
  const limit = timeLimit(task.timeout + Math.max(task.monitor ?? 0, task.minUptime ?? 0));
  const signal = AbortSignal.any([task.signal, limit.signal]);
  let last: JsonObject = {};
  let wasMet = false;
  const look = async (): Promise<true | undefined> => {
    const json = await client.get<JsonObject>(path`/containers/${task.container}/json`, { signal });
    last = json;
    task.advance({ text: statusText(json) });
    if (task.wasRunning && !events.former.has(task.container))
      events.former.set(task.container, before(json));
    const former = events.former.get(task.container) ?? NEVER_RAN;
    return LOOKS[task.condition](client, { ...task, ...former, wasMet }, json);
  };
  try {
    await events.until(task.container, look, signal);
    wasMet = true;
    task.met();
    const checked = task.condition !== "ready" || healthOf(last) !== "";
    const least = checked ? 0 : (task.minUptime ?? STAYS_UP);
    await lasts(events, task, look, Math.max(task.monitor ?? least, 0), signal);
  } catch (error) {
    if (task.signal.aborted || !limit.signal.aborted) throw error;
    const what = `is not ${task.condition} after ${task.timeout / 1000} s: it is ${statusText(last)}`;
    const { message, lines } = await failure(client, task, last, what);
    throw postconditionFailed("timeout", operation(task), message, LONGER, lines);
  } finally {
    limit.cancel();
  }
}

/** A container that has been ready, by its id or name, and must stay so until `over` is aborted. */
export type Staying = Pick<Awaiting, "container" | "name" | "minUptime" | "timeout" | "signal"> & {
  readonly over: AbortSignal;
};

/**
 * Watches a container that has been ready: rejects as soon as it ends, is unhealthy, or is restarted
 * by the engine. It is looked at when the engine tells of it, and once more when all is over; one
 * that somebody restarts meanwhile must be ready again then.
 */
export async function staysReady(client: Client, events: Watch, task: Staying): Promise<void> {
  const { timeout, over, signal } = task;
  const look = async (): Promise<true | undefined> => {
    const json = await client.get<JsonObject>(path`/containers/${task.container}/json`, { signal });
    const container = text(json.Id);
    const former = events.former.get(container) ?? NEVER_RAN;
    const asked = { condition: "ready", wasMet: true, met() {}, advance() {} } as const;
    return ready(client, { ...task, ...asked, ...former, container }, json);
  };
  await events.during(task.container, look, over, signal);
  const limit = timeLimit(timeout);
  try {
    await events.until(task.container, look, AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (signal.aborted || !limit.signal.aborted) throw error;
    const what = `${task.name} is not ready again after ${timeout / 1000} s`;
    throw postconditionFailed("timeout", operation(task), what, LONGER);
  } finally {
    limit.cancel();
  }
}

/** Looks on for a while, at each event and at the end; `look` throws when it no longer holds. */
async function lasts(
  events: Watch,
  { container }: Awaiting,
  look: () => Promise<true | undefined>,
  hold: number,
  signal: AbortSignal,
): Promise<void> {
  if (hold === 0) return;
  const over = timeLimit(hold);
  const whileIn = async () => {
    await look();
    return undefined;
  };
  try {
    await events.until(container, whileIn, AbortSignal.any([signal, over.signal]));
  } catch (error) {
    if (!over.signal.aborted || signal.aborted) throw error;
    await look();
  } finally {
    over.cancel();
  }
}

const NEVER_RAN: Former = { restarts: 0, wasRestarting: false };

function before(json: JsonObject): Former {
  const wasRestarting = at(json, "State", "Status") === "restarting";
  return { restarts: number(json.RestartCount), wasRestarting };
}

/** `true`: the condition is so; rejects when it can no longer come true. */
type Look = (client: Client, task: Looking, json: JsonObject) => Promise<true | undefined>;

const healthOf = (json: JsonObject): string => {
  const health = text(at(json, "State", "Health", "Status"));
  return health === "none" ? "" : health;
};

const ready: Look = async (client, task, json) => {
  if (healthOf(json)) return healthy(client, task, json);
  return task.minUptime === 0 ? true : up(client, task, json);
};

/** Rejects when the engine has restarted it, or is about to. */
async function refuseRestart(client: Client, task: Looking, json: JsonObject): Promise<void> {
  const { Status, ExitCode } = record(json.State);
  const times = number(json.RestartCount) - task.restarts;
  if (times <= 0 && (Status !== "restarting" || task.wasRestarting)) return;
  // One that runs again has lost the code with which it exited.
  const how = Status === "running" ? "exits" : `exits (${number(ExitCode)})`;
  throw await failure(client, task, json, `${how}, and is restarted again and again`);
}

const up: Look = async (client, task, json) => {
  await refuseRestart(client, task, json);
  const { Status, ExitCode } = record(json.State);
  if (Status === "running") return true;
  if (Status === "restarting") return undefined;
  const code = number(ExitCode);
  const what = `does not stay up: it is ${text(Status)} (${code})`;
  throw await failure(client, task, json, what, code === 0 ? JOB_HINT : undefined);
};

const JOB_HINT = "One that is to run to its end says so with `job: true`.";

const healthy: Look = async (client, task, json) => {
  const state = record(json.State);
  const health = healthOf(json);
  const ended = state.Status === "exited" || state.Status === "dead";
  const code = number(state.ExitCode);
  const when = task.wasMet ? "after it had been healthy" : "before it was healthy";
  if (ended) throw await failure(client, task, json, `exited (${code}) ${when}`);
  await refuseRestart(client, task, json);
  if (state.Status === "restarting") return undefined;
  if (health === "healthy") return true;
  if (health === "unhealthy") throw await failure(client, task, json, "is unhealthy");
  if (health === "") {
    throw postconditionFailed(
      "unhealthy",
      operation(task),
      `${task.name} has no health check, so it never becomes healthy`,
    );
  }
  return undefined;
};

const completed: Look = async (client, task, json) => {
  const { Status, ExitCode } = record(json.State);
  const restarts = number(json.RestartCount);
  if (Status !== "exited" && Status !== "dead") {
    // With a limit, the engine gives up by itself.
    const limit = number(at(json, "HostConfig", "RestartPolicy", "MaximumRetryCount"));
    if (limit > 0 || restarts - task.restarts < RETRIES) return undefined;
    const what = `does not complete: it was restarted ${restarts} times by the engine`;
    throw await failure(client, task, json, what, RETRIES_HINT);
  }
  if (ExitCode === 0) return true;
  const tries = restarts > 0 ? `, after ${restarts} restart${restarts === 1 ? "" : "s"}` : "";
  throw await failure(client, task, json, `exited (${number(ExitCode)})${tries}`);
};

const RETRIES_HINT =
  "How often it may be tried is said with, for example, `restart: on-failure:20`.";

const LOOKS: Readonly<Record<Condition, Look>> = { ready, healthy, completed };
