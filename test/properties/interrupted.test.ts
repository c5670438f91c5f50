import fc from "fast-check";
import { expect, test } from "vitest";
import { recordedSpec } from "../../src/attributes/core/ownership.ts";
import { reveal } from "../../src/attributes/secrets/sensitive.ts";
import { record } from "../../src/attributes/values/json.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import {
  foreign,
  inhabited,
  nothingLeft,
  oneEach,
  soundPlan,
  type Trial,
  trialOf,
  volumeStamps,
} from "../support/generators/trial.ts";
import type { Fault, SimulatedEngine } from "../support/simulator/engine.ts";
import { carriedOut, spell } from "../support/simulator/reconcile.ts";
import { STARTED } from "../support/simulator/things.ts";

const api = fc.constantFrom("1.41", "1.51");
const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));

async function apply(engine: SimulatedEngine, trial: Trial): Promise<string> {
  const todo = await soundPlan(engine, trial);
  const { errors } = await carriedOut(engine, todo, trial.policy.secrets, { concurrency: 4 });
  expect(errors, todo.steps.map(spell).join("\n")).toEqual([]);
  return todo.steps.map(spell).join("\n");
}

/** Each container that runs has had all its hooks since its start, each once. */
function hooked({ world }: SimulatedEngine, { stack, policy }: Trial): void {
  for (const { name, hooks } of stack.resources) {
    const live = world.containers.find((each) => each.name === name);
    const asked = (hooks?.post_start ?? []).map(({ command }) =>
      ["post_start", ...reveal([...command], policy.secrets)].join(" "),
    );
    if (live?.status !== "running" || asked.length === 0) continue;
    const then = recordedSpec(record(live.config.Labels)).post_start;
    // Others take effect at the next start.
    if (JSON.stringify(then) !== JSON.stringify(hooks?.post_start)) continue;
    const since = live.ran.slice(live.ran.lastIndexOf(STARTED) + 1);
    const run = since.filter((line) => line.startsWith("post_start "));
    expect([name, ...run]).toEqual([name, ...asked]);
  }
}

/** Begins to turn the first stack into the second, is cut off, and begins anew. */
async function resumed(
  version: string,
  [before, after]: readonly [Trial, Trial],
  cut: (engine: SimulatedEngine, trial: Trial) => Promise<string>,
): Promise<void> {
  const engine = inhabited(version);
  const theirs = foreign(engine);
  await apply(engine, before);
  const stamps = volumeStamps(engine);
  const told = await cut(engine, after);
  const performed = engine.performed.map(spell).join("\n");
  engine.revive();
  const words = `planned:\n${told}\nperformed:\n${performed}`;
  let again = "";
  try {
    again = await apply(engine, after);
    await nothingLeft(engine, after, "");
    oneEach(engine, after);
    hooked(engine, after);
  } catch (error) {
    throw new Error(`${words}\nthen:\n${again}\n${(error as Error).message}`);
  }
  const kept = volumeStamps(engine);
  for (const [name, stamp] of stamps) {
    if (String(name).startsWith("shop_")) expect(kept.get(name), `${name}`).toBe(stamp);
  }
  expect(foreign(engine)).toBe(theirs);
}

test(
  "a run that is interrupted after any step is brought to its end by the next one",
  () =>
    holds(
      fc.asyncProperty(api, pair, fc.nat(60), fc.boolean(), (version, [first, second], k, gently) =>
        resumed(version, [trialOf(first, []), trialOf(second, [])], async (engine, trial) => {
          const todo = await soundPlan(engine, trial);
          const stop = new AbortController();
          const last = todo.steps.length === 0 ? 0 : k % todo.steps.length;
          let begun = 0;
          engine.performed = [];
          engine.fate = () => {
            const over = begun++ >= last;
            if (over && gently) stop.abort();
            return over && !gently ? "dead" : "fine";
          };
          await carriedOut(engine, todo, trial.policy.secrets, {
            concurrency: 4,
            signal: stop.signal,
          });
          return todo.steps.map(spell).join("\n");
        }),
      ),
      200,
    ),
  PATIENCE,
);

test(
  "a run whose steps fail, with or without effect, and that may be cut off on the way back, is brought to its end by the next one",
  () =>
    holds(
      fc.asyncProperty(
        api,
        pair,
        fc.tuple(
          fc.array(fc.constantFrom<Fault>("fine", "fine", "fine", "refused", "lost"), {
            maxLength: 40,
          }),
          fc.option(fc.nat(30), { nil: Number.POSITIVE_INFINITY }),
        ),
        (version, [first, second], [faults, death]) =>
          resumed(version, [trialOf(first, []), trialOf(second, [])], async (engine, trial) => {
            const todo = await soundPlan(engine, trial);
            let next = 0;
            engine.performed = [];
            engine.fate = () => {
              const fault = faults[next++] ?? "fine";
              return next > death ? "dead" : fault;
            };
            await carriedOut(engine, todo, trial.policy.secrets, { concurrency: 4 });
            return todo.steps.map(spell).join("\n");
          }),
      ),
      150,
    ),
  PATIENCE,
);
