import { looksSecret } from "../../attributes/secrets/sensitive.ts";
import type { Source } from "../source/source-text.ts";
import type { Problem } from "./interpolate.ts";

/** A problem in a value, which may quote a part of it: a password with a dollar in it names no variable. */
export function discreet(
  problem: Problem,
  source: Source,
  isSecret: (key: string) => boolean = looksSecret,
): Problem {
  if (problem.unset === undefined) return problem;
  const start = source.text.lastIndexOf("\n", problem.offset - 1) + 1;
  const [, key] =
    /^\s*(?:export\s+)?([\w.-]+)\s*[=:]/.exec(source.text.slice(start, problem.offset)) ?? [];
  if (key !== undefined && !isSecret(key)) return problem;
  const { offset, length } = problem;
  return { message: "its value refers to a variable that is not set", offset, length };
}
