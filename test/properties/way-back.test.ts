import fc from "fast-check";
import { expect, test } from "vitest";
import { asSet, record, text, texts } from "../../src/attributes/values/json.ts";
import type { OperationName } from "../../src/model/operations/operations.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { converge, inhabited, soundPlan, trialOf } from "../support/generators/trial.ts";
import type { SimulatedEngine } from "../support/simulator/engine.ts";
import { carriedOut, spell } from "../support/simulator/reconcile.ts";
import { isUp } from "../support/simulator/things.ts";

const api = fc.constantFrom("1.41", "1.51");
const pair = genome.chain((first) => fc.tuple(fc.constant(first), edited(first)));

/** What a container is and does, by its id; an address of the engine's choice may be another. */
function asItIs({ world }: SimulatedEngine) {
  return new Map(
    world.containers.map((container) => [
      container.id,
      {
        name: container.name,
        // In others' processes it ends with them.
        status: /^container:/.test(text(container.host.PidMode)) ? "theirs" : container.status,
        limits: [container.host.Memory, text(record(container.host.RestartPolicy).Name) || "no"],
        networks: Object.fromEntries(
          [...container.endpoints].map(([name, endpoint]) => [
            name,
            {
              fixed: endpoint.IPAMConfig ?? null,
              // Older engines add the short id.
              aliases: asSet(
                texts(endpoint.Aliases).filter((alias) => !container.id.startsWith(alias)),
              ),
              connected: !isUp(container) || endpoint.EndpointID !== "",
            },
          ]),
        ),
      },
    ]),
  );
}

const CHANGES: ReadonlySet<OperationName> = new Set([
  "network.connect",
  "network.disconnect",
  "container.update",
] as const);

test(
  "a change in place that the engine refuses, or after which the container ends, leaves it, and a network, as they were",
  () => {
    let [refused, ended] = [0, 0];
    return holds(
      fc.asyncProperty(
        api,
        pair,
        fc.nat(20),
        fc.boolean(),
        async (version, [first, second], k, proved) => {
          const engine = inhabited(version);
          await converge(engine, trialOf(first), () => 0);
          const trial = trialOf(second);
          const todo = await soundPlan(engine, trial);
          const inPlace = todo.steps.filter(
            (step) =>
              step.operation === "network.create" ||
              (CHANGES.has(step.operation) &&
                "container" in step &&
                step.container.id !== undefined),
          );
          const proofs = todo.steps.filter(
            (step) =>
              step.operation === "container.wait" &&
              step.onFailure &&
              step.container.id !== undefined,
          );
          const some = proved ? proofs : inPlace;
          const bad = some[k % Math.max(1, some.length)];
          if (!bad?.onFailure) return;
          const before = asItIs(engine);
          const networks = engine.world.networks.map(({ Name, IPAM }) => [Name, IPAM]);
          const fate = bad.operation === "container.wait" ? "exits" : "refused";
          engine.fate = (step) => (step.id === bad.id ? fate : "fine");
          const { outcome } = await carriedOut(engine, todo, trial.policy.secrets);
          const told = `refused: ${spell(bad)}\n${[...todo.steps, ...todo.rollback].map(spell).join("\n")}`;
          // What took the former one's subnet meanwhile has it: the run says that it has failed.
          if (outcome !== "rolled_back") return;
          if (bad.operation === "container.wait") ended++;
          else refused++;
          if (bad.operation === "network.create") {
            const old = networks.find(([name]) => name === bad.name);
            const now = engine.world.networks.find(({ Name }) => Name === bad.name);
            if (old) expect(record(now?.IPAM).Options, told).toEqual(record(old[1]).Options);
            if (old) expect(now, told).toBeDefined();
          }
          const after = asItIs(engine);
          for (const [id, was] of before) {
            const mine = todo.steps.filter(
              (step) =>
                "container" in step && step.container.id === id && step.address === bad.address,
            );
            if (mine.length > 0) expect(after.get(id), told).toEqual(was);
          }
        },
      ),
      350,
    ).then(() => {
      expect(refused).toBeGreaterThan(20);
      expect(ended).toBeGreaterThan(5);
    });
  },
  PATIENCE,
);
