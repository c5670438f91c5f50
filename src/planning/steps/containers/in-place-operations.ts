import { number, record, text } from "../../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Operation, OperationName } from "../../../model/operations/operations.ts";

/** They change a container that stays. */
export const CHANGES: ReadonlySet<OperationName> = new Set([
  ...(["network.connect", "network.disconnect", "container.update", "container.rename"] as const),
]);

/** They change its state alone. */
export const MOVES: ReadonlySet<OperationName> = new Set([
  ...(["container.stop", "container.pause", "container.unpause"] as const),
]);

/** When an engine refuses one of these, nothing has changed. */
export const REFUSED_AS_A_WHOLE: ReadonlySet<OperationName> = new Set([
  ...(["container.rename", "container.pause", "container.unpause"] as const),
]);

/** The name that a container has after the operation; `undefined`: it keeps the one that it has. */
export function nameGiven(work: Operation): string | undefined {
  if (work.operation === "container.rename") return work.to;
  return work.operation === "container.create" ? work.name : undefined;
}

/** The live values of an update's resources, as another update takes them. */
export function formerResources(
  { json }: ObservedContainer,
  resources: JsonObject,
): Readonly<Record<string, Json>> {
  const host = record(json.HostConfig);
  return Object.fromEntries(
    Object.keys(resources).map((key) => [key, formerResource(key, host[key])]),
  );
}

/** An engine answers `null` for no limit on processes, and does not take that. */
function formerResource(key: string, value: Json | undefined): Json {
  if (key === "PidsLimit") return Math.max(number(value), 0);
  if (key === "RestartPolicy") {
    const { Name, MaximumRetryCount } = record(value);
    return { Name: text(Name) || "no", MaximumRetryCount: number(MaximumRetryCount) };
  }
  return value ?? null;
}
