import PQueue from "p-queue";
import type { Engine } from "../engine/engine.ts";
import type { Outcome } from "../model/events.ts";
import { definitionOf } from "../model/operations/operations.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";
import { Downtime } from "./downtime.ts";
import { Ends } from "./ends.ts";
import { Exchanges } from "./exchanges.ts";
import { dependentsOf, readiness, type State, waysBack } from "./readiness.ts";
import { type Execution, run, type Summary } from "./step.ts";

export type { Execution } from "./step.ts";

/**
 * Walks a plan: each step begins when those that it depends on have succeeded. After a failure no further
 * object is touched, but what has begun on an object is brought to its end, since an object left
 * between two steps may be one that is down: forwards, or by the rollback that its steps name.
 * Decides nothing else. Never throws.
 */
export async function executePlan(
  plan: Plan,
  engine: Engine,
  options: Execution,
): Promise<Summary> {
  const { emit, now } = options;
  const began = now();
  emit({ type: "started", at: began, plan });
  const summary = await new Walk(plan, engine, options).through();
  emit({ type: "finished", at: now(), ms: now() - began, ...summary });
  return summary;
}

class Walk {
  readonly #plan: Plan;
  readonly #engine: Engine;
  readonly #options: Execution;
  readonly #states: Map<number, State>;
  readonly #dependents: ReadonlyMap<number, readonly Step[]>;
  readonly #optional: ReadonlySet<number>;
  readonly #queue: PQueue;
  readonly #finished = Promise.withResolvers<void>();
  /** Objects that a step has touched, and how many steps run on each. */
  readonly #begun = new Map<Address, number>();
  /** Objects that are rolled back; `undefined`: they have not come to an end yet. */
  readonly #back = new Map<Address, { readonly whole: boolean } | undefined>();
  /** Of these, those whose rollback has not begun, since a step of theirs or a partner's runs. */
  readonly #leaving = new Set<Address>();
  /** Objects that are rolled back because another one is, which they have taken something over from. */
  readonly #undone = new Set<Address>();
  readonly #exchanges: Exchanges;
  readonly #ends: Ends;
  /** Ends of rollback steps, of those that have begun. */
  readonly #returns = new Map<number, Promise<void>>();
  readonly #downtime = new Downtime();
  #running = 0;
  #halted = false;

  constructor(plan: Plan, engine: Engine, options: Execution) {
    this.#plan = plan;
    this.#engine = engine;
    this.#options = options;
    this.#states = new Map(plan.steps.map(({ id }) => [id, "waiting"]));
    this.#dependents = dependentsOf(plan.steps);
    this.#exchanges = new Exchanges(plan);
    this.#ends = new Ends(plan.steps);
    // Who may fail (`required: false`) holds nobody up.
    this.#optional = new Set(
      plan.steps.flatMap(({ dependsOnCompletion }) => dependsOnCompletion ?? []),
    );
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  async through(): Promise<Summary> {
    this.#advance(this.#plan.steps);
    if (this.#running > 0) await this.#finished.promise;
    const states = [...this.#states.values()];
    const count = (state: State): number => states.filter((each) => each === state).length;
    const numbers = {
      completed: count("done"),
      failed: count("failed"),
      skipped: count("skipped"),
    };
    return { outcome: this.#outcome(numbers), ...numbers };
  }

  #outcome({ failed, skipped }: Omit<Summary, "outcome">): Outcome {
    const lost = this.#plan.steps.some(
      ({ id, address, onFailure, leavesStopped }) =>
        this.#states.get(id) === "failed" &&
        (leavesStopped || !(onFailure && this.#back.get(address)?.whole)),
    );
    if (lost || [...this.#back.values()].some((back) => back?.whole === false)) return "failed";
    if (failed > 0) return "rolled_back";
    return this.#options.signal.aborted && skipped > 0 ? "interrupted" : "completed";
  }

  #advance(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.#states.get(step.id) !== "waiting") continue;
      const verdict = readiness(step, this.#states);
      if (verdict === "wait") continue;
      const why = verdict === "skip" ? "a step before it did not succeed" : this.#hindrance(step);
      if (why) this.#skip(step, why);
      else this.#launch(step);
      if (this.#states.get(step.id) === "skipped") this.#follow(step);
    }
  }

  #follow({ id }: Step): void {
    this.#advance(this.#dependents.get(id) ?? []);
  }

  /** Why a step whose dependencies have succeeded is nevertheless not begun. */
  #hindrance({ address }: Step): string | undefined {
    if (this.#back.has(address)) return "what ran before is brought back";
    if (this.#options.signal.aborted) return "interrupted";
    return this.#halted && !this.#begun.has(address) ? "another step failed" : undefined;
  }

  #skip(step: Step, why: string): void {
    const { emit, now } = this.#options;
    this.#settle(step, "skipped");
    emit({ type: "step_skipped", at: now(), step, reason: why });
  }

  #settle(step: Step, state: State): void {
    const { id, address, onFailure, onSkip, continueOnError } = step;
    this.#states.set(id, state);
    this.#ends.note(id);
    if (state === "failed" && !continueOnError && !this.#optional.has(id)) this.#halted = true;
    const goesBack =
      (state === "failed" && onFailure) ||
      (state === "skipped" && onSkip && this.#begun.has(address));
    if (goesBack) this.#turn(address);
  }

  /** Turns an object back, with those that have taken over from it. */
  #turn(target: Address): void {
    if (this.#back.has(target)) return;
    this.#back.set(target, undefined);
    this.#leaving.add(target);
    for (const partner of this.#exchanges.of(target)) {
      if (this.#back.has(partner)) continue;
      const goes = this.#begun.has(partner) || this.#exchanges.follows(partner);
      this.#back.set(partner, goes ? undefined : { whole: true });
      if (!goes) continue;
      this.#undone.add(partner);
      this.#leaving.add(partner);
      this.#exchanges.cut(partner, `what it has taken over is given back to ${target}`);
    }
    this.#goBack();
  }

  #launch(step: Step): void {
    this.#states.set(step.id, "running");
    this.#running++;
    const { address } = step;
    let touched = false;
    const task = async (): Promise<void> => {
      const why = this.#hindrance(step);
      if (why) return this.#skip(step, why);
      touched = true;
      this.#begun.set(address, (this.#begun.get(address) ?? 0) + 1);
      this.#settle(step, await this.#run(step));
    };
    // Waiting costs the engine nothing, so it takes no place in the queue.
    const next = () => {
      if (touched) this.#leave(address);
      this.#follow(step);
      this.#end();
    };
    const ended = definitionOf(step).idle ? task() : this.#queue.add(task);
    ended.then(next).catch(this.#finished.reject);
  }

  #leave(target: Address): void {
    const left = (this.#begun.get(target) ?? 1) - 1;
    this.#begun.set(target, left);
    if (left === 0 && this.#leaving.has(target)) this.#goBack();
  }

  /** Those that are rolled back together, once no step runs on any of them. */
  #goBack(): void {
    const isBusy = (target: Address) => (this.#begun.get(target) ?? 0) > 0;
    for (const group of [...this.#exchanges.groups(this.#leaving, isBusy)]) {
      for (const each of group) this.#leaving.delete(each);
      this.#returnAll(group);
    }
  }

  #end(): void {
    if (--this.#running === 0) this.#finished.resolve();
  }

  #returnAll(targets: readonly Address[]): void {
    // All are known before the first begins, since some wait for others.
    const going = targets.map((target) => {
      this.#back.set(target, { whole: true });
      return { target, undone: this.#undone.has(target), begun: this.#begun.has(target) };
    });
    const ways = waysBack(this.#plan, going, this.#states).map(({ target, steps: all }) => {
      this.#back.set(target, undefined);
      const steps = all.map((step) => {
        const ended = Promise.withResolvers<void>();
        this.#returns.set(step.id, ended.promise);
        return { step, ended };
      });
      return { target, steps };
    });
    for (const { target, steps } of ways) this.#bringBack(target, steps);
  }

  /** Does each step of the rollback, whatever became of the one before: any may be what helps. */
  #bringBack(
    target: Address,
    steps: readonly { readonly step: Step; readonly ended: PromiseWithResolvers<void> }[],
  ): void {
    const { emit, now } = this.#options;
    this.#running++;
    const all = async (): Promise<void> => {
      let whole = true;
      for (const { step, ended } of steps) {
        await Promise.all(step.dependsOn.map((id) => this.#returns.get(id)));
        const state = await this.#queue.add(() => this.#run(step), { priority: 1 });
        if (state !== "done") whole = false;
        ended.resolve();
      }
      this.#back.set(target, { whole });
      const undone = ({ id }: Step) => /failed|skipped/.test(this.#states.get(id) ?? "");
      const own = this.#plan.steps.filter(({ address }) => address === target);
      const down = own.some((step) => step.leavesStopped && undone(step));
      const stopped = down ? ({ stopped: true } as const) : {};
      emit({ type: "rolled_back", at: now(), address: target, complete: whole, ...stopped });
    };
    all().then(() => this.#end(), this.#finished.reject);
  }

  async #run(step: Step): Promise<State> {
    const signal = this.#exchanges.signalOf(step, this.#options.signal);
    const options = { ...this.#options, signal, over: this.#ends.of(step) };
    const { state, began, met } = await run(step, this.#engine, options);
    if (state !== "done") return state;
    const at = this.#options.now();
    const ms = this.#downtime.note(step, began, met ?? at);
    if (ms !== undefined) this.#options.emit({ type: "downtime", at, address: step.address, ms });
    return state;
  }
}
