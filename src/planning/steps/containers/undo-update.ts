import { number, record, text } from "../../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Operation, Ref } from "../../../model/plan.ts";
import type { Address, Resource } from "../../../model/stack.ts";
import { isActive, statusOf, stopTimeout } from "../../context/container-status.ts";
import { swapName } from "../../context/temporary-names.ts";
import { notReadyReason } from "../../diff/crash-loop.ts";
import type { ContainerNodes, GraphContext } from "../../graph/context.ts";
import type { Exchanges, Undone } from "../../graph/exchanges.ts";
import { startedAgain } from "../../graph/hooks.ts";
import { ancestors } from "../../graph/network-order.ts";
import type { RollbackStep, StepNode } from "../../graph/step-graph.ts";
import { rejoinNetwork } from "./rejoin-network.ts";

/**
 * The ways back of containers that stay, and are changed in place. A step is undone by what restores
 * the live state that the plan was made of; the undoing of one bears that the step was never done.
 */
export function undoUpdates(
  context: GraphContext,
  exchanges: Exchanges,
  built: ReadonlyMap<Address, ContainerNodes>,
): Undone {
  const undone = new Map<Address, readonly RollbackStep[]>();
  for (const { decision } of built.values()) {
    const { found, resource, action } = decision;
    if (!found || action === "replace" || action === "create") continue;
    const { failure_action = "rollback" } = resource.update ?? {};
    const undoing = new Undoing(context, exchanges.get(resource.address) ?? [], resource, found);
    if (failure_action === "rollback") undoing.assign();
    undone.set(resource.address, undoing.whole());
  }
  return undone;
}

const CHANGES: ReadonlySet<Operation["do"]> = new Set([
  ...(["connect", "disconnect", "update", "rename"] as const),
]);
const MOVES: ReadonlySet<Operation["do"]> = new Set(["stop", "pause", "unpause"] as const);
/** Refused, these have done nothing. */
const WHOLE: ReadonlySet<Operation["do"]> = new Set(["rename", "pause", "unpause"] as const);

class Undoing {
  readonly #ground: GraphContext;
  /** Those that go back with it. */
  readonly #partners: readonly Address[];
  readonly #resource: Resource;
  readonly #found: ObservedContainer;
  /** The container under the name that it is to have, by its id. */
  readonly #container: Ref;
  /** All that is done to the container, but what is done to others of its address. */
  readonly #own: readonly StepNode[];
  readonly #remedies = new Map<string, RollbackStep>();
  readonly #wasReady: boolean;

  constructor(
    context: GraphContext,
    partners: readonly Address[],
    resource: Resource,
    found: ObservedContainer,
  ) {
    const { address, name } = resource;
    this.#ground = context;
    this.#partners = partners;
    this.#resource = resource;
    this.#found = found;
    this.#container = { name, id: found.id };
    this.#wasReady = isActive(found) && !notReadyReason(context.plan.observed, resource, found);
    this.#own = context.graph
      .on(address)
      .filter(({ work }) => "container" in work && work.container.id === found.id);
  }

  assign(): void {
    const changes = this.#own.filter(({ work }) => CHANGES.has(work.do));
    if (changes.length > 0)
      for (const node of this.#own)
        if (CHANGES.has(node.work.do) || MOVES.has(node.work.do)) this.#giveWayBack(node);
        else if (node.work.do === "await") this.#giveBackUnproved(node);
    const start = this.#own.find(({ work }) => work.do === "start");
    // A start whose hooks did not run is undone by a stop, with which the next plan repeats it.
    if (!start || start.ifFails || this.#resource.hooks?.post_start?.length) return;
    if (!isActive(this.#found)) return;
    if (changes.length > 0) this.#giveWayBack(start);
    else start.ifSkipped = this.#start();
  }

  whole(): readonly RollbackStep[] {
    const works = this.#own.map(({ work }) => work);
    return [...this.#state(works), ...this.#names(works)];
  }

  #giveWayBack(draft: StepNode): void {
    if (draft.ifFails || (draft.work.do === "rename" && this.#isNameTaken())) return;
    const after = (each: StepNode) => each !== draft && ancestors(each).has(draft);
    // What neither comes before nor after may have been done as well.
    const others = this.#own.filter((each) => each !== draft && !after(each));
    const failed = this.#undo(WHOLE.has(draft.work.do) ? others : [...others, draft]);
    const skipped = this.#undo(others);
    if (failed) draft.ifFails = failed;
    if (skipped && others.length > 0) draft.ifSkipped = skipped;
  }

  /**
   * It is not ready with its changes, as it was without them. One that has ended is started again,
   * and one with hooks as a whole, since these belong to a start that has been.
   */
  #giveBackUnproved(draft: StepNode): void {
    if (draft.ifFails || !this.#wasReady) return;
    const done = this.#own.filter((each) => each.work.do !== "await");
    const back = this.#undo(done);
    if (!back) return;
    const again = this.#start();
    const stop = again.length > 1 ? [this.#stop()] : [];
    const last = back.filter(({ work }) => work.do === "pause" || work.do === "rename");
    const others = back.filter((each) => !last.includes(each) && !again.includes(each));
    draft.ifFails = [...others, ...stop, ...again, ...last];
  }

  /**
   * Its name comes last: what leaves another name waits for nobody, and who has one back waits for that.
   * `undefined`: another one takes over the name and stays, so that there is no way back.
   */
  #undo(done: readonly StepNode[]): readonly RollbackStep[] | undefined {
    const works = done.map(({ work }) => work);
    const names = this.#names(works);
    if (names.length > 0 && this.#isNameTaken()) return undefined;
    return [...this.#state(works), ...names];
  }

  /** One that steps aside in a circle of names does so on its way back, too. */
  #names(works: readonly Operation[]): readonly RollbackStep[] {
    const { id, name } = this.#found;
    if (!works.some((work) => work.do === "rename")) return [];
    const aside = swapName(this.#resource.name);
    const isSwap = this.#ground.swapping.has(id);
    return [
      ...(isSwap ? [this.#rename(this.#container, aside)] : []),
      this.#rename(isSwap ? { id, name: aside } : this.#container, name),
    ];
  }

  #rename(container: Ref, to: string): RollbackStep {
    const work = { do: "rename", container, to } as const;
    return this.#once(`rename ${to}`, work, "it had this name before");
  }

  #state(works: readonly Operation[]): readonly RollbackStep[] {
    const does = (kind: Operation["do"]) => works.some((work) => work.do === kind);
    const paused = statusOf(this.#found) === "paused";
    return [
      ...this.#networks(works),
      ...works.flatMap((work) => (work.do === "update" ? this.#update(work.resources) : [])),
      ...(isActive(this.#found) && does("stop") ? this.#start() : []),
      ...(paused && (does("unpause") || does("stop")) ? [this.#step("pause")] : []),
      ...(!paused && isActive(this.#found) && does("pause") ? [this.#step("unpause")] : []),
    ];
  }

  /** It leaves what it has joined, and joins again what it has left. */
  #networks(works: readonly Operation[]): readonly RollbackStep[] {
    const names = works.flatMap((work) =>
      work.do === "connect" || work.do === "disconnect" ? [work.network.name] : [],
    );
    const joined = new Set(
      works.flatMap((work) => (work.do === "connect" ? [work.network.name] : [])),
    );
    const all = [...new Set(names)].sort();
    // It gives back all that it has taken before it waits for what others have to give back.
    return [
      ...all.filter((name) => joined.has(name)).map((name) => this.#leave(name)),
      ...all.flatMap((name) =>
        rejoinNetwork(this.#ground, this.#resource.address, this.#found, name, this.#remedies),
      ),
    ];
  }

  #leave(name: string): RollbackStep {
    const work = { do: "disconnect", container: this.#container, network: { name } } as const;
    return this.#once(`leave ${name}`, work, "it was not connected so before");
  }

  #update(resources: JsonObject): readonly RollbackStep[] {
    const host = record(this.#found.json.HostConfig);
    const former = Object.fromEntries(
      Object.keys(resources).map((key) => [key, formerResource(key, host[key])]),
    );
    const work = { do: "update", container: this.#container, resources: former } as const;
    return [this.#once("update", work, "its limits were these before")];
  }

  #isNameTaken(): boolean {
    return this.#ground.graph.of("create container", "rename").some(({ work, target }) => {
      if (this.#partners.includes(target)) return false;
      const given = work.do === "rename" ? work.to : work.do === "create container" && work.name;
      return given === this.#found.name;
    });
  }

  #stop(): RollbackStep {
    const work = {
      do: "stop",
      container: this.#container,
      grace: stopTimeout(this.#found),
    } as const;
    return this.#once("stop", work, "it is not ready with its changes");
  }

  #start(): readonly RollbackStep[] {
    const container = this.#container;
    const rollbackStep = (work: Operation, because: string) =>
      this.#once(JSON.stringify(work), work, because);
    const start = this.#once("start", { do: "start", container }, "it ran before");
    return [start, ...startedAgain(this.#ground.plan, this.#found, container, rollbackStep)];
  }

  #step(kind: "pause" | "unpause"): RollbackStep {
    const because = kind === "pause" ? "it was paused before" : "it ran before";
    return this.#once(kind, { do: kind, container: this.#container }, because);
  }

  #once(key: string, work: Operation, because: string): RollbackStep {
    const known = this.#remedies.get(key);
    if (known) return known;
    const made = { work, target: this.#resource.address, because };
    this.#remedies.set(key, made);
    return made;
  }
}

/** As an update takes it: no limit on processes is `null` when it is read. */
function formerResource(key: string, value: Json | undefined): Json {
  if (key === "PidsLimit") return Math.max(number(value), 0);
  if (key === "RestartPolicy") {
    const { Name, MaximumRetryCount } = record(value);
    return { Name: text(Name) || "no", MaximumRetryCount: number(MaximumRetryCount) };
  }
  return value ?? null;
}
