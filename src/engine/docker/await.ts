import { at, list, number, record, text } from "../../attributes/compare.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Step } from "../../model/plan.ts";
import type { Advance } from "../../model/run.ts";
import type { Client } from "./client.ts";
import { logLines, tail } from "./logs.ts";
import { path } from "./path.ts";
import { timeLimit } from "./time-limit.ts";
import { unmet } from "./unmet.ts";
import type { Watch } from "./watch.ts";

const LAST_LINES = 10;
const LAST_PROBES = 3;
/** Milliseconds that the log may take. */
const LOG_PATIENCE = 5000;
/** Milliseconds in which a container that cannot work has exited, as a rule. */
const STAYS_UP = 200;

type Condition = Extract<Step, { do: "await" }>["condition"];

export interface Awaiting {
  readonly container: string;
  readonly name: string;
  readonly condition: Condition;
  /** Milliseconds for which it must hold. */
  readonly hold?: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  advance(progress: Advance): void;
}

/**
 * Waits until the container is ready, healthy, or has exited with 0, and holds it for the time that
 * is asked; without a health check to ask, it must at least have stayed up for `STAYS_UP`. A
 * condition that can no longer come true fails at once, with the last probes and lines of the log.
 */
export async function awaitCondition(client: Client, events: Watch, task: Awaiting): Promise<void> {
  const limit = timeLimit(task.timeout + (task.hold ?? 0));
  const signal = AbortSignal.any([task.signal, limit.signal]);
  let last: JsonObject = {};
  let met = false;
  const look = async (): Promise<true | undefined> => {
    const json = await client.get<JsonObject>(path`/containers/${task.container}/json`, { signal });
    last = json;
    task.advance({ text: statusText(json) });
    return LOOKS[task.condition](client, { ...task, met }, json);
  };
  try {
    await events.until(task.container, look, signal);
    met = true;
    const least = task.condition === "ready" && healthOf(last) === "" ? STAYS_UP : 0;
    await lasts(events, task, look, Math.max(task.hold ?? least, 0), signal);
  } catch (error) {
    if (task.signal.aborted || !limit.signal.aborted) throw error;
    const seconds = Math.round(task.timeout / 1000);
    const what = `is not ${task.condition} after ${seconds} s: it is ${statusText(last)}`;
    const { message } = await failure(client, task, last, what);
    throw unmet("timeout", operation(task), message, "Give it longer with --wait-timeout.");
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

const operation = ({ container }: Awaiting): string => `GET /containers/${container}/json`;

/** `met`: the condition was so, and is to last. */
type Look = (
  client: Client,
  task: Awaiting & { readonly met: boolean },
  json: JsonObject,
) => Promise<true | undefined>;

const healthOf = (json: JsonObject): string => {
  const health = text(at(json, "State", "Health", "Status"));
  return health === "none" ? "" : health;
};

const ready: Look = (client, task, json) => (healthOf(json) ? healthy : up)(client, task, json);

const up: Look = async (client, task, json) => {
  const { Status, ExitCode } = record(json.State);
  const code = number(ExitCode);
  // One that runs again has lost the code with which it exited.
  const how = Status === "running" ? "exits" : `exits (${code})`;
  if (Status === "restarting" || number(json.RestartCount) > 0)
    throw await failure(client, task, json, `${how}, and is restarted again and again`);
  if (Status === "running") return true;
  throw await failure(client, task, json, `does not stay up: it is ${text(Status)} (${code})`);
};

const healthy: Look = async (client, task, json) => {
  const state = record(json.State);
  const health = healthOf(json);
  const ended = state.Status === "exited" || state.Status === "dead";
  const code = number(state.ExitCode);
  const when = task.met ? "after it had been healthy" : "before it was healthy";
  if (ended) throw await failure(client, task, json, `exited (${code}) ${when}`);
  if (health === "healthy") return true;
  if (health === "unhealthy") throw await failure(client, task, json, "is unhealthy");
  if (health === "") {
    throw unmet(
      "unhealthy",
      operation(task),
      `${task.name} has no health check, so it never becomes healthy`,
    );
  }
  return undefined;
};

const completed: Look = async (client, task, json) => {
  const { Status, ExitCode } = record(json.State);
  if (Status !== "exited" && Status !== "dead") return undefined;
  if (ExitCode === 0) return true;
  throw await failure(client, task, json, `exited (${number(ExitCode)})`);
};

const LOOKS: Readonly<Record<Condition, Look>> = { ready, healthy, completed };

async function failure(client: Client, task: Awaiting, json: JsonObject, what: string) {
  const log = await lastLines(client, task, at(json, "Config", "Tty") === true);
  const message = `${task.name} ${what}${probes(json)}${log ? `; its last lines:\n${log}` : ""}`;
  return unmet(task.condition === "completed" ? "exited" : "unhealthy", operation(task), message);
}

/** Some log drivers cannot be read; an error about that would hide the one that matters. */
async function lastLines(
  client: Client,
  { container, signal }: Awaiting,
  tty: boolean,
): Promise<string> {
  try {
    const body = await client.stream("GET", path`/containers/${container}/logs`, {
      query: { stdout: true, stderr: true, tail: LAST_LINES },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LOG_PATIENCE)]),
    });
    return (await tail(logLines(body, tty), LAST_LINES)).map((line) => `  ${line.text}`).join("\n");
  } catch {
    return "";
  }
}

function statusText(json: JsonObject): string {
  const state = record(json.State);
  return text(at(state, "Health", "Status")) || text(state.Status) || "unknown";
}

function probes(json: JsonObject): string {
  const last = list(at(json, "State", "Health", "Log"))
    .slice(-LAST_PROBES)
    .map(record);
  const told = last.map(({ ExitCode, Output }) => {
    const output = text(Output).trim();
    return `${text(ExitCode)}${output ? `: ${output}` : ""}`;
  });
  return told.length > 0 ? `; its last probes gave ${[...new Set(told)].join(", ")}` : "";
}
