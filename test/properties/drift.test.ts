import fc from "fast-check";
import { expect, test } from "vitest";
import type { Origin } from "../../src/model/change.ts";
import type { Drift } from "../../src/model/drift.ts";
import type { Plan } from "../../src/model/plan.ts";
import { detectDrift } from "../../src/planning/drift.ts";
import { plan } from "../../src/planning/plan.ts";
import { edited, genome } from "../support/generators/genome.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { converge, foreign, inhabited, soundPlan, trialOf } from "../support/generators/trial.ts";
import { observed, spell } from "../support/simulator/reconcile.ts";
import { isUp, Refused, type SimContainer } from "../support/simulator/things.ts";
import type { World } from "../support/simulator/world.ts";

interface Meddling {
  /** Where the labels can tell who did it. */
  readonly origin: Origin;
  readonly does: (world: World, container: SimContainer) => void;
}

const MIB = 1024 ** 2;

/** What somebody does behind our back. */
const MEDDLING: Readonly<Record<string, Meddling>> = {
  stop: { origin: "unknown", does: (world, { id }) => world.stop(id) },
  pause: { origin: "unknown", does: (world, { id }) => world.pause(id, true) },
  "limit memory": {
    origin: "unknown",
    does: (world, { id }) => world.update(id, { Memory: 300 * MIB, MemorySwap: 900 * MIB }),
  },
  "limit processes": {
    origin: "unknown",
    does: (world, { id }) => world.update(id, { PidsLimit: 77 }),
  },
  "set the restart policy": {
    origin: "unknown",
    does: (world, { id }) =>
      world.update(id, { RestartPolicy: { Name: "always", MaximumRetryCount: 0 } }),
  },
  "take off a network": {
    origin: "unknown",
    does: (world, { id, endpoints }) => world.disconnect(id, [...endpoints.keys()][0] ?? ""),
  },
  "put on a network": {
    origin: "unknown",
    does: (world, { id }) => world.connect(id, "theirs", {}),
  },
  "give other aliases": {
    origin: "unknown",
    does(world, { id, endpoints }) {
      const network = [...endpoints.keys()].find((name) => name.startsWith("shop_")) ?? "";
      world.disconnect(id, network);
      world.connect(id, network, { Aliases: ["other"] });
    },
  },
  rename: { origin: "unknown", does: (world, { id }) => world.rename(id, "other") },
  remove: {
    origin: "file",
    does(world, { id }) {
      world.stop(id);
      world.removeContainer(id, false);
    },
  },
  "stop and take the network away": {
    origin: "unknown",
    does(world, { endpoints }) {
      const [network = ""] = endpoints.keys();
      if (!network.startsWith("shop_")) throw new Refused(403, "not for this test");
      for (const other of world.containers) if (other.endpoints.has(network)) world.stop(other.id);
      world.removeNetwork(network);
    },
  },
  "make the network anew": {
    origin: "unknown",
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

/** What becomes of other objects than one container, or of all of them. */
const DAMAGE: Readonly<Record<string, (world: World) => void>> = {
  nothing: () => {},
  "all containers removed": (world) => {
    for (const { id, name } of [...world.containers].filter(({ name }) => name !== "theirs")) {
      world.stop(id);
      world.removeContainer(name, false);
    }
  },
  "a container limited and stopped": (world) => {
    for (const { id } of world.containers.filter(({ name }) => name !== "theirs").slice(0, 1)) {
      world.update(id, { Memory: 32 * MIB, MemorySwap: 64 * MIB });
      world.stop(id);
    }
  },
  "unused volumes removed": (world) => {
    for (const volume of [...world.volumes]) {
      const { Name } = volume;
      const used = world.containers.some(({ mounts }) => mounts.some((each) => each.Name === Name));
      if (!used) world.removeVolume(String(Name));
    }
  },
};

function agree(drifted: Drift, todo: Plan): void {
  const told = JSON.stringify({ drifted: drifted.drifted, changes: todo.changes }, undefined, 1);
  const planned = new Map(
    [...todo.blocked.map(({ change }) => change), ...todo.changes]
      .filter(({ action }) => action !== "remove")
      .map((change) => [change.address, change]),
  );
  const inTheWay = new Set(todo.conflicts.map(({ address }) => address));
  for (const { address, what, reason, deltas } of drifted.drifted) {
    const change = planned.get(address);
    if (!change) expect(inTheWay, `${address} is not in the plan\n${told}`).toContain(address);
    if (!change) continue;
    const names = change.deltas.map(({ attribute }) => attribute);
    for (const { attribute } of deltas) expect(names, told).toContain(attribute);
    if (what === "missing") expect(change.action, told).toBe("create");
    const [state = ""] = reason.split("; it was changed");
    if (what.endsWith("running")) expect(change.reason, told).toContain(state);
  }
  const named = new Set(drifted.drifted.map(({ address }) => address));
  for (const { address, kind, action, origin, deltas } of planned.values()) {
    const byOthers = origin === "engine" || deltas.some((each) => each.origin !== "file");
    const missing = action === "create" && kind !== "image";
    if (byOthers || missing) expect(named, told).toContain(address);
  }
}

test(
  "whatever drift names is in the plan, and whatever the plan repairs is drift",
  () =>
    holds(
      fc.asyncProperty(
        fc.constantFrom("1.41", "1.51"),
        genome.chain((first) => fc.tuple(fc.constant(first), edited(first))),
        fc.array(fc.tuple(fc.constantFrom(...Object.values(MEDDLING)), fc.nat()), { maxLength: 3 }),
        fc.constantFrom(...Object.values(DAMAGE)),
        fc.boolean(),
        async (version, [first, second], meddling, damage, edits) => {
          const engine = inhabited(version);
          await converge(engine, trialOf(first), () => 0);
          const attempt = (does: () => void) => {
            try {
              does();
            } catch (error) {
              if (!(error instanceof Refused)) throw error;
            }
          };
          for (const [{ does }, victim] of meddling) {
            const own = engine.world.containers.filter(({ name }) => name !== "theirs");
            const container = own[victim % own.length];
            if (container) attempt(() => does(engine.world, container));
          }
          attempt(() => damage(engine.world));
          const { stack, policy } = trialOf(edits ? second : first, []);
          const seen = await observed(engine, stack, policy.secrets);
          const found = detectDrift(stack, seen, policy);
          agree(found, plan(stack, seen, policy));
          const containers = stack.resources.filter(({ kind }) => kind === "container");
          const there = new Set(engine.world.containers.map(({ name }) => name));
          if (!edits && meddling.length === 0)
            for (const { name, address } of containers)
              if (!there.has(name))
                expect(found.drifted).toContainEqual(
                  expect.objectContaining({ address, what: "missing" }),
                );
        },
      ),
      150,
    ),
  PATIENCE,
);

for (const [what, { origin, does }] of Object.entries(MEDDLING)) {
  test(
    `what somebody does to a container is reported and repaired: ${what}`,
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
            if (alone && what === "stop") {
              const repairs = todo.steps.filter(({ operation: work }) => work !== "container.exec");
              expect(repairs.map(({ operation: work }) => work).slice(0, 2)).toEqual([
                "container.start",
                "container.wait",
              ]);
            }
            await converge(engine, trial, (ready) => victim % ready);
            if (!/put on/.test(what)) expect(foreign(engine)).toBe(theirs);
          },
        ),
        20,
      ),
    PATIENCE,
  );
}
