import type { Operation, OperationName } from "../../model/operations/operations.ts";
import type { Plan, Step } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";

/** A rollback step, which other steps share. */
export interface RollbackStep {
  readonly work: Operation;
  readonly address: Address;
  readonly reason: string;
  readonly availability?: Step["availability"];
  /** Those of other rollbacks that come first, where these run too. */
  dependsOn?: readonly RollbackStep[];
}

/** A step before it has a number: it knows the steps that it depends on as objects. */
export interface StepNode extends Omit<RollbackStep, "availability" | "dependsOn" | "work"> {
  work: Operation;
  readonly dependsOn: Set<StepNode>;
  /** Predecessors that may have failed. */
  readonly dependsOnCompletion: Set<StepNode>;
  /** It lasts until these have ended, well or not. */
  readonly until: Set<StepNode>;
  onFailure?: readonly RollbackStep[];
  onSkip?: readonly RollbackStep[];
  /** For when it is rolled back with another object, which it takes something over from. */
  onExchangeRollback?: readonly RollbackStep[];
  leavesStopped?: true;
  /** A wait until the container is ready. */
  isReadyWait?: true;
  availability?: Step["availability"];
  continueOnError?: true;
}

/** `Plan.exchanges` before its steps have numbers. */
export interface Exchanged {
  readonly address: Address;
  readonly members: readonly {
    readonly address: Address;
    readonly onDone: readonly RollbackStep[];
    readonly onNotStarted?: readonly RollbackStep[];
  }[];
}

/** Collects the steps of a plan. */
export class StepGraph {
  readonly exchanges: Exchanged[] = [];
  readonly #all: StepNode[] = [];

  /**
   * `after` may hold gaps, for steps that this plan does not need; `behind`: where the order
   * of addition is to have it, if not at the end.
   */
  add(
    target: Address,
    work: Operation,
    reason: string,
    after: Iterable<StepNode | undefined> = [],
    behind?: StepNode,
  ): StepNode {
    const node: StepNode = {
      ...{ work, address: target, reason },
      ...{ dependsOn: new Set(), dependsOnCompletion: new Set(), until: new Set() },
    };
    for (const each of after) if (each) node.dependsOn.add(each);
    const place = behind ? this.#all.indexOf(behind) + 1 : this.#all.length;
    this.#all.splice(place, 0, node);
    return node;
  }

  of(...kinds: readonly OperationName[]): readonly StepNode[] {
    return this.#all.filter(({ work }) => kinds.includes(work.operation));
  }

  all(): readonly StepNode[] {
    return [...this.#all];
  }

  /** All that is done to one object. */
  on(target: Address): readonly StepNode[] {
    return this.#all.filter((node) => node.address === target);
  }

  /**
   * Numbers the steps in an order that respects every edge, otherwise in the order of addition;
   * then the rollback steps. A cycle is a bug of the builders, since the language refuses cyclic
   * dependencies.
   */
  number(): Pick<Plan, "steps" | "rollback" | "exchanges"> {
    const ids = new Map<StepNode, number>();
    const sorted: StepNode[] = [];
    const visiting = new Set<StepNode>();
    const visit = (node: StepNode): void => {
      if (ids.has(node)) return;
      if (visiting.has(node)) throw new Error(`the steps of ${node.address} wait for each other`);
      visiting.add(node);
      for (const each of [...node.dependsOn, ...node.dependsOnCompletion, ...node.until])
        visit(each);
      ids.set(node, sorted.push(node));
    };
    for (const node of this.#all) visit(node);
    const ways = new Ways(sorted.length);
    const idsOf = (graph: ReadonlySet<StepNode>) =>
      [...graph].map((each) => ids.get(each) ?? 0).sort((a, b) => a - b);
    const steps = sorted.map((node, index): Step => {
      const { work, address, reason, availability, continueOnError, leavesStopped } = node;
      return {
        ...work,
        id: index + 1,
        address,
        dependsOn: idsOf(node.dependsOn),
        ...(node.dependsOnCompletion.size > 0
          ? { dependsOnCompletion: idsOf(node.dependsOnCompletion) }
          : {}),
        ...(node.until.size > 0 ? { until: idsOf(node.until) } : {}),
        reason,
        ...(node.onFailure ? { onFailure: ways.ids(node.onFailure) } : {}),
        ...(node.onSkip ? { onSkip: ways.ids(node.onSkip) } : {}),
        ...(node.onExchangeRollback
          ? { onExchangeRollback: ways.ids(node.onExchangeRollback) }
          : {}),
        ...(leavesStopped ? { leavesStopped } : {}),
        ...(availability ? { availability } : {}),
        ...(continueOnError ? { continueOnError } : {}),
      };
    });
    const exchanges = this.exchanges.map(({ address, members }) => ({
      address,
      members: members.map(({ address, onDone, onNotStarted }) => ({
        ...{ address, onDone: ways.ids(onDone) },
        ...(onNotStarted ? { onNotStarted: ways.ids(onNotStarted) } : {}),
      })),
    }));
    const rollback = ways.numbered();
    return { steps, rollback, ...(exchanges.length > 0 ? { exchanges } : {}) };
  }
}

/** Numbers the rollback steps as the steps come that name them. */
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

  numbered(): Plan["rollback"] {
    return [...this.#ids].map(([step, id]) => {
      const { work, address, reason, availability } = step;
      const dependsOn = (step.dependsOn ?? []).flatMap((each) => this.#ids.get(each) ?? []);
      return { ...work, id, address, dependsOn, reason, ...(availability && { availability }) };
    });
  }
}
