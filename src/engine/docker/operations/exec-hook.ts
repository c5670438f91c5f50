import { mask, reveal } from "../../../attributes/secrets/sensitive.ts";
import { number, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { OperationOf } from "../../../model/operations/operations.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { type LogLine, logLines } from "../api/log-stream.ts";
import { path } from "../api/path.ts";
import { timeLimit } from "../api/time-limit.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import type { Clock } from "../retry/backoff.ts";
import { isPassing } from "../retry/retry.ts";
import { idOf } from "./read-back.ts";

type Hook = OperationOf<"container.exec">;

const LAST_LINES = 10;
/** Milliseconds between two looks at a command whose end is due. */
const SOON = 50;
const LATER = 500;
/** Milliseconds in which a command begins whose start was lost, if ever. */
const BEGINS = 10_000;

/**
 * Executes a command in a container and waits for its end; of a `pre_stop`, failure is a warning. A
 * command is never started twice: once its start is sent, whatever is lost is made up for by looks
 * at it (`GET /exec/{id}/json`, whose exit code is the only truth: the stream says 200 to
 * everything). @throws EngineError
 */
export async function runHook(
  client: Client,
  clock: Clock,
  work: Hook,
  context: StepContext,
): Promise<void> {
  try {
    await run(client, clock, work, context);
  } catch (error) {
    if (work.hook !== "pre_stop" || !(error instanceof EngineError)) throw error;
    // It has ended by itself, and there is nothing left to prepare.
    if (error.code === "not-running" || error.code === "not-found") return;
    const passes = error.status === undefined && isPassing(error, context.signal);
    if (passes || error.retry === "safe") throw error;
    const { message, lines = [] } = error;
    const said = lines.length > 0 ? `; its last lines: ${lines.join(" ")}` : "";
    context.warn(`${message}${said}; it is stopped all the same`);
  }
}

async function run(client: Client, clock: Clock, work: Hook, context: StepContext): Promise<void> {
  const { signal, waitTimeout } = context;
  const id = await created(client, work, context);
  const limit = timeLimit(waitTimeout);
  const lines: LogLine[] = [];
  const running = {
    client,
    pace: clock,
    id,
    lines,
    signal: AbortSignal.any([signal, limit.signal]),
  };
  const fail = (what: string, hint?: string) => failure(work, lines, what, hint);
  try {
    await output(running);
    const code = await exitCode(running);
    if (code === undefined) throw fail("was cut off from us, and its outcome is not known");
    if (code !== 0) throw fail(`exits (${code})`, HINTS[code]);
  } catch (error) {
    if (signal.aborted || !limit.signal.aborted) throw error;
    throw fail(
      `has not ended after ${waitTimeout / 1000} s`,
      "Give it longer with --wait-timeout.",
    );
  } finally {
    limit.cancel();
  }
}

const HINTS: Readonly<Record<number, string>> = {
  126: "The program is not there, or not executable.",
  127: "The image has no such program.",
};

/** One that is created and never started is forgotten by the engine, so this may be repeated. */
async function created(
  client: Client,
  { container, hook, command, user, privileged, working_dir, environment }: Hook,
  { secrets, signal }: StepContext,
): Promise<string> {
  const asked: JsonObject = {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
    ...(user === undefined ? {} : { User: user }),
    ...(privileged ? { Privileged: true } : {}),
    ...(working_dir === undefined ? {} : { WorkingDir: working_dir }),
    ...(environment && {
      Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    }),
  };
  const to = path`/containers/${idOf(container)}/exec`;
  try {
    return text((await client.post<JsonObject>(to, reveal(asked, secrets), { signal })).Id);
  } catch (error) {
    const ended = error instanceof EngineError && error.code === "not-running";
    if (!ended || hook === "pre_stop") throw error;
    const message = `${container.name} has ended before its ${hook} hook`;
    const hint = "See what it says with `docker logs`.";
    throw postconditionFailed("exited", `POST ${to}`, message, hint);
  }
}

interface Running {
  readonly client: Client;
  readonly pace: Clock;
  readonly id: string;
  /** The last that it has written. */
  readonly lines: LogLine[];
  /** Aborted at the deadline, too. */
  readonly signal: AbortSignal;
}

/** Starts the command and reads until it ends; what is lost on the way is no failure. */
async function output({ client, id, lines, signal }: Running): Promise<void> {
  try {
    const body = await client.stream("POST", path`/exec/${id}/start`, {
      json: { Detach: false, Tty: false },
      idle: Number.POSITIVE_INFINITY,
      signal,
    });
    for await (const line of logLines(body, false)) {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
    }
  } catch (error) {
    // Refused, or not even sent: it has not begun.
    const lost = error instanceof EngineError && error.status === undefined;
    if (!lost || error.phase === "connect" || signal.aborted) throw error;
  }
}

/** With what the command has ended; `undefined`: nobody knows, or it has never begun. */
async function exitCode({ client, pace: clock, id, signal }: Running): Promise<number | undefined> {
  const began = clock.now();
  for (let wait = SOON; ; wait = Math.min(2 * wait, LATER)) {
    try {
      const json = await client.get<JsonObject | undefined>(path`/exec/${id}/json`, {
        accept: [404],
        signal,
      });
      // An engine that was restarted has forgotten it.
      if (!json) return undefined;
      const begun = json.Running === true || json.ExitCode !== null;
      if (begun && json.Running !== true) return number(json.ExitCode);
      if (!begun && clock.now() - began > BEGINS) return undefined;
    } catch (error) {
      if (!isPassing(error, signal)) throw error;
    }
    await clock.sleep(wait, signal);
  }
}

function failure(
  { container, hook, command }: Hook,
  lines: readonly LogLine[],
  what: string,
  hint: string | undefined,
): EngineError {
  const program = mask(command.join(" "));
  const last = lines.map((line) => line.text);
  const message = `${hook} of ${container.name} (${program}) ${what}`;
  return postconditionFailed(
    "exited",
    `POST /containers/${container.name}/exec`,
    message,
    hint,
    last,
  );
}
