import { at, list, number, record, text } from "../../attributes/compare.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Advance } from "../../model/run.ts";
import type { Client } from "./client.ts";
import { logLines, tail } from "./logs.ts";
import { path } from "./path.ts";
import { unmet } from "./unmet.ts";
import type { Watch } from "./watch.ts";

const LAST_LINES = 10;

export interface Awaiting {
  readonly container: string;
  readonly name: string;
  readonly condition: "healthy" | "completed";
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  advance(progress: Advance): void;
}

/**
 * Waits until the container is healthy, or has exited with 0. A condition that can no longer come
 * true fails at once, with the last probe and the last lines of the log.
 */
export async function awaitCondition(client: Client, events: Watch, task: Awaiting): Promise<void> {
  const deadline = AbortSignal.timeout(task.timeout);
  const signal = AbortSignal.any([task.signal, deadline]);
  let last: JsonObject = {};
  const look = async (): Promise<true | undefined> => {
    const json = await client.get<JsonObject>(path`/containers/${task.container}/json`, { signal });
    last = json;
    task.advance({ text: statusText(json) });
    return (task.condition === "healthy" ? healthy : completed)(client, task, json);
  };
  try {
    await events.until(task.container, look, signal);
  } catch (error) {
    if (task.signal.aborted || !deadline.aborted) throw error;
    const seconds = Math.round(task.timeout / 1000);
    const message = `${task.name} is not ${task.condition} after ${seconds} s: it is ${statusText(last)}${probe(last)}`;
    throw unmet("timeout", operation(task), message, "Give it longer with --wait-timeout.");
  }
}

const operation = ({ container }: Awaiting): string => `GET /containers/${container}/json`;

async function healthy(
  client: Client,
  task: Awaiting,
  json: JsonObject,
): Promise<true | undefined> {
  const state = record(json.State);
  const health = text(at(state, "Health", "Status"));
  if (health === "healthy") return true;
  const ended = state.Status === "exited" || state.Status === "dead";
  if (ended)
    throw await failure(
      client,
      task,
      json,
      `exited (${number(state.ExitCode)}) before it was healthy`,
    );
  if (health === "unhealthy") throw await failure(client, task, json, `is unhealthy${probe(json)}`);
  if (health === "" || health === "none") {
    throw unmet(
      "unhealthy",
      operation(task),
      `${task.name} has no health check, so it never becomes healthy`,
    );
  }
  return undefined;
}

async function completed(
  client: Client,
  task: Awaiting,
  json: JsonObject,
): Promise<true | undefined> {
  const { Status, ExitCode } = record(json.State);
  if (Status !== "exited" && Status !== "dead") return undefined;
  if (ExitCode === 0) return true;
  throw await failure(client, task, json, `exited (${number(ExitCode)})`);
}

async function failure(client: Client, task: Awaiting, json: JsonObject, what: string) {
  const log = await lastLines(client, task, at(json, "Config", "Tty") === true);
  const message = `${task.name} ${what}${log ? `; its last lines:\n${log}` : ""}`;
  return unmet(task.condition === "healthy" ? "unhealthy" : "exited", operation(task), message);
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
      signal,
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

function probe(json: JsonObject): string {
  const last = record(list(at(json, "State", "Health", "Log")).at(-1));
  const output = text(last.Output).trim();
  return last.ExitCode === undefined
    ? ""
    : `; its last probe gave ${text(last.ExitCode)}${output ? `: ${output}` : ""}`;
}
