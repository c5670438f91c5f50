import fc from "fast-check";
import { expect, test } from "vitest";
import { text } from "../../src/attributes/values/json.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { converge, inhabited, nothingLeft, trialOf } from "../support/generators/trial.ts";
import { isUp, type SimContainer } from "../support/simulator/things.ts";

const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));

/** It is in another one's namespaces. */
const isGuest = ({ host }: SimContainer): boolean =>
  ["NetworkMode", "IpcMode", "PidMode"].some((mode) => text(host[mode]).startsWith("container:"));

test(
  "after an edit each container can be started again, and there is nothing to do then",
  () => {
    let started = 0;
    return holds(
      fc.asyncProperty(fc.constantFrom("1.41", "1.51"), pair, async (api, [first, second]) => {
        const engine = inhabited(api);
        await converge(engine, trialOf(first), () => 0);
        await converge(engine, trialOf(second), () => 0);
        const { world } = engine;
        const ours = world.containers.filter(
          (container) => container.name !== "theirs" && container.status === "running",
        );
        // What an earlier run of its host means for a guest is shown elsewhere.
        if (world.containers.some(isGuest)) return;
        for (const { id } of ours) {
          world.stop(id);
          world.start(id);
          started++;
        }
        expect(ours.every(isUp)).toBe(true);
        await nothingLeft(engine, trialOf(second), "after a restart of all");
      }),
      100,
    ).then(() => expect(started).toBeGreaterThan(50));
  },
  PATIENCE,
);
