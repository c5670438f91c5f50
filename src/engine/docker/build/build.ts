import { BUILD_LABEL } from "../../../attributes/image/build-record.ts";
import { canonical, record, text } from "../../../attributes/values/json.ts";
import type { Json } from "../../../model/json.ts";
import { reasonOf } from "../../../system/file-errors.ts";
import { sourcesOf } from "../../build-context/source-digests.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { findImage } from "../api/queries.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import type { Buildx } from "./find-buildx.ts";
import { type BuildRequest, type BuildWork, failure, OPERATION } from "./request.ts";

/**
 * Builds an image from the files that the plan was made with, and labels it with their digests.
 * @throws EngineError `build-failed` with the step, the Dockerfile's line and the last lines of
 * output
 */
export async function build(
  client: Client,
  { buildx }: { readonly buildx: Buildx },
  work: BuildWork,
  context: StepContext,
): Promise<void> {
  await refuseOtherFiles(work);
  const { signal } = context;
  const bases = await Promise.all(
    work.bases.map(async (base): Promise<[string, Json][]> => {
      const json = await findImage(client, base, signal);
      return json ? [[base, text(json.Id)]] : [];
    }),
  );
  const told = canonical({ ...work.record, base: Object.fromEntries(bases.flat()) });
  const labels = { ...work.build.labels, [BUILD_LABEL]: told };
  const order: BuildRequest = { work, labels, context };
  if (work.by === "buildkit") {
    const { buildWithBuildx } = await import("./buildx.ts");
    await buildWithBuildx(client.endpoint, buildx, order);
  } else {
    const { buildClassic } = await import("./classic.ts");
    await buildClassic(client, order);
  }
  const made = await findImage(client, work.image, signal);
  if (text(record(record(made?.Config).Labels)[BUILD_LABEL]) !== told)
    throw postconditionFailed(
      "not-applied",
      OPERATION,
      `${work.image} is not what was built`,
      "Somebody else tagged it meanwhile: apply again.",
    );
}

/** The files must match the plan: with a wrong label, a later change would never be built. */
async function refuseOtherFiles({ build, record: planned }: BuildWork): Promise<void> {
  const now = await sourcesOf(build).catch((error: unknown) => {
    throw failure(`its files cannot be read: ${reasonOf(error)}`, undefined);
  });
  if (now.dockerfile === planned.dockerfile && now.context === planned.context) return;
  throw failure("its files have changed since the plan was made", "Plan again.");
}
