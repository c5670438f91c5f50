import fc from "fast-check";
import { expect, test } from "vitest";
import type { Origin } from "../../src/model/change.ts";
import { spell } from "../support/reconcile.ts";
import { isUp, Refused, type SimContainer } from "../support/simulated-things.ts";
import type { World } from "../support/simulated-world.ts";
import { genome } from "./genome.ts";
import { holds, PATIENCE } from "./runs.ts";
import { converge, foreign, inhabited, soundPlan, trialOf } from "./trial.ts";

interface Meddling {
  /** Where the labels can tell who did it. */
  readonly origin: Origin;
  readonly does: (world: World, container: SimContainer) => void;
}

const MIB = 1024 ** 2;

/** What somebody does behind our back. */
const MEDDLING: Readonly<Record<string, Meddling>> = {
  stop: { origin: "engine", does: (world, { id }) => world.stop(id) },
  pause: { origin: "engine", does: (world, { id }) => world.pause(id, true) },
  "limit memory": {
    origin: "engine",
    does: (world, { id }) => world.update(id, { Memory: 300 * MIB, MemorySwap: 900 * MIB }),
  },
  "limit processes": {
    origin: "engine",
    does: (world, { id }) => world.update(id, { PidsLimit: 77 }),
  },
  "set the restart policy": {
    origin: "engine",
    does: (world, { id }) =>
      world.update(id, { RestartPolicy: { Name: "always", MaximumRetryCount: 0 } }),
  },
  "take off a network": {
    origin: "engine",
    does: (world, { id, endpoints }) => world.disconnect(id, [...endpoints.keys()][0] ?? ""),
  },
  "put on a network": {
    origin: "engine",
    does: (world, { id }) => world.connect(id, "theirs", {}),
  },
  "give other aliases": {
    origin: "engine",
    does(world, { id, endpoints }) {
      const network = [...endpoints.keys()].find((name) => name.startsWith("shop_")) ?? "";
      world.disconnect(id, network);
      world.connect(id, network, { Aliases: ["other"] });
    },
  },
  rename: { origin: "engine", does: (world, { id }) => world.rename(id, "other") },
  remove: {
    origin: "file",
    does(world, { id }) {
      world.stop(id);
      world.removeContainer(id, false);
    },
  },
  "stop and take the network away": {
    origin: "engine",
    does(world, { endpoints }) {
      const [network = ""] = endpoints.keys();
      if (!network.startsWith("shop_")) throw new Refused(403, "not for this test");
      for (const other of world.containers) if (other.endpoints.has(network)) world.stop(other.id);
      world.removeNetwork(network);
    },
  },
  "make the network anew": {
    origin: "engine",
    does(world, { endpoints }) {
      const [name = ""] = endpoints.keys();
      if (!name.startsWith("shop_")) throw new Refused(403, "not for this test");
      for (const other of world.containers) if (other.endpoints.has(name)) world.stop(other.id);
      const { Labels, IPAM, asked, ...rest } = world.network(name);
      world.removeNetwork(name);
      world.createNetwork(name, { ...rest, Labels, ...(asked ? { IPAM } : {}) });
    },
  },
};

for (const [what, { origin, does }] of Object.entries(MEDDLING)) {
  test(
    `${what}: it is reported, whoever did it, and repaired`,
    () =>
      holds(
        fc.asyncProperty(
          fc.constantFrom("1.41", "1.51"),
          genome,
          fc.nat(),
          async (version, genes, victim) => {
            const engine = inhabited(version);
            const trial = trialOf(genes);
            await converge(engine, trial, () => 0);
            const running = engine.world.containers.filter(
              (one) => isUp(one) && one.name !== "theirs",
            );
            const container = running[victim % running.length];
            fc.pre(container !== undefined);
            const alone = engine.world.containers.length === 2;
            const theirs = foreign(engine);
            const label = container.config.Labels as Record<string, string>;
            try {
              const before = JSON.stringify(container.host);
              does(engine.world, container);
              // Where it was so anyway, nothing has happened.
              fc.pre(!/limit|policy/.test(what) || JSON.stringify(container.host) !== before);
            } catch (error) {
              if (error instanceof Refused) fc.pre(false);
              throw error;
            }
            const todo = await soundPlan(engine, trial);
            const change = todo.changes.find(
              ({ address }) => address === label["stackwright.address"],
            );
            expect(change?.origin, todo.steps.map(spell).join("\n")).toBe(origin);
            if (alone && what === "stop")
              expect(todo.steps.map((step) => step.do)).toEqual(["start"]);
            await converge(engine, trial, (ready) => victim % ready);
            if (!/put on/.test(what)) expect(foreign(engine)).toBe(theirs);
          },
        ),
        20,
      ),
    PATIENCE,
  );
}
