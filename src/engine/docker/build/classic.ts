import { type Instruction, instructions } from "../../../attributes/image/dockerfile.ts";
import { text } from "../../../attributes/values/json.ts";
import { ending } from "../../../attributes/values/last-lines.ts";
import { reasonOf } from "../../../system/file-errors.ts";
import { contextArchive, dockerfileText } from "../../build-context/context-archive.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { type BuildRequest, failure, stepFailure } from "./request.ts";

/** Milliseconds without data; a build step may be silent for long. */
const PATIENT = 24 * 3600 * 1000;

/** Lines about the builder's own work. */
const NOISE = /^ ---> |^Removing intermediate container /;

interface Current {
  readonly number: number;
  /** Such as `step 2 of 5: RUN make`. */
  readonly name: string;
  output: string;
}

/** Builds with the classic builder (Engine API, "Build an image"); the whole context is sent. */
export async function buildClassic(client: Client, order: BuildRequest): Promise<void> {
  const { work, context } = order;
  const archive = await contextArchive(work.build);
  const stop = new AbortController();
  let unread: Error | undefined;
  archive.done.catch((error: Error) => {
    unread = error;
    stop.abort();
  });
  let step: Current | undefined;
  try {
    const lines = await client.progress("POST", path`/build`, {
      ...{ query: queryOf(order, archive.dockerfile), body: archive.tar },
      headers: { "Content-Type": "application/x-tar" },
      ...{ deadline: PATIENT, idle: PATIENT },
      signal: AbortSignal.any([context.signal, stop.signal]),
    });
    for await (const { stream } of lines) {
      const said = text(stream as string | undefined);
      const [, number, total, what] = /^Step (\d+)\/(\d+) : (.*)/s.exec(said) ?? [];
      if (number === undefined) {
        if (step && !NOISE.test(said)) step.output = ending(step.output + said, 8000);
        continue;
      }
      const name = `step ${number} of ${total}: ${shown(what)}`;
      step = { number: Number(number), name, output: "" };
      context.advance({ text: name });
    }
  } catch (error) {
    if (unread) throw failure(`its files cannot be read: ${reasonOf(unread)}`, undefined);
    throw failed(error, step, order, await dockerfileText(work.build));
  }
}

const shown = (what = ""): string => (what.trim().split("\n")[0] ?? "").slice(0, 100);

function queryOf({ work, labels }: BuildRequest, dockerfile: string) {
  const { build, image } = work;
  return {
    dockerfile,
    t: [image, ...(build.tags ?? [])],
    labels: JSON.stringify(labels),
    buildargs: JSON.stringify(build.args ?? {}),
    target: build.target,
    cachefrom: build.cache_from && JSON.stringify(build.cache_from),
    networkmode: build.network,
    platform: build.platform,
    shmsize: build.shm_size,
    extrahosts: build.extra_hosts,
    nocache: build.no_cache,
    rm: true,
    forcerm: true,
  };
}

/** Connection failures are kept as they are, so that the step is retried. */
function failed(
  error: unknown,
  step: Current | undefined,
  order: BuildRequest,
  dockerfile: string,
): unknown {
  if (!(error instanceof EngineError) || error.engineMessage === "") return error;
  const why = error.engineMessage;
  if (step) {
    // The builder counts every instruction, even those before the first FROM.
    const at: Instruction | undefined = instructions(dockerfile)[step.number - 1];
    return stepFailure(order, step.name, at?.line, why, step.output);
  }
  const [, line] = /\bline (\d+)\b/.exec(why) ?? [];
  return stepFailure(order, "the Dockerfile", line ? Number(line) : undefined, why, "");
}
