import type { Step } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";

/** For how long objects do not serve, from one step to another. */
export class Downtime {
  readonly #since = new Map<Address, number>();

  /**
   * Notes a step that has succeeded.
   * @param began when it began @param ended when it ended, or its condition was first met
   * @returns milliseconds of the downtime that ends with it; `undefined`: none does
   */
  note({ address, availability }: Step, began: number, ended: number): number | undefined {
    const since = this.#since.get(address);
    // One whose replacement never came up has been down since before that.
    if (availability === "down") this.#since.set(address, since ?? began);
    if (availability !== "up" || since === undefined) return undefined;
    this.#since.delete(address);
    return ended - since;
  }
}
