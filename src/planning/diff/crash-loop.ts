import { at, number, record, text } from "../../attributes/values/json.ts";
import type { ObservedContainer, ObservedState } from "../../model/observed-state.ts";
import type { Note } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { statusOf } from "../context/container-status.ts";

/** Milliseconds that a container without a health check must be up, as Swarm's `monitor`. */
export const MONITOR = 5000;
/** Milliseconds by which the time of a snapshot may be late. */
const LATE = 1000;

/**
 * Why a container that has processes is not ready by itself: it is unhealthy, or the engine has
 * restarted it and it has not been up for long since. `undefined`: nothing tells against it.
 */
export function notReadyReason(
  { at: now }: ObservedState,
  { update }: Resource,
  found: ObservedContainer,
): string | undefined {
  const { json } = found;
  const status = statusOf(found);
  const { StartedAt, ExitCode, Health } = record(json.State);
  const restarts = restartsText(json.RestartCount);
  if (status === "restarting")
    return `it was ${restarts ?? "restarted"} by the engine, last exit ${number(ExitCode)}`;
  if (status !== "running") return undefined;
  const health = text(at(Health, "Status"));
  const also = restarts ? `, and was ${restarts} by the engine` : "";
  if (health === "unhealthy") return `it is unhealthy${also}`;
  if (!restarts || health === "healthy" || now === undefined) return undefined;
  const monitor = update?.monitor ?? MONITOR;
  if (now + LATE - Date.parse(text(StartedAt)) >= monitor) return undefined;
  return `it was ${restarts} by the engine, and has not been up for ${monitor / 1000} s since`;
}

interface Decided {
  readonly resource: Resource;
  readonly action: string;
  readonly found?: ObservedContainer;
}

/** Restarts that a container has got over: no change, but good to know. */
export function restartNotes(
  observed: ObservedState,
  decisions: readonly Decided[],
): readonly Note[] {
  return decisions.flatMap(({ resource, found, action }): Note[] => {
    if (action === "replace") return [];
    const restarts =
      found && statusOf(found) === "running" && restartsText(found.json.RestartCount);
    if (!restarts || notReadyReason(observed, resource, found)) return [];
    const message = `it was ${restarts} by the engine since its start, and is up now`;
    return [{ address: resource.address, message }];
  });
}

function restartsText(count: unknown): string | undefined {
  const times = typeof count === "number" ? count : 0;
  return times > 0 ? `restarted ${times} ${times === 1 ? "time" : "times"}` : undefined;
}
