import { catalogue } from "../../attributes/catalogue.ts";
import { effective } from "../../attributes/core/effective.ts";
import { record, texts } from "../../attributes/values/json.ts";
import type { Note, Ref, Step, Work } from "../../model/plan.ts";
import type { Address, Resource } from "../../model/stack.ts";
import type { Survey } from "../context/context.ts";
import type { Verdict } from "../decisions/container.ts";
import { MONITOR } from "../diff/crash-loop.ts";
import { isJob, stateOf } from "../diff/run-state.ts";
import type { Built, Ground } from "./context.ts";
import { ancestors } from "./network-order.ts";
import type { Draft, Drafts } from "./step-graph.ts";

/*
 * An apply ends when every container that it has touched has proved itself. The proofs begin with
 * the containers' own starts and run beside each other; what merely comes next (another replica, a
 * name that changes hands) waits for a gate only: healthy, or up for a moment.
 */

type Await = Extract<Work, { do: "await" }>;
type Judgement = Pick<Await, "condition" | "hold" | "up"> & { readonly because: string };

/** Waits until the container has proved itself; `undefined`: that is not asked. */
export function prove(
  { drafts, survey }: Ground,
  verdict: Verdict,
  container: Ref,
  after: readonly (Draft | undefined)[],
  ran?: true,
): Draft | undefined {
  const judgement = judge(survey, verdict);
  if (!judgement) return undefined;
  const { because, ...how } = judgement;
  const work: Await = { do: "await", container, ...how, ...(ran && { ran }) };
  const proof = drafts.add(verdict.resource.address, work, because, after);
  proof.proves = true;
  return proof;
}

/** A container by which `watchOn` finds what it is to watch, and what comes after that. */
type Watched = Pick<Built, "ref" | "named" | "remove" | "back"> & { proved?: Draft };

/**
 * While others still prove themselves, each container that has done so is watched: an apply does not
 * end well over what went down meanwhile. Its predecessor, stopped, is removed only after that, so that
 * there is a way back until the end: of all that it had, this costs the space of its writable layer
 * alone. Where a proof waits for the very removal, as when a volume is replaced, there is none.
 */
export function watchOn(drafts: Drafts, built: ReadonlyMap<Address, Watched>): void {
  const proofs = drafts.of("await").filter(({ proves }) => proves);
  const before = new Set(proofs.flatMap((proof) => [...ancestors(proof)]));
  for (const proof of proofs) {
    const { work, target, halts } = proof;
    const one = built.get(target);
    const known = ancestors(proof);
    const others = proofs.filter((each) => !known.has(each));
    if (!one || others.length === 0 || work.do !== "await") continue;
    if (work.condition === "completed") continue;
    const { ref, named, remove } = one;
    // It need not even run.
    const how = { condition: "ready", still: true, ...(work.up === 0 && { up: 0 }) } as const;
    const watch: Await = { do: "await", container: ref, ...how };
    const watched = drafts.add(target, watch, "others are waited for meanwhile", [proof, named]);
    for (const each of others) watched.until.add(each);
    if (halts === false) watched.halts = false;
    const removals = drafts.on(target).filter((each) => {
      const { do: kind } = each.work;
      return kind === "remove container" && !before.has(each) && ancestors(each).has(proof);
    });
    for (const each of removals) each.after.add(watched);
    one.proved = watched;
    if (remove && !removals.includes(remove)) continue;
    const back = remove ? one.back : proof.ifFails;
    if (back) watched.ifFails = back;
    if (remove?.ifUndone) watched.ifUndone = remove.ifUndone;
  }
}

/** Waits until the container is healthy, or up for a moment, so that others can go on. */
export function gate(
  { drafts, survey }: Ground,
  { resource: { address } }: Verdict,
  container: Ref,
  after: readonly (Draft | undefined)[],
  behind?: Draft,
): Draft {
  const condition = survey.waiting.has(`${address} healthy`) ? "healthy" : "ready";
  const work: Await = { do: "await", container, condition };
  return drafts.add(address, work, "more waits for it", after, behind);
}

/** The proof takes no longer than a gate would. */
export function isProvedBriefly({ survey }: Ground, verdict: Verdict): boolean {
  const judgement = judge(survey, verdict);
  return judgement !== undefined && !judgement.hold && !judgement.up;
}

/** It lasts no longer than the condition needs to come true. */
export const isBrief = ({ work }: Draft): boolean => work.do === "await" && !work.hold && !work.up;

/** Of what is started and not waited for, since the file asks for that. */
export function unawaitedNotes(
  survey: Survey,
  verdicts: readonly Verdict[],
  steps: readonly Step[],
): readonly Note[] {
  return verdicts.flatMap((verdict): Note[] => {
    const { address, update } = verdict.resource;
    const starts = steps.some((step) => step.target === address && step.do === "start");
    if (update?.monitor !== 0 || survey.policy.detach || !starts || judge(survey, verdict))
      return [];
    return [{ address, message: "it is not waited for, since its `monitor` is 0s" }];
  });
}

/**
 * How to wait for a container that has been up for some time, in milliseconds; its own health check,
 * if any, is the engine's to tell.
 */
export function awaitFor(survey: Survey, resource: Resource, since: number): Judgement {
  const judgement = judge(survey, { resource, image: undefined }) ?? {
    condition: "ready",
    up: 1,
    because: "it is to run",
  };
  const { hold, up, ...how } = judgement;
  const left = (time: number) => Math.max(1, Math.round(time - since));
  return {
    ...how,
    ...(hold !== undefined && { hold: left(hold) }),
    ...(up !== undefined && { up: left(up) }),
  };
}

/** How an apply judges the container; `undefined`: not at all. */
function judge(
  survey: Survey,
  verdict: Pick<Verdict, "resource" | "image">,
): Judgement | undefined {
  const { resource } = verdict;
  const { address, update } = resource;
  const { detach } = survey.policy;
  if (stateOf(resource) !== "running") return undefined;
  if (isJob(survey, resource)) {
    const isNeeded = survey.waiting.has(`${address} completed`);
    return detach && !isNeeded
      ? undefined
      : { condition: "completed", because: "job: exits with 0" };
  }
  if (detach) return undefined;
  const condition = survey.waiting.has(`${address} healthy`) ? "healthy" : "ready";
  const checked = condition === "healthy" || hasHealthCheck(verdict);
  const healthy = { condition, because: "its health check: healthy" } as const;
  const { monitor = MONITOR } = update ?? {};
  const time = `${monitor / 1000} s`;
  if (checked === false) {
    const because = `no health check: counts as ready after ${time}`;
    return monitor === 0 ? undefined : { condition, up: monitor, because };
  }
  if (checked && !update?.monitor) return healthy;
  if (checked) return { ...healthy, hold: monitor, because: `${healthy.because} for ${time}` };
  const otherwise = monitor === 0 ? "ready at once" : `ready after ${time}`;
  const because = `its health check, if its image has one: healthy; otherwise ${otherwise}`;
  return { condition, ...(update?.monitor ? { hold: monitor } : { up: monitor }), because };
}

/** Whether the container will have a health check; `undefined`: its image is not known yet. */
function hasHealthCheck({
  resource: { spec },
  image,
}: Pick<Verdict, "resource" | "image">): boolean | undefined {
  const { healthcheck } = catalogue.container;
  const all = healthcheck && effective(healthcheck, spec.healthcheck, spec, image);
  const [kind] = all && all !== "unmanaged" ? texts(record(all.value).test) : [];
  if (kind !== undefined) return kind !== "NONE";
  return image ? false : undefined;
}

/** Others come after it by what it is and not by what becomes of it: they wait for its gate alone. */
export function isWaitedFor({ stack }: Survey, address: Address, key: string): boolean {
  return stack.resources.some(
    (other) =>
      (other.kind === "container" && other.key === key && other.address !== address) ||
      other.needs.some(
        ({ on, bound, restart, condition }) =>
          on === address && (bound || restart || condition === "healthy"),
      ),
  );
}
