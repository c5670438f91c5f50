import type { JsonObject } from "../../../model/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Operation, OperationName } from "../../../model/operations/operations.ts";
import type { Address, Resource } from "../../../model/stack.ts";
import { isActive, statusOf, stopTimeout } from "../../context/container-status.ts";
import { swapName } from "../../context/temporary-names.ts";
import { notReadyReason } from "../../diff/crash-loop.ts";
import type { ContainerNodes, GraphContext } from "../../graph/context.ts";
import type { Exchanges, Undone } from "../../graph/exchanges.ts";
import { startedAgain } from "../../graph/hooks.ts";
import { ancestors } from "../../graph/network-order.ts";
import type { RollbackStep, StepNode } from "../../graph/step-graph.ts";
import {
  CHANGES,
  formerResources,
  MOVES,
  nameGiven,
  REFUSED_AS_A_WHOLE,
} from "./in-place-operations.ts";
import { rejoinNetwork } from "./rejoin-network.ts";

/**
 * Rollback steps of containers that stay, and are changed in place. A step is undone by what restores
 * the live state that the plan was made of; the undoing tolerates that the step was never done.
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

class Undoing {
  readonly #ground: GraphContext;
  /** Those that are rolled back with it. */
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
    const changes = this.#own.filter(({ work }) => CHANGES.has(work.operation));
    if (changes.length > 0)
      for (const node of this.#own)
        if (CHANGES.has(node.work.operation) || MOVES.has(node.work.operation))
          this.#giveWayBack(node);
        else if (node.work.operation === "container.wait") this.#giveBackUnproved(node);
    const start = this.#own.find(({ work }) => work.operation === "container.start");
    // A start whose hooks did not run is undone by a stop, with which the next plan repeats it.
    if (!start || start.onFailure || this.#resource.hooks?.post_start?.length) return;
    if (!isActive(this.#found)) return;
    if (changes.length > 0) this.#giveWayBack(start);
    else start.onSkip = this.#start();
  }

  whole(): readonly RollbackStep[] {
    const works = this.#own.map(({ work }) => work);
    return [...this.#state(works), ...this.#names(works)];
  }

  #giveWayBack(node: StepNode): void {
    if (node.onFailure || (node.work.operation === "container.rename" && this.#isNameTaken()))
      return;
    const after = (each: StepNode) => each !== node && ancestors(each).has(node);
    // What neither comes before nor after may have been done as well.
    const others = this.#own.filter((each) => each !== node && !after(each));
    const failed = this.#undo(
      REFUSED_AS_A_WHOLE.has(node.work.operation) ? others : [...others, node],
    );
    const skipped = this.#undo(others);
    if (failed) node.onFailure = failed;
    if (skipped && others.length > 0) node.onSkip = skipped;
  }

  /**
   * It is not ready with its changes, as it was without them. One that has ended is started again,
   * and one with hooks as a whole, since these belong to a start that has been.
   */
  #giveBackUnproved(node: StepNode): void {
    if (node.onFailure || !this.#wasReady) return;
    const done = this.#own.filter((each) => each.work.operation !== "container.wait");
    const back = this.#undo(done);
    if (!back) return;
    const again = this.#start();
    const stop = again.length > 1 ? [this.#stop()] : [];
    const last = back.filter(
      ({ work }) => work.operation === "container.pause" || work.operation === "container.rename",
    );
    const others = back.filter((each) => !last.includes(each) && !again.includes(each));
    node.onFailure = [...others, ...stop, ...again, ...last];
  }

  /**
   * Its name comes last: what leaves another name waits for nobody, and who has one back waits for that.
   * `undefined`: another one takes over the name and stays, so that there is no rollback.
   */
  #undo(done: readonly StepNode[]): readonly RollbackStep[] | undefined {
    const works = done.map(({ work }) => work);
    const names = this.#names(works);
    if (names.length > 0 && this.#isNameTaken()) return undefined;
    return [...this.#state(works), ...names];
  }

  /** One that steps aside in a circle of names does so when it is rolled back, too. */
  #names(works: readonly Operation[]): readonly RollbackStep[] {
    const { id, name } = this.#found;
    if (!works.some((work) => work.operation === "container.rename")) return [];
    const aside = swapName(this.#resource.name);
    const isSwap = this.#ground.swapping.has(id);
    return [
      ...(isSwap ? [this.#rename(this.#container, aside)] : []),
      this.#rename(isSwap ? { id, name: aside } : this.#container, name),
    ];
  }

  #rename(container: Ref, to: string): RollbackStep {
    const work = { operation: "container.rename", container, to } as const;
    return this.#once(`rename ${to}`, work, "it had this name before");
  }

  #state(works: readonly Operation[]): readonly RollbackStep[] {
    const does = (kind: OperationName) => works.some((work) => work.operation === kind);
    const paused = statusOf(this.#found) === "paused";
    return [
      ...this.#networks(works),
      ...works.flatMap((work) =>
        work.operation === "container.update" ? this.#update(work.resources) : [],
      ),
      ...(isActive(this.#found) && does("container.stop") ? this.#start() : []),
      ...(paused && (does("container.unpause") || does("container.stop"))
        ? [this.#step("container.pause")]
        : []),
      ...(!paused && isActive(this.#found) && does("container.pause")
        ? [this.#step("container.unpause")]
        : []),
    ];
  }

  /** It leaves what it has joined, and joins again what it has left. */
  #networks(works: readonly Operation[]): readonly RollbackStep[] {
    const names = works.flatMap((work) =>
      work.operation === "network.connect" || work.operation === "network.disconnect"
        ? [work.network.name]
        : [],
    );
    const joined = new Set(
      works.flatMap((work) => (work.operation === "network.connect" ? [work.network.name] : [])),
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
    const work = {
      operation: "network.disconnect",
      container: this.#container,
      network: { name },
    } as const;
    return this.#once(`leave ${name}`, work, "it was not connected so before");
  }

  #update(resources: JsonObject): readonly RollbackStep[] {
    const work = {
      operation: "container.update",
      container: this.#container,
      resources: formerResources(this.#found, resources),
    } as const;
    return [this.#once("update", work, "its limits were these before")];
  }

  #isNameTaken(): boolean {
    return this.#ground.graph
      .of("container.create", "container.rename")
      .some(
        ({ work, address }) =>
          !this.#partners.includes(address) && nameGiven(work) === this.#found.name,
      );
  }

  #stop(): RollbackStep {
    const work = {
      operation: "container.stop",
      container: this.#container,
      timeout: stopTimeout(this.#found),
    } as const;
    return this.#once("container.stop", work, "it is not ready with its changes");
  }

  #start(): readonly RollbackStep[] {
    const container = this.#container;
    const rollbackStep = (work: Operation, reason: string) =>
      this.#once(JSON.stringify(work), work, reason);
    const start = this.#once("start", { operation: "container.start", container }, "it ran before");
    return [start, ...startedAgain(this.#ground.plan, this.#found, container, rollbackStep)];
  }

  #step(kind: "container.pause" | "container.unpause"): RollbackStep {
    const reason = kind === "container.pause" ? "it was paused before" : "it ran before";
    return this.#once(kind, { operation: kind, container: this.#container }, reason);
  }

  #once(key: string, work: Operation, reason: string): RollbackStep {
    const known = this.#remedies.get(key);
    if (known) return known;
    const made = { work, address: this.#resource.address, reason };
    this.#remedies.set(key, made);
    return made;
  }
}
