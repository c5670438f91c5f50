import { at, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Step } from "../../../model/plan.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { Clock } from "../retry/backoff.ts";

/** Between two looks at a name that nobody has, in milliseconds. */
const DOUBT = 2_000;

/**
 * A name that another container has is no passing matter, unless that is being removed. One that is
 * held for a container that no longer exists is a leak of the engine's: a rename that met a removal
 * of the same container (28; moby issue 37698).
 */
export async function refuseLeakedName(
  client: Client,
  clock: Clock,
  step: Step,
  error: EngineError,
  signal: AbortSignal,
): Promise<void> {
  const wanted = nameOf(step);
  const [, id] = /by container "?([0-9a-f]{12,64})/.exec(error.engineMessage) ?? [];
  if (wanted === undefined) return;
  const holder = async () => {
    const found = [wanted, ...(id ? [id] : [])].map((each) =>
      client.get<JsonObject | undefined>(path`/containers/${each}/json`, { accept: [404], signal }),
    );
    const [named, known] = await Promise.all(found);
    return named ?? known;
  };
  const found = await holder();
  if (found && text(at(found, "State", "Status")) !== "removing") throw error;
  if (found || id === undefined) return;
  await clock.sleep(DOUBT, signal);
  if (await holder()) return;
  const { operation, engineMessage, status } = error;
  throw new EngineError({
    ...{ code: "name-leaked", phase: "body", retry: "no", operation, engineMessage, status },
    message: `the engine holds the name ${wanted} for a container that no longer exists (${id.slice(0, 12)})`,
    hint: "This is a bug of the engine (moby issue 37698): restart it, or choose another container_name.",
  });
}

function nameOf(step: Step): string | undefined {
  if (step.operation === "container.create") return step.name;
  return step.operation === "container.rename" ? step.to : undefined;
}
