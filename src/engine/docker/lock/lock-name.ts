import { list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";

const NAME = "stackwright-lock.";
export const LABEL = "stackwright.lock";

/** The name of the container that is the lock of a stack; no stack's own container has a dot there. */
export const lockName = (stack: string): string => `${NAME}${stack}`;

/** The stack of a lock by its name, with the engine's slash. */
export const stackOf = (name: string): string => name.slice(1 + NAME.length);

/** A container of the engine's list that is a lock: no business of any plan. */
export function isLock(summary: JsonObject): boolean {
  const [name] = list(summary.Names);
  return text(name).startsWith(`/${NAME}`) && LABEL in record(summary.Labels);
}
