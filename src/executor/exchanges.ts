import type { Plan, Step } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";

/** Which objects are rolled back together (`Plan.exchanges`), and what they await until then. */
export class Exchanges {
  readonly #partners: ReadonlyMap<Address, readonly Address[]>;
  readonly #following: ReadonlySet<Address>;
  /** Ends what an object awaits. */
  readonly #awaiting = new Map<Address, AbortController>();

  constructor({ exchanges = [] }: Plan) {
    const ties = exchanges.flatMap(({ members }) => members);
    const following = ties.filter(({ onNotStarted }) => onNotStarted);
    this.#following = new Set(following.map(({ address }) => address));
    this.#partners = new Map(
      exchanges.map(({ address, members }) => [address, members.map(({ address }) => address)]),
    );
  }

  /** Those that have to be rolled back with an object. */
  of(target: Address): readonly Address[] {
    return this.#partners.get(target) ?? [];
  }

  /** It may need something although none of its steps has begun. */
  follows(target: Address): boolean {
    return this.#following.has(target);
  }

  /** Of objects that are rolled back, those that do it together, as far as none of a group is busy. */
  *groups(
    leaving: ReadonlySet<Address>,
    isBusy: (target: Address) => boolean,
  ): Iterable<readonly Address[]> {
    const seen = new Set<Address>();
    for (const target of leaving) {
      if (seen.has(target)) continue;
      const group = new Set([target]);
      // A set that grows while it is walked: what is added is visited too.
      for (const one of group)
        for (const other of leaving) if (this.#areTied(one, other)) group.add(other);
      for (const each of group) seen.add(each);
      if (![...group].some(isBusy)) yield [...group];
    }
  }

  #areTied(one: Address, other: Address): boolean {
    return this.of(one).includes(other) || this.of(other).includes(one);
  }

  /** An await ends too when its object is rolled back with another. */
  signalOf({ operation, address }: Step, signal: AbortSignal): AbortSignal {
    if (operation !== "container.wait" || this.#partners.size === 0) return signal;
    const own = this.#awaiting.get(address) ?? new AbortController();
    this.#awaiting.set(address, own);
    return AbortSignal.any([signal, own.signal]);
  }

  /** Waits no more for what an object awaits. */
  cut(target: Address, why: string): void {
    this.#awaiting.get(target)?.abort(why);
  }
}
