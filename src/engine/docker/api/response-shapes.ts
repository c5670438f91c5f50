import { isMap } from "../../../attributes/values/json.ts";
import type { Json } from "../../../model/json.ts";
import { broken } from "../errors/engine-error.ts";
import type { Call } from "./exchange.ts";

/** Reads that return a list of objects (Engine API); all others return an object. */
const LISTS =
  /^\/(?:networks|plugins|plugins\/privileges|(?:containers|images)\/json|images\/search|images\/.*\/history|containers\/[^/]+\/changes)$/;
/** Lists that an engine may return as null if empty. */
const NULLABLE =
  /^\/(?:plugins|plugins\/privileges|images\/.*\/history|containers\/[^/]+\/changes)$/;

/**
 * Checks that a response is what the API specifies: an object, or a list of objects. Readers that
 * tolerate any value (`record`, `list`, `at`) check what is inside. A change may have an empty
 * response. @throws EngineError `not-json`
 */
export function shaped(value: unknown, path: string, call: Call): unknown {
  const given = value as Json | undefined;
  const wrong = (what: string) =>
    broken(call, "body", "not-json", `the answer is not ${what}; is that a Docker engine?`);
  if (call.method !== "GET") {
    if (given === undefined) return {};
    if (call.method === "POST" && !isMap(given)) throw wrong("an object");
    return given;
  }
  if (!LISTS.test(path)) {
    if (!isMap(given)) throw wrong("an object");
    return given;
  }
  if ((given ?? null) === null && NULLABLE.test(path)) return given;
  if (!Array.isArray(given) || !given.every(isMap)) throw wrong("a list of objects");
  return given;
}
