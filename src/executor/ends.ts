import type { Step } from "../model/plan.ts";

/** The ends of the steps for whose time others last (`Step.until`). */
export class Ends {
  readonly #ends: ReadonlyMap<number, PromiseWithResolvers<void>>;

  constructor(steps: readonly Step[]) {
    const awaited = new Set(steps.flatMap(({ until }) => until ?? []));
    this.#ends = new Map([...awaited].map((id) => [id, Promise.withResolvers<void>()]));
  }

  /** The step has ended, well or not. */
  note(id: number): void {
    this.#ends.get(id)?.resolve();
  }

  /** Aborted once all have ended that the step lasts for. */
  of({ until = [] }: Step): AbortSignal {
    const over = new AbortController();
    const all = until.map((id) => this.#ends.get(id)?.promise);
    void Promise.all(all).then(() => over.abort());
    return over.signal;
  }
}
