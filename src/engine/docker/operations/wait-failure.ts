import { at, list, number, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Client } from "../api/client.ts";
import { logLines, tail } from "../api/log-stream.ts";
import { path } from "../api/path.ts";
import { postconditionFailed } from "../errors/postcondition.ts";

const LAST_LINES = 10;
const LAST_PROBES = 3;
/** Milliseconds between the beginning of a process and the time that the engine notes for it. */
const START_LAG = 100;
const LONGEST_LAG = 2000;
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
  return postconditionFailed(
    code,
    operation(task),
    `${task.name} ${what}${probes(json)}`,
    hint,
    lines,
  );
}

/** Some log drivers cannot be read; an error about that would hide the one that matters. */
async function lastLines(
  client: Client,
  { container, signal }: Asked,
  json: JsonObject,
): Promise<readonly string[]> {
  const tty = at(json, "Config", "Tty") === true;
  const linesSince = async (since: number | undefined): Promise<readonly string[]> => {
    const from = since === undefined ? {} : { since: (since / 1000).toFixed(3) };
    const body = await client.stream("GET", path`/containers/${container}/logs`, {
      query: { stdout: true, stderr: true, tail: LAST_LINES, ...from },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LOG_PATIENCE)]),
    });
    return (await tail(logLines(body, tty), LAST_LINES)).map((line) => line.text);
  };
  try {
    const [began, earliest] = thisRun(json);
    const lines = await linesSince(began);
    if (lines.length > 0 || earliest === began) return lines;
    return await linesSince(earliest);
  } catch {
    return [];
  }
}

/**
 * When the present or last run began, and since when lines are shown where it has written none:
 * milliseconds since 1970, `undefined` for the whole log. The engine notes the time of a start
 * after the process has begun, as a rule by less than 100 ms, by more on a busy machine; the end
 * it notes exactly, so that a short run ends before its noted start. While a container runs, the
 * engine tells the end of the run before. What the engine restarts does the same again: its lines
 * of the run before are better than none.
 */
function thisRun({
  State,
  RestartCount,
}: JsonObject): readonly [began?: number, shown?: number | undefined] {
  const { Status, StartedAt, FinishedAt } = record(State);
  const started = Date.parse(text(StartedAt));
  if (!(started > 0)) return [];
  const finished = Date.parse(text(FinishedAt));
  const endedFirst = finished > 0 && finished < started;
  const wasRestarted = number(RestartCount) > 0;
  if (endedFirst && RUNS.has(text(Status)))
    return [finished + 1, wasRestarted ? undefined : finished + 1];
  const noted = endedFirst ? finished : started;
  return [noted - START_LAG, wasRestarted ? undefined : noted - LONGEST_LAG];
}

const RUNS: ReadonlySet<string> = new Set(["running", "paused"]);

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
