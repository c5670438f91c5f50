import fc from "fast-check";
import { expect, test } from "vitest";
import type { Resource } from "../../src/model/stack.ts";
import { plan } from "../../src/planning/plan.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { unsound } from "../support/generators/soundness.ts";
import { converge, foreign, inhabited, type Trial, trialOf } from "../support/generators/trial.ts";
import type { SimulatedEngine } from "../support/simulator/engine.ts";
import { anyOrder, destruction, observed, spell } from "../support/simulator/reconcile.ts";

const api = fc.constantFrom("1.41", "1.51");
const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));

function each(trial: Trial, change: (resource: Resource) => Resource): Trial {
  const { stack, policy } = trial;
  return { policy, stack: { ...stack, resources: stack.resources.map(change) } };
}

const guarded = (trial: Trial) =>
  each(trial, (one) => ({ ...one, lifecycle: { ...one.lifecycle, protect: true } }));

/** The stack's own objects: containers and networks by id, volumes by when they were made. */
function identities({ world }: SimulatedEngine): readonly unknown[] {
  const ours = ({ Name }: { Name?: unknown }) => String(Name).startsWith("shop_");
  return [
    ...world.containers.map(({ id }) => id),
    ...world.networks.filter(ours).map(({ Id }) => Id),
    ...world.volumes.filter(ours).map(({ Name, CreatedAt }) => `${Name} ${CreatedAt}`),
  ];
}

/** Plans and does it, where nothing is in the way. */
async function attempt(engine: SimulatedEngine, { stack, policy }: Trial, seed: number) {
  const seen = await observed(engine, stack, policy.secrets);
  const made = plan(stack, seen, policy);
  expect(unsound(made, seen)).toEqual([]);
  if (made.conflicts.length > 0) return undefined;
  await anyOrder(engine, made, policy.secrets, (ready) => seed % ready);
  return made;
}

test(
  "whatever becomes of the file, what is protected stays, until it is permitted",
  () =>
    holds(
      fc.asyncProperty(api, pair, fc.nat(), async (version, [first, second], seed) => {
        const engine = inhabited(version);
        const theirs = foreign(engine);
        await converge(engine, guarded(trialOf(first)), () => 0);
        const before = identities(engine);
        const after = guarded(trialOf(second));
        const made = await attempt(engine, after, seed);
        const still = identities(engine);
        for (const one of before) expect(still, made?.steps.map(spell).join("\n")).toContain(one);
        if (made) {
          const again = await attempt(engine, after, seed);
          expect(again?.steps.map(spell)).toEqual([]);
          expect(again?.blocked.map(({ address }) => address)).toEqual(
            made.blocked.map(({ address }) => address),
          );
        }
        const gone = await destruction(
          engine,
          { ...after.stack, resources: [] },
          after.policy,
          true,
        );
        expect(gone.steps.map(spell)).toEqual([]);
        const owned = [...after.stack.resources, ...trialOf(first).stack.resources];
        const unprotect = owned.map(({ address }) => address);
        await converge(engine, { ...after, policy: { ...after.policy, unprotect } }, () => 0);
        expect(foreign(engine)).toBe(theirs);
      }),
      50,
    ),
  PATIENCE,
);

test(
  "where all changes are ignored nothing that exists is changed; afterwards everything is",
  () =>
    holds(
      fc.asyncProperty(api, pair, fc.nat(), async (version, [first, second], seed) => {
        const engine = inhabited(version);
        await converge(engine, trialOf(first), () => 0);
        const after = trialOf(second);
        const before = identities(engine);
        const there = new Set(trialOf(first).stack.resources.map(({ address }) => address));
        const deaf = each(after, (one) => ({
          ...one,
          lifecycle: { ...one.lifecycle, ignore: ["all"] },
        }));
        const made = await attempt(engine, deaf, seed);
        const kept = deaf.stack.resources.filter(({ address }) => there.has(address));
        const touched = made?.changes.filter(
          ({ address, action }) => action !== "pull" && kept.some((one) => one.address === address),
        );
        // A name is no attribute that can be ignored, and one of a network is another network.
        const named = touched?.filter(({ action, deltas }) =>
          action === "update"
            ? deltas.some(({ attribute }) => attribute !== "container_name")
            : true,
        );
        expect(named ?? []).toEqual([]);
        expect(before.length).toBeGreaterThan(0);
        await converge(engine, after, () => 0);
      }),
      50,
    ),
  PATIENCE,
);

test(
  "a plan for some of the stack leaves the rest as it was, and the whole converges after it",
  () =>
    holds(
      fc.asyncProperty(api, pair, fc.nat(), async (version, [first, second], seed) => {
        const engine = inhabited(version);
        await converge(engine, trialOf(first), () => 0);
        const whole = trialOf(second);
        const { resources } = whole.stack;
        const target = resources[seed % resources.length] as Resource;
        const wanted = new Set([target.address]);
        const byAddress = new Map(resources.map((one) => [one.address, one]));
        for (const address of wanted) {
          for (const { on } of byAddress.get(address)?.needs ?? []) wanted.add(on);
          for (const { address: sharer, needs } of resources)
            if (needs.some(({ on, bound }) => bound && on === address)) wanted.add(sharer);
        }
        const owned = ({ config }: (typeof engine.world.containers)[number]) =>
          (config.Labels as Record<string, string>)["stackwright.address"] as never;
        // Processes end with those whose namespace they are in, whatever the file says now.
        const lenders = engine.world.containers.filter((each) => wanted.has(owned(each)));
        const guests = engine.world.containers.filter(({ host }) =>
          lenders.some(({ id }) => host.PidMode === `container:${id}`),
        );
        const before = new Map(
          engine.world.containers
            .filter((each) => !guests.includes(each))
            .map(({ id, status }) => [id, status]),
        );
        const part = { ...whole, policy: { ...whole.policy, targets: [target.address] } };
        const made = await attempt(engine, part, seed);
        expect(
          made?.changes.filter(
            ({ address, action, reason }) =>
              !wanted.has(address) && !(action === "update" && /for a moment/.test(reason)),
          ) ?? [],
        ).toEqual([]);
        for (const one of engine.world.containers) {
          const is = before.get(one.id);
          if (is && !wanted.has(owned(one))) expect([one.id, one.status]).toEqual([one.id, is]);
        }
        await converge(engine, trialOf(second), () => 0);
      }),
      60,
    ),
  PATIENCE,
);
