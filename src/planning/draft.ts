import type { Plan, Step, Work } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";

/** A step before it has a number: it knows its predecessors as objects. */
export interface Draft {
  readonly work: Work;
  readonly target: Address;
  readonly because: string;
  readonly after: Set<Draft>;
  /** Predecessors that may have failed. */
  readonly afterEnd: Set<Draft>;
}

/** Collects the steps of a plan. */
export class Drafts {
  readonly #all: Draft[] = [];

  /** `after` may hold gaps, for predecessors that this plan does not need. */
  add(
    target: Address,
    work: Work,
    because: string,
    after: Iterable<Draft | undefined> = [],
  ): Draft {
    const draft: Draft = { work, target, because, after: new Set(), afterEnd: new Set() };
    for (const each of after) if (each) draft.after.add(each);
    this.#all.push(draft);
    return draft;
  }

  of(...kinds: readonly Work["do"][]): readonly Draft[] {
    return this.#all.filter(({ work }) => kinds.includes(work.do));
  }

  /**
   * Numbers the steps in an order that respects every edge, otherwise in the order of addition.
   * A cycle is a bug of the recipes, since the language refuses cyclic dependencies.
   */
  number(): Plan["steps"] {
    const ids = new Map<Draft, number>();
    const steps: Step[] = [];
    const visiting = new Set<Draft>();
    const visit = (draft: Draft): number => {
      const known = ids.get(draft);
      if (known !== undefined) return known;
      if (visiting.has(draft)) throw new Error(`the steps of ${draft.target} wait for each other`);
      visiting.add(draft);
      const after = [...draft.after].map(visit);
      const afterEnd = [...draft.afterEnd].map(visit);
      const id = steps.length + 1;
      ids.set(draft, id);
      steps.push({
        ...draft.work,
        id,
        target: draft.target,
        after: after.sort((a, b) => a - b),
        ...(afterEnd.length > 0 ? { afterEnd: afterEnd.sort((a, b) => a - b) } : {}),
        because: draft.because,
      });
      return id;
    };
    for (const draft of this.#all) visit(draft);
    return steps;
  }
}
