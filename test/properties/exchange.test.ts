import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Step } from "../../src/model/plan.ts";
import type { Stack } from "../../src/model/stack.ts";
import { plan } from "../../src/planning/plan.ts";
import { world } from "../support/images.ts";
import { carriedOut, observed, policyOf, spell } from "../support/reconcile.ts";
import { type Fault, SimulatedEngine } from "../support/simulated-engine.ts";
import { isUp } from "../support/simulated-things.ts";
import { stackOf } from "../support/stack-of.ts";
import { holds, PATIENCE } from "./runs.ts";
import { unsound } from "./soundness.ts";

/** What several containers give to each other: each holds one of each of these. */
const THINGS: Readonly<Record<string, (index: number) => JsonObject>> = {
  port: (index) => ({ ports: [`${8000 + index}:80`] }),
  address: (index) => ({ networks: { front: { ipv4_address: `10.213.1.${10 + index}` } } }),
  name: (index) => ({ container_name: `place-${index}` }),
};

const KEYS = ["a", "b", "c", "d", "e"];

/** Containers by key, each with the place that it has; `undefined`: it is not there. */
type Places = readonly (number | undefined)[];

function stackWith(places: Places, things: readonly string[], version: string): Stack {
  const containers = Object.fromEntries(
    places.flatMap((place, index) => {
      if (place === undefined) return [];
      const spec = Object.assign({}, ...things.map((thing) => THINGS[thing]?.(place) ?? {}));
      const web = { image: "busybox:1.36", environment: { V: version }, ...spec };
      return [[KEYS[index] ?? "", web]];
    }),
  );
  const networks = { front: { ipam: { config: [{ subnet: "10.213.1.0/24" }] } } };
  return stackOf({ networks, containers });
}

/** Each one's place before and after: circles, chains, places that are free, and newcomers. */
const moves = fc.tuple(fc.integer({ min: 2, max: 5 }), fc.nat(4)).chain(([count, newcomers]) =>
  fc.record({
    before: fc.constant(
      KEYS.map((_, index) => (index < count || index >= count + newcomers ? index : undefined)),
    ),
    after: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 5, maxLength: 5 }),
    things: fc.subarray(Object.keys(THINGS), { minLength: 1 }),
  }),
);

test(
  "whatever fails in an exchange: each container that ran runs, as before or as asked",
  () => {
    let [turned, together] = [0, 0];
    return holds(
      fc.asyncProperty(
        moves,
        fc.nat(),
        fc.constantFrom<Fault>("refused", "lost"),
        fc.integer({ min: 1, max: 6 }),
        async ({ before, after, things }, which, fault, concurrency) => {
          const engine = new SimulatedEngine(world("1.51"));
          const first = stackWith(before, things, "1");
          const start = await observed(engine, first, new Map());
          await carriedOut(engine, plan(first, start, policyOf()), new Map());
          const former = new Map(engine.world.containers.map((each) => [each.id, each.name]));

          const second = stackWith(after, things, "2");
          const seen = await observed(engine, second, new Map());
          const todo = plan(second, seen, policyOf());
          expect(todo.conflicts).toEqual([]);
          expect(unsound(todo, seen)).toEqual([]);
          const replaced = new Set(
            todo.changes.flatMap(({ action, address }) => (action === "replace" ? [address] : [])),
          );
          const isCandidate = ({ target, do: work, ifFails }: Step) =>
            replaced.has(target) && ifFails !== undefined && work !== "remove container";
          const candidates = todo.steps.filter(isCandidate);
          const failing = candidates[which % candidates.length];
          // What a look at the engine tells is never taken for a failure (effect.ts).
          const fate = failing?.do === "rename" ? "refused" : fault;
          engine.fate = ({ id }) => (id === failing?.id ? fate : "fine");
          const { outcome, errors } = await carriedOut(engine, todo, new Map(), { concurrency });
          const state = engine.world.containers.map(
            ({ name, status, id }) => `${name} ${status} ${id.slice(0, 12)}`,
          );
          const told = [
            ...errors,
            ...state,
            ...[...todo.steps, ...todo.recovery].map((each) =>
              spell(each).replace(/"body":.*?,"ifFails/, "ifFails"),
            ),
          ].join("\n");
          expect(errors, told).toHaveLength(1);
          expect(outcome, `${errors.join("\n")}\n${told}`).toBe("rolled back");

          const there = engine.world.containers;
          for (const { address, name } of second.resources.filter(
            (one) => one.kind === "container",
          )) {
            const own = seen.containers.filter(({ owner }) => owner?.address === address);
            const back = own.find(({ id }) =>
              there.some((each) => each.id === id && isUp(each) && each.name === former.get(id)),
            );
            const successor = there.some(
              (each) => isUp(each) && each.name === name && !former.has(each.id),
            );
            if (own.length > 0)
              expect(Boolean(back) !== successor, `${address}\n${told}`).toBe(true);
            if (address === failing?.target) expect(back, told).toBeDefined();
          }
          turned++;
          if (todo.exchanges) together++;
          engine.revive();
          const again = plan(second, await observed(engine, second, new Map()), policyOf());
          const retried = await carriedOut(engine, again, new Map());
          expect(retried.errors, again.steps.map(spell).join("\n")).toEqual([]);
        },
      ),
      200,
    ).then(() => expect(together).toBeGreaterThan(turned / 4));
  },
  PATIENCE,
);
