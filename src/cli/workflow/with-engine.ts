import type { Installation } from "../../engine/engine.ts";
import { guarded } from "../../engine/redacted-engine.ts";
import { EXIT, endingOf, Stop } from "../host/exit-codes.ts";
import type { Around } from "../host/host.ts";
import type { EngineFlags } from "../host/pipeline.ts";

/** The engine that the command line names; no sensitive value is in what comes from it. */
export async function openEngine(flags: EngineFlags, around: Around): Promise<Installation> {
  return guarded(await around.parts.open(flags, around), around.hidden);
}

/** Lends an engine to `work`, and closes its connections whatever happens. */
export async function withEngine<T>(
  flags: EngineFlags,
  around: Around,
  work: (engine: Installation) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(flags, around).catch(unreachable);
  try {
    return await work(engine);
  } finally {
    engine.close();
  }
}

/** Whatever keeps us from an engine (silence, no permission, too old a version) ends alike. */
function unreachable(error: unknown): never {
  const ending = endingOf(error);
  if (!ending || ending.code === EXIT.interrupted) throw error;
  throw new Stop(EXIT.unreachable, ending.message, ending.hint);
}
