import { BUILD_LABEL } from "../../attributes/build-record.ts";
import { canonical, record, text } from "../../attributes/compare.ts";
import { redact } from "../../attributes/sensitive.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Work } from "../../model/plan.ts";
import { sourcesOf } from "../build/sources.ts";
import type { Performing } from "../engine.ts";
import type { Client } from "./client.ts";
import { EngineError } from "./errors.ts";
import { path, reference } from "./path.ts";
import type { Outside } from "./pull.ts";
import { unmet } from "./unmet.ts";

export type BuildWork = Extract<Work, { do: "build" }>;

/** What a builder is given beside the work itself. */
export interface Order {
  readonly work: BuildWork;
  readonly labels: Readonly<Record<string, string>>;
  readonly context: Pick<Performing, "signal" | "advance" | "secrets">;
}

export const OPERATION = "POST /build";

/**
 * Builds an image, from the very files that were planned with, and labels it with what it was built
 * from. @throws EngineError `build-failed` with the step, the Dockerfile's line and the last output
 */
export async function build(
  client: Client,
  outside: Outside,
  work: BuildWork,
  context: Performing,
): Promise<void> {
  await refuseOtherFiles(work);
  const { signal } = context;
  const bases = await Promise.all(
    work.bases.map(async (base): Promise<[string, Json]> => {
      const json = await inspect(client, base, signal);
      return [base, text(json?.Id)];
    }),
  );
  const told = canonical({ ...work.record, base: Object.fromEntries(bases) });
  const labels = { ...work.build.labels, [BUILD_LABEL]: told };
  const order: Order = { work, labels, context };
  if (work.by === "buildkit") {
    const { buildWithBuildx } = await import("./build-buildx.ts");
    await buildWithBuildx(client.endpoint, outside.buildx, order);
  } else {
    const { buildClassic } = await import("./build-classic.ts");
    await buildClassic(client, order);
  }
  const made = await inspect(client, work.image, signal);
  if (text(record(record(made?.Config).Labels)[BUILD_LABEL]) !== told)
    throw unmet(
      "not-applied",
      OPERATION,
      `${work.image} is not what was built`,
      "Somebody else tagged it meanwhile: apply again.",
    );
}

const inspect = (client: Client, image: string, signal: AbortSignal) =>
  client.get<JsonObject | undefined>(path`/images/${reference(image)}/json`, {
    accept: [404],
    signal,
  });

/** A label that lies would keep a change from ever being built. */
async function refuseOtherFiles({ build, record: planned }: BuildWork): Promise<void> {
  const now = await sourcesOf(build).catch((error: Error) => {
    throw failure(`its files cannot be read: ${error.message}`, undefined);
  });
  if (now.dockerfile === planned.dockerfile && now.context === planned.context) return;
  throw failure("its files have changed since the plan was made", "Plan again.");
}

/** A build that failed for good. */
export function failure(message: string, hint: string | undefined): EngineError {
  return new EngineError({
    ...{ code: "build-failed", message, hint, phase: "body", retry: "no" },
    operation: OPERATION,
  });
}

/** Lines of a step's output that are told when it fails. */
const LAST = 10;

/** The step that failed, where it stands, and how its output ends, without any secret. */
export function stepFailure(
  { work, context }: Order,
  step: string,
  line: number | undefined,
  why: string,
  output: string,
): EngineError {
  const { context: folder, dockerfile } = work.build;
  const start = `${folder}/`;
  const file = dockerfile?.startsWith(start) ? dockerfile.slice(start.length) : dockerfile;
  const where = line === undefined ? "" : ` (${file ?? "dockerfile_inline"}:${line})`;
  const last = output.split("\n").filter((each) => each.trim() !== "");
  const message = `${step}${where} failed: ${why}`;
  const hint = last.slice(-LAST).join("\n") || undefined;
  return failure(redact(message, context.secrets), hint && redact(hint, context.secrets));
}
