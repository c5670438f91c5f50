import type { Address } from "../model/stack.ts";
import type { Verdict } from "./decide.ts";
import { isUp } from "./ground.ts";
import { stateOf } from "./state.ts";

/**
 * Dependents that ask for it (`depends_on.*.restart: true`) are restarted after what they depend on
 * was replaced, or started again; and so are theirs (Compose Specification, "depends_on").
 */
export function withRestarts(verdicts: readonly Verdict[]): readonly Verdict[] {
  const known = new Map(verdicts.map((verdict) => [verdict.resource.address, verdict]));
  const settled = new Map<Address, Verdict>();
  // Ends, since the language refuses cyclic dependencies.
  const settle = (verdict: Verdict): Verdict => {
    const { address, needs } = verdict.resource;
    const done = settled.get(address);
    if (done) return done;
    const causes = needs.flatMap(({ on, restart }) => {
      const other = restart && known.get(on);
      const why = other && disturbance(settle(other));
      return why ? [`${on} ${why}`] : [];
    });
    const result = canRestart(verdict) && causes[0] ? restarting(verdict, causes[0]) : verdict;
    settled.set(address, result);
    return result;
  };
  return verdicts.map(settle);
}

/** What happens to a container that its dependents cannot live through. */
function disturbance({ action, found, transition, restart }: Verdict): string | undefined {
  if (action === "replace") return "is replaced";
  if (restart) return "is restarted";
  return found && transition?.moves.includes("start") ? "is started again" : undefined;
}

function canRestart({ action, found, left, resource, transition }: Verdict): boolean {
  const stays = action === "none" || action === "update";
  const runs = found !== undefined && isUp(found) && stateOf(resource) === "running";
  return stays && runs && !left && !transition;
}

function restarting(verdict: Verdict, why: string): Verdict {
  const restart = `it is restarted, since ${why}`;
  return verdict.action === "none"
    ? { ...verdict, action: "restart", reason: restart, origin: "file", restart }
    : { ...verdict, reason: `${verdict.reason}; ${restart}`, restart };
}
