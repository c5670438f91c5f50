import { instructions } from "../../../attributes/image/dockerfile.ts";
import { reveal } from "../../../attributes/secrets/sensitive.ts";
import { isBinary } from "../../../attributes/values/binary-text.ts";
import { ending } from "../../../attributes/values/last-lines.ts";
import { output } from "../../../system/run-program.ts";
import { dockerfileText } from "../../build-context/context-archive.ts";
import type { Endpoint } from "../connection/endpoint.ts";
import { type Vertex, vertices } from "./buildx-progress.ts";
import type { Buildx } from "./find-buildx.ts";
import { type BuildRequest, failure, stepFailure } from "./request.ts";

type Env = Record<string, string | undefined>;

/**
 * Builds with BuildKit through `docker buildx` (0.13 or later) and the engine's own builder, which
 * puts the result straight into the engine's image store.
 */
export async function buildWithBuildx(
  endpoint: Endpoint,
  buildx: Buildx,
  order: BuildRequest,
): Promise<void> {
  const program = buildx.program();
  if (program === undefined)
    throw failure("docker buildx is not installed any more", "Plan again.");
  const { build } = order.work;
  const secrets = secretsOf(order);
  const env: Env = { ...buildx.env, ...engineOf(endpoint), ...secrets.env };
  delete env.BUILDX_BUILDER;
  const args = [...argumentsOf(order), ...secrets.args, build.context];
  const inline = build.dockerfile === undefined ? (build.dockerfile_inline ?? "") : "";
  const { code, steps, rest } = await run(program, args, env, inline, order);
  if (code === 0) return;
  const [, told] = /^ERROR: (?:failed to (?:build|solve): )*(.*)$/ms.exec(rest) ?? [];
  const why = (told ?? (rest.trim() || `docker buildx ended with exit code ${code}`)).trim();
  const failing = steps.failed();
  const [, line] = /^\S*:(\d+)\n-{5}/m.exec(rest) ?? /\bline (\d+)\b/.exec(why) ?? [];
  const at = line ? Number(line) : await lineOf(order, failing);
  throw stepFailure(order, failing?.title ?? "the build", at, why, failing?.output ?? "");
}

/** The failing line; searched by the instruction on 20.10, which does not report a line. */
async function lineOf(
  { work }: BuildRequest,
  failing: Vertex | undefined,
): Promise<number | undefined> {
  const all = instructions(await dockerfileText(work.build));
  return all.find(({ name, rest }) => failing?.instruction === `${name} ${rest}`)?.line;
}

/** The endpoint as variables of Docker's CLI; TLS certificates come from the environment. */
function engineOf({ source, display }: Endpoint): Env {
  const [, context] = /^context (.*)$/.exec(source) ?? [];
  if (context !== undefined) return { DOCKER_CONTEXT: context, DOCKER_HOST: undefined };
  return { DOCKER_HOST: display.replace(/^https?:/, "tcp:"), DOCKER_CONTEXT: undefined };
}

function argumentsOf({ work, labels }: BuildRequest): string[] {
  const { build, image } = work;
  const each = (flag: string, values: readonly string[] = []) =>
    values.flatMap((value) => [flag, value]);
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const one = (flag: string, value: string | number | undefined) =>
    value === undefined ? [] : [flag, String(value)];
  return [
    ...["build", "--builder", "default", "--load", "--progress", "rawjson"],
    ...["--provenance=false", "--sbom=false", "--file", build.dockerfile ?? "-"],
    ...each("--tag", [image, ...(build.tags ?? [])]),
    ...pairs("--label", labels),
    ...pairs("--build-arg", build.args),
    ...pairs("--build-context", build.additional_contexts),
    ...each("--cache-from", build.cache_from),
    ...each("--add-host", build.extra_hosts),
    ...each("--ssh", build.ssh),
    ...one("--target", build.target),
    ...one("--network", build.network),
    ...one("--platform", build.platform),
    ...one("--shm-size", build.shm_size),
    ...(build.no_cache ? ["--no-cache"] : []),
  ];
}

/**
 * Build secrets, passed in the environment of this one process: never on disk or in a process list.
 */
function secretsOf({ work, context }: BuildRequest): { args: string[]; env: Env } {
  const args: string[] = [];
  const env: Env = {};
  for (const [index, { id, content }] of (work.build.secrets ?? []).entries()) {
    const value = reveal(content, context.secrets);
    if (isBinary(value))
      throw failure(`the secret ${id} is binary`, "A build takes text: encode it, as in base64.");
    env[`STACK_BUILD_SECRET_${index}`] = value;
    args.push("--secret", `id=${id},env=STACK_BUILD_SECRET_${index}`);
  }
  return { args, env };
}

/** Milliseconds that buildx has to cancel a build. */
const GRACE = 5000;
/** Longest progress line in characters; pieces of a step's output are shorter. */
const LONGEST_LINE = 1 << 22;
const OUTPUT = 1 << 20;

async function run(program: string, args: string[], env: Env, input: string, order: BuildRequest) {
  const { signal, advance } = order.context;
  const steps = vertices();
  let rest = "";
  let partial = "";
  const complains = (part: string) => {
    const lines = (partial + part).split("\n");
    partial = lines.pop() ?? "";
    if (partial.length > LONGEST_LINE) partial = "";
    for (const line of lines) {
      const told = steps.line(line);
      if (told === undefined) rest = ending(`${rest}${line}\n`, 8000);
      else if (told) advance({ text: told });
    }
  };
  const argv = [program, ...args];
  const how = { signal, grace: GRACE, limit: OUTPUT };
  const result = await output({ argv, env, input, complains, ...how });
  const failed = "why" in result ? result : undefined;
  if (signal.aborted) throw failure("interrupted", undefined);
  if (failed?.code === null) throw failure(`${program} ${failed.why}`, undefined);
  return { code: failed?.code ?? 0, steps, rest: rest + partial };
}
