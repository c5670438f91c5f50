import type { Plan, Step, Work } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";

/** A step of a way back, which other steps share. */
export interface Remedy {
  readonly work: Work;
  readonly target: Address;
  readonly because: string;
  readonly service?: Step["service"];
  /** Those of other ways back that come first, where these are gone too. */
  after?: readonly Remedy[];
}

/** A step before it has a number: it knows its predecessors as objects. */
export interface Draft extends Omit<Remedy, "service" | "after" | "work"> {
  work: Work;
  readonly after: Set<Draft>;
  /** Predecessors that may have failed. */
  readonly afterEnd: Set<Draft>;
  /** It lasts until these have ended, well or not. */
  readonly until: Set<Draft>;
  ifFails?: readonly Remedy[];
  ifSkipped?: readonly Remedy[];
  /** For when it goes back with another object, which it takes something over from. */
  ifUndone?: readonly Remedy[];
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
    readonly ifDone: readonly Remedy[];
    readonly ifUnbegun?: readonly Remedy[];
  }[];
}

/** Collects the steps of a plan. */
export class Drafts {
  readonly exchanges: Exchanged[] = [];
  readonly #all: Draft[] = [];

  /**
   * `after` may hold gaps, for predecessors that this plan does not need; `behind`: where the order
   * of addition is to have it, if not at the end.
   */
  add(
    target: Address,
    work: Work,
    because: string,
    after: Iterable<Draft | undefined> = [],
    behind?: Draft,
  ): Draft {
    const draft: Draft = {
      ...{ work, target, because },
      ...{ after: new Set(), afterEnd: new Set(), until: new Set() },
    };
    for (const each of after) if (each) draft.after.add(each);
    const place = behind ? this.#all.indexOf(behind) + 1 : this.#all.length;
    this.#all.splice(place, 0, draft);
    return draft;
  }

  of(...kinds: readonly Work["do"][]): readonly Draft[] {
    return this.#all.filter(({ work }) => kinds.includes(work.do));
  }

  all(): readonly Draft[] {
    return [...this.#all];
  }

  /** All that is done to one object. */
  on(target: Address): readonly Draft[] {
    return this.#all.filter((draft) => draft.target === target);
  }

  /**
   * Numbers the steps in an order that respects every edge, otherwise in the order of addition;
   * then those of the ways back. A cycle is a bug of the recipes, since the language refuses cyclic
   * dependencies.
   */
  number(): Pick<Plan, "steps" | "recovery" | "exchanges"> {
    const ids = new Map<Draft, number>();
    const sorted: Draft[] = [];
    const visiting = new Set<Draft>();
    const visit = (draft: Draft): void => {
      if (ids.has(draft)) return;
      if (visiting.has(draft)) throw new Error(`the steps of ${draft.target} wait for each other`);
      visiting.add(draft);
      for (const each of [...draft.after, ...draft.afterEnd, ...draft.until]) visit(each);
      ids.set(draft, sorted.push(draft));
    };
    for (const draft of this.#all) visit(draft);
    const ways = new Ways(sorted.length);
    const idsOf = (drafts: ReadonlySet<Draft>) =>
      [...drafts].map((each) => ids.get(each) ?? 0).sort((a, b) => a - b);
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
  readonly #ids = new Map<Remedy, number>();
  readonly #first: number;

  constructor(before: number) {
    this.#first = before + 1;
  }

  ids(remedies: readonly Remedy[]): readonly number[] {
    return remedies.map((remedy) => {
      const known = this.#ids.get(remedy);
      if (known !== undefined) return known;
      const id = this.#first + this.#ids.size;
      this.#ids.set(remedy, id);
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
