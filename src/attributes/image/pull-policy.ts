import type { JsonObject } from "../../model/json.ts";

/* When an image is pulled, and how long what is here counts as fresh. */

const AGE = /^every_((?:\d+[wdhms])+)$/;
const SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** Compose Specification, "pull_policy"; `if_not_present` is its older word for `missing`; `build` is for what is built. */
export const pullPolicy: JsonObject = {
  type: "string",
  pattern: "^(missing|if_not_present|build|always|never|daily|weekly|every_([0-9]+[wdhms])+)$",
};

export const parsePullPolicy = (authored: unknown): string =>
  authored === "if_not_present" ? "missing" : String(authored);

/**
 * Milliseconds for which an image counts as fresh, after which its registry is asked for newer
 * content: `daily`, `weekly`, `every_12h`; 0 for `always`. `undefined`: it is never asked.
 */
export function freshFor(policy: string): number | undefined {
  if (policy === "always") return 0;
  if (policy === "daily") return 86_400_000;
  if (policy === "weekly") return 604_800_000;
  const [, spans] = AGE.exec(policy) ?? [];
  if (spans === undefined) return undefined;
  let seconds = 0;
  for (const [, count, unit] of spans.matchAll(/(\d+)([wdhms])/g))
    seconds += Number(count) * (SECONDS[unit ?? ""] ?? 0);
  return seconds * 1000;
}

/** Of several policies for one image the one that asks most often; nothing said is `missing`. */
export function strongestPolicy(policies: readonly (string | undefined)[]): string {
  const rank = (policy: string) =>
    freshFor(policy) ?? (policy === "never" ? Number.POSITIVE_INFINITY : Number.MAX_VALUE);
  const said = policies.flatMap((policy) => policy || []);
  return said.sort((a, b) => rank(a) - rank(b))[0] ?? "missing";
}
