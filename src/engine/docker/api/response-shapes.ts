import { isMap } from "../../../attributes/values/json.ts";
import type { Json } from "../../../model/json.ts";
import { broken } from "../errors/engine-error.ts";
import type { Call } from "./exchange.ts";

/** Reads whose answer is a list of objects (Engine API); every other one is an object. */
const LISTS =
  /^\/(?:networks|plugins|plugins\/privileges|(?:containers|images)\/json|images\/search|images\/.*\/history|containers\/[^/]+\/changes)$/;
/** An engine may say so of a list that is empty. */
const NULLABLE =
  /^\/(?:plugins|plugins\/privileges|images\/.*\/history|containers\/[^/]+\/changes)$/;

/**
 * The answer of a call, if it is what the API says: an object, or a list of them. What is within is
 * read by those who bear anything (`record`, `list`, `at`). A change may be answered with nothing.
 * @throws EngineError `not-json`
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
