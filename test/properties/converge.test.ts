import fc from "fast-check";
import { expect, test } from "vitest";
import { record } from "../../src/attributes/values/json.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { unsound } from "../support/generators/soundness.ts";
import { converge, foreign, inhabited, trialOf } from "../support/generators/trial.ts";
import { anyOrder, destruction, observed } from "../support/simulator/reconcile.ts";

const api = fc.constantFrom("1.41", "1.51");
const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));
const chooser = (seed: number) => {
  let state = seed;
  return (ready: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % ready;
  };
};

test(
  "a stack applied to an empty engine leaves nothing to do",
  () =>
    holds(
      fc.asyncProperty(api, genome, fc.nat(), async (version, genes, seed) => {
        await converge(inhabited(version), trialOf(genes), chooser(seed));
      }),
      100,
    ),
  PATIENCE,
);

test(
  "an edited stack applied over the first leaves nothing to do, and touches nothing of others",
  () =>
    holds(
      fc.asyncProperty(api, pair, fc.nat(), async (version, [first, second], seed) => {
        const engine = inhabited(version);
        const theirs = foreign(engine);
        await converge(engine, trialOf(first), chooser(seed));
        await converge(engine, trialOf(second), chooser(seed + 1));
        expect(foreign(engine)).toBe(theirs);
      }),
      200,
    ),
  PATIENCE,
);

test(
  "a destroyed stack leaves its volumes, and with consent nothing",
  () =>
    holds(
      fc.asyncProperty(
        api,
        genome,
        fc.boolean(),
        fc.nat(),
        async (version, genes, volumes, seed) => {
          const engine = inhabited(version);
          const theirs = foreign(engine);
          const others = new Set(engine.world.volumes);
          const { stack, policy } = trialOf(genes);
          await converge(engine, { stack, policy }, chooser(seed));
          const named = stack.resources.filter(({ kind }) => kind === "volume");
          const todo = await destruction(engine, stack, policy, volumes);
          expect(todo.conflicts).toEqual([]);
          expect(unsound(todo, await observed(engine, stack, policy.secrets))).toEqual([]);
          await anyOrder(engine, todo, policy.secrets, chooser(seed));
          const { containers, networks, volumes: kept } = engine.world;
          expect(containers.map(({ name }) => name)).toEqual(["theirs"]);
          expect(networks.map(({ Name }) => Name)).toEqual(["bridge", "theirs"]);
          const ours = kept.filter((volume) => !others.has(volume)).map(({ Labels }) => Labels);
          const owned = ours.filter((labels) => record(labels)["stackwright.stack"] === "shop");
          if (volumes) expect(ours).toEqual([]);
          else expect(owned.length).toBe(named.length);
          expect(foreign(engine)).toBe(theirs);
        },
      ),
      60,
    ),
  PATIENCE,
);
