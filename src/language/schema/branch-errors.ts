import { list, record } from "../../attributes/values/json.ts";
import type { Json } from "../../model/json.ts";
import type { Violation } from "./validator/stack.js";

const COMBINED = new Set(["anyOf", "oneOf"]);

/**
 * A value that fits no branch of `anyOf` makes errors of every branch. Where its type shows which
 * branch was meant, that branch's errors are told; otherwise one sentence names the types.
 */
export function relevantErrors(violations: readonly Violation[]): readonly Violation[] {
  const all = violations.filter(
    (one) => one.keyword === "propertyNames" || one.propertyName === undefined,
  );
  const choices = all.filter((one) => COMBINED.has(one.keyword));
  const inside = (one: Violation, choice: Violation) =>
    one.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    `${one.instancePath}/`.startsWith(`${choice.instancePath}/`);
  const outermost = choices.filter((one) => !choices.some((other) => inside(one, other)));
  const rest = all.filter(
    (one) => !COMBINED.has(one.keyword) && !choices.some((choice) => inside(one, choice)),
  );
  const chosen = outermost.flatMap((choice) => {
    const fitting = branches(choice);
    const prefix = `${choice.schemaPath}/${fitting[0]}/`;
    if (fitting.length !== 1) return [choice];
    return relevantErrors(
      all.filter((one) => inside(one, choice) && one.schemaPath.startsWith(prefix)),
    );
  });
  return [...rest, ...chosen];
}

/** Numbers of the branches that take the type of the data. */
function branches({ schema, data }: Violation): readonly number[] {
  const fits = (branch: Json): boolean => {
    const { anyOf, type } = record(branch);
    if (anyOf !== undefined) return list(anyOf).some(fits);
    return typeNames(type).some(
      (name) => name === typeOf(data) || (name === "integer" && typeof data === "number"),
    );
  };
  return list(schema).flatMap((branch, index) => (fits(branch) ? [index] : []));
}

export function typeNames(type: Json | undefined): readonly string[] {
  return Array.isArray(type) ? type.map(String) : type === undefined ? [] : [String(type)];
}

function typeOf(data: Json | undefined): string {
  if (data === null || data === undefined) return "null";
  if (Array.isArray(data)) return "array";
  return typeof data;
}
