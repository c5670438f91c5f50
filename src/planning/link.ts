import { at, record } from "../attributes/compare.ts";
import type { Address, Condition } from "../model/stack.ts";
import type { Draft, Drafts } from "./draft.ts";
import type { Built, Ground } from "./ground.ts";

/** A start waits for the starts, the health or the completion of what the container needs. */
export function dependencies({ drafts }: Ground, built: ReadonlyMap<Address, Built>): void {
  for (const { start, create, verdict } of built.values()) {
    if (!start) continue;
    for (const { on, condition, required, bound } of verdict.resource.needs) {
      const other = built.get(on);
      // It is made with the other's name, which the engine takes for the id that has it then.
      for (const draft of bound && other ? [other.start, other.named] : [])
        if (draft) (create ?? start).after.add(draft);
      const draft = other && ready(drafts, other, condition);
      if (draft) (required ? start.after : start.afterEnd).add(draft);
      // Whoever others need healthy has no successor before it is.
      if (draft && condition === "healthy") other.remove?.after.add(draft);
    }
  }
}

/** The condition that a dependent waits for, as a draft; `undefined`: it holds already. */
function ready(drafts: Drafts, built: Built, condition: Condition): Draft | undefined {
  const { verdict, ref, start } = built;
  if (condition === "started") return start;
  const state = record(verdict.found?.json.State);
  const holds =
    condition === "healthy"
      ? at(state, "Health", "Status") === "healthy"
      : state.Status === "exited";
  if (!start && holds) return undefined;
  const existing = drafts
    .of("await")
    .find(
      ({ work, target }) =>
        target === verdict.resource.address && "condition" in work && work.condition === condition,
    );
  const because = condition === "healthy" ? "others need it healthy" : "others need it completed";
  return (
    existing ??
    drafts.add(verdict.resource.address, { do: "await", container: ref, condition }, because, [
      start,
    ])
  );
}
