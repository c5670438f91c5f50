import { list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";

const NAME = "stackwright-lock.";
export const LABEL = "stackwright.lock";

/** Name of a stack's lock container. Names of stacks' own containers have no dot there. */
export const lockName = (stack: string): string => `${NAME}${stack}`;

/** The stack of a lock, by its name with the engine's leading slash. */
export const stackOf = (name: string): string => name.slice(1 + NAME.length);

/** True for a lock container, which plans ignore. */
export function isLock(summary: JsonObject): boolean {
  const [name] = list(summary.Names);
  return text(name).startsWith(`/${NAME}`) && LABEL in record(summary.Labels);
}
