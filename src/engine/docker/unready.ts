import { at, list, number, record, text } from "../../attributes/compare.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Client } from "./client.ts";
import { logLines, tail } from "./logs.ts";
import { path } from "./path.ts";
import { unmet } from "./unmet.ts";

const LAST_LINES = 10;
const LAST_PROBES = 3;
/** Milliseconds between the beginning of a process and the time that the engine notes for it, at most. */
const START_LAG = 1000;
/** Milliseconds that the engine waits before it restarts a container, at least. */
const RESTART_PAUSE = 100;
/** Milliseconds that the log may take. */
const LOG_PATIENCE = 5000;

interface Asked {
  /** Its id. */
  readonly container: string;
  readonly name: string;
  readonly condition: string;
  readonly signal: AbortSignal;
}

export const operation = ({ container }: Pick<Asked, "container">): string =>
  `GET /containers/${container}/json`;

/** The error of a container that is not as awaited, with its last probes and lines. */
export async function failure(
  client: Client,
  task: Asked,
  json: JsonObject,
  what: string,
  hint?: string,
) {
  const lines = await lastLines(client, task, json);
  const code = task.condition === "completed" ? "exited" : "unhealthy";
  return unmet(code, operation(task), `${task.name} ${what}${probes(json)}`, hint, lines);
}

/** Some log drivers cannot be read; an error about that would hide the one that matters. */
async function lastLines(
  client: Client,
  { container, signal }: Asked,
  json: JsonObject,
): Promise<readonly string[]> {
  const tty = at(json, "Config", "Tty") === true;
  const since = thisRun(json);
  try {
    const body = await client.stream("GET", path`/containers/${container}/logs`, {
      query: { stdout: true, stderr: true, tail: LAST_LINES, ...(since && { since }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LOG_PATIENCE)]),
    });
    return (await tail(logLines(body, tty), LAST_LINES)).map((line) => line.text);
  } catch {
    return [];
  }
}

/**
 * When the present or last run began, in seconds since 1970, as the engine takes it. It notes the
 * time of a start after the process has begun, by a second or more on a busy machine, and restarts
 * one 100 ms after its end at the earliest; while one runs, it tells the end of the run before.
 */
function thisRun({ State, RestartCount }: JsonObject): string | undefined {
  const { StartedAt, FinishedAt } = record(State);
  const started = Date.parse(text(StartedAt));
  const finished = Date.parse(text(FinishedAt));
  if (!(started > 0)) return undefined;
  const lag = number(RestartCount) > 0 ? RESTART_PAUSE : START_LAG;
  const since = finished > 0 && finished < started ? finished + 1 : started - lag;
  return (since / 1000).toFixed(3);
}

export function statusText(json: JsonObject): string {
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
