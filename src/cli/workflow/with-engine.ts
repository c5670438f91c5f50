import type { EngineSession } from "../../engine/engine.ts";
import { guarded } from "../../engine/redacted-engine.ts";
import { CliError, EXIT, endingOf } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { EngineFlags } from "../host/pipeline.ts";

/** The engine that the command line names; no sensitive value is in what comes from it. */
export async function openEngine(flags: EngineFlags, host: CliHost): Promise<EngineSession> {
  return guarded(await host.parts.open(flags, host), host.hidden);
}

/** Lends an engine to `work`, and closes its connections whatever happens. */
export async function withEngine<T>(
  flags: EngineFlags,
  host: CliHost,
  work: (engine: EngineSession) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(flags, host).catch(unreachable);
  try {
    return await work(engine);
  } finally {
    engine.close();
  }
}

/** Whatever keeps us from an engine (silence, no permission, too old a version) ends alike. */
function unreachable(error: unknown): never {
  const ending = endingOf(error);
  if (!ending || ending.status === EXIT.interrupted) throw error;
  throw new CliError("unreachable", ending.message, ending.hint);
}
