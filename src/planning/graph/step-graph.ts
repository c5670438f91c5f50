import type { Operation, Plan, Step } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";

/** A step of a way back, which other steps share. */
export interface RollbackStep {
  readonly work: Operation;
  readonly target: Address;
  readonly because: string;
  readonly service?: Step["service"];
  /** Those of other ways back that come first, where these are gone too. */
  after?: readonly RollbackStep[];
}

/** A step before it has a number: it knows its predecessors as objects. */
export interface StepNode extends Omit<RollbackStep, "service" | "after" | "work"> {
  work: Operation;
  readonly after: Set<StepNode>;
  /** Predecessors that may have failed. */
  readonly afterEnd: Set<StepNode>;
  /** It lasts until these have ended, well or not. */
  readonly until: Set<StepNode>;
  ifFails?: readonly RollbackStep[];
  ifSkipped?: readonly RollbackStep[];
  /** For when it goes back with another object, which it takes something over from. */
  ifUndone?: readonly RollbackStep[];
  leavesDown?: true;
  /** The container has proved itself after it. */
  proves?: true;
  service?: Step["service"];
  halts?: false;
}

/** `Plan.exchanges` before its steps have numbers. */
export interface Exchanged {
  readonly of: Address;
  readonly by: readonly {
    readonly target: Address;
    readonly ifDone: readonly RollbackStep[];
    readonly ifUnbegun?: readonly RollbackStep[];
  }[];
}

/** Collects the steps of a plan. */
export class StepGraph {
  readonly exchanges: Exchanged[] = [];
  readonly #all: StepNode[] = [];

  /**
   * `after` may hold gaps, for predecessors that this plan does not need; `behind`: where the order
   * of addition is to have it, if not at the end.
   */
  add(
    target: Address,
    work: Operation,
    because: string,
    after: Iterable<StepNode | undefined> = [],
    behind?: StepNode,
  ): StepNode {
    const node: StepNode = {
      ...{ work, target, because },
      ...{ after: new Set(), afterEnd: new Set(), until: new Set() },
    };
    for (const each of after) if (each) node.after.add(each);
    const place = behind ? this.#all.indexOf(behind) + 1 : this.#all.length;
    this.#all.splice(place, 0, node);
    return node;
  }

  of(...kinds: readonly Operation["do"][]): readonly StepNode[] {
    return this.#all.filter(({ work }) => kinds.includes(work.do));
  }

  all(): readonly StepNode[] {
    return [...this.#all];
  }

  /** All that is done to one object. */
  on(target: Address): readonly StepNode[] {
    return this.#all.filter((draft) => draft.target === target);
  }

  /**
   * Numbers the steps in an order that respects every edge, otherwise in the order of addition;
   * then the rollback steps. A cycle is a bug of the builders, since the language refuses cyclic
   * dependencies.
   */
  number(): Pick<Plan, "steps" | "recovery" | "exchanges"> {
    const ids = new Map<StepNode, number>();
    const sorted: StepNode[] = [];
    const visiting = new Set<StepNode>();
    const visit = (draft: StepNode): void => {
      if (ids.has(draft)) return;
      if (visiting.has(draft)) throw new Error(`the steps of ${draft.target} wait for each other`);
      visiting.add(draft);
      for (const each of [...draft.after, ...draft.afterEnd, ...draft.until]) visit(each);
      ids.set(draft, sorted.push(draft));
    };
    for (const draft of this.#all) visit(draft);
    const ways = new Ways(sorted.length);
    const idsOf = (graph: ReadonlySet<StepNode>) =>
      [...graph].map((each) => ids.get(each) ?? 0).sort((a, b) => a - b);
    const steps = sorted.map((draft, index): Step => {
      const { work, target, because, service, halts, leavesDown } = draft;
      return {
        ...work,
        id: index + 1,
        target,
        after: idsOf(draft.after),
        ...(draft.afterEnd.size > 0 ? { afterEnd: idsOf(draft.afterEnd) } : {}),
        ...(draft.until.size > 0 ? { until: idsOf(draft.until) } : {}),
        because,
        ...(draft.ifFails ? { ifFails: ways.ids(draft.ifFails) } : {}),
        ...(draft.ifSkipped ? { ifSkipped: ways.ids(draft.ifSkipped) } : {}),
        ...(draft.ifUndone ? { ifUndone: ways.ids(draft.ifUndone) } : {}),
        ...(leavesDown ? { leavesDown } : {}),
        ...(service ? { service } : {}),
        ...(halts === false ? { halts } : {}),
      };
    });
    const exchanges = this.exchanges.map(({ of, by }) => ({
      of,
      by: by.map(({ target, ifDone, ifUnbegun }) => ({
        ...{ target, ifDone: ways.ids(ifDone) },
        ...(ifUnbegun ? { ifUnbegun: ways.ids(ifUnbegun) } : {}),
      })),
    }));
    const recovery = ways.numbered();
    return { steps, recovery, ...(exchanges.length > 0 ? { exchanges } : {}) };
  }
}

/** Numbers the steps of the ways back as the steps come that name them. */
class Ways {
  readonly #ids = new Map<RollbackStep, number>();
  readonly #first: number;

  constructor(before: number) {
    this.#first = before + 1;
  }

  ids(rollbackSteps: readonly RollbackStep[]): readonly number[] {
    return rollbackSteps.map((rollbackStep) => {
      const known = this.#ids.get(rollbackStep);
      if (known !== undefined) return known;
      const id = this.#first + this.#ids.size;
      this.#ids.set(rollbackStep, id);
      return id;
    });
  }

  numbered(): Plan["recovery"] {
    return [...this.#ids].map(([remedy, id]) => {
      const { work, target, because, service } = remedy;
      const after = (remedy.after ?? []).flatMap((each) => this.#ids.get(each) ?? []);
      return { ...work, id, target, after, because, ...(service && { service }) };
    });
  }
}
