import type { FoundContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import { nextName, oldName } from "../context/temporary-names.ts";
import type { Draft, Drafts } from "./step-graph.ts";

/*
 * A container whose post_start hooks have not all run bears a passing name, since nothing else on an
 * engine could tell the next plan so; a replacement's predecessor tells the same.
 */

/**
 * Lets a start happen under the passing name, where no predecessor stays until its hooks have run.
 * Gives what finally names the container, to be put after the hooks; `undefined`: it needs none.
 */
export function unnamed(
  drafts: Drafts,
  start: Draft,
  { name }: Resource,
  found: readonly FoundContainer[],
): Draft | undefined {
  const { target, work } = start;
  if (!("container" in work) || start.ifFails) return undefined;
  const own = drafts.on(target);
  const { id } = work.container;
  const succeeds =
    found.some((each) => each.name === oldName(name)) ||
    own.some((each) => each.work.do === "rename" && each.work.to === oldName(name));
  if (succeeds || work.container.name === nextName(name)) return undefined;
  // Left so by a run that was cut short.
  const already = found.some((each) => each.id === id && each.name === nextName(name));
  const container: Ref = { name: nextName(name), ...(id && { id }) };
  if (id === undefined) {
    for (const each of own) makeUnder(each, name);
  } else if (!already) {
    const aside = { do: "rename", container: { id, name }, to: container.name } as const;
    start.after.add(drafts.add(target, aside, "its post_start hooks have not run", start.after));
  }
  start.work = { ...work, container };
  const given = already ? own.find((each) => isNaming(each, name, id)) : undefined;
  // Drafted to come first, even before the stop of what is to start anew.
  if (given) for (const each of own) each.after.delete(given);
  const last = { do: "rename", container, to: name } as const;
  return given ?? drafts.add(target, last, "its post_start hooks have run");
}

const isNaming = ({ work }: Draft, name: string, id: string | undefined): boolean =>
  work.do === "rename" && work.to === name && id !== undefined && work.container.id === id;

/** Of what makes a container: it is made under the passing name. */
function makeUnder(draft: Draft, name: string): void {
  const { work } = draft;
  if (work.do === "create container" && work.name === name)
    draft.work = { ...work, name: nextName(name) };
  else if ((work.do === "connect" || work.do === "inject") && work.container.name === name)
    draft.work = { ...work, container: { name: nextName(name) } };
}
