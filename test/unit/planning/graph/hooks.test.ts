import { describe, expect, it } from "vitest";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { unsound } from "../../../support/generators/soundness.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf, spell } from "../../../support/simulator/reconcile.ts";
import { STARTED } from "../../../support/simulator/things.ts";

const NONE = new Map();
const HOOKS = ["post_start one", "post_start two"];

const shop = (more: object) =>
  stackOf({
    containers: {
      web: {
        image: "busybox:1.36",
        command: ["sleep", "9"],
        post_start: [{ command: ["one"] }, { command: ["two"] }],
        ...more,
      },
    },
  });
type Shop = ReturnType<typeof shop>;

async function planned(there: SimulatedEngine, wanted: Shop) {
  const seen = await observed(there, wanted, NONE);
  const made = plan(wanted, seen, policyOf());
  expect(made.conflicts).toEqual([]);
  expect(unsound(made, seen)).toEqual([]);
  return made;
}

async function applied(there: SimulatedEngine, wanted: Shop) {
  const made = await planned(there, wanted);
  const { errors } = await carriedOut(there, made, NONE);
  expect(errors, made.steps.map(spell).join("\n")).toEqual([]);
  return made;
}

/** What was executed in the only container, since its last start. */
function sinceStart({ world: { containers } }: SimulatedEngine): readonly string[] {
  expect(containers.map(({ name, status }) => `${name} ${status}`)).toEqual(["shop-web-1 running"]);
  const ran = containers[0]?.ran ?? [];
  return ran.slice(ran.lastIndexOf(STARTED) + 1);
}

interface Case {
  readonly what: string;
  /** How the engine comes to where the run begins. */
  before(there: SimulatedEngine): Promise<unknown>;
  readonly wanted: Shop;
}

const first = shop({});
const CASES: readonly Case[] = [
  { what: "a creation", before: async () => {}, wanted: first },
  {
    what: "a start of what was stopped",
    before: async (there) => {
      await applied(there, first);
      there.world.stop("shop-web-1");
    },
    wanted: first,
  },
  {
    what: "a start of what has another name",
    before: async (there) => {
      await applied(there, first);
      there.world.stop("shop-web-1");
      there.world.rename("shop-web-1", "other");
    },
    wanted: first,
  },
  {
    what: "a start-first replacement",
    before: (there) => applied(there, first),
    wanted: shop({ hostname: "b" }),
  },
  {
    what: "a stop-first replacement",
    before: (there) => applied(there, first),
    wanted: shop({ hostname: "b", update_config: { order: "stop-first" } }),
  },
];

describe.each(CASES)("after $what with hooks was cut short", ({ before, wanted }) => {
  it("at any step, the next run sees to it that each hook has run once", async () => {
    for (let cut = 0, within = true; within; cut++) {
      const there = new SimulatedEngine(world("1.51"));
      await before(there);
      const made = await planned(there, wanted);
      there.fate = ({ id }) => (id > cut ? "dead" : "fine");
      await carriedOut(there, made, NONE);
      there.revive();
      within = cut < made.steps.length;

      const again = await applied(there, wanted);
      const words = [cut, ...made.steps.map(spell), "then", ...again.steps.map(spell)].join("\n");
      expect(sinceStart(there), words).toEqual(HOOKS);
      expect((await planned(there, wanted)).steps).toEqual([]);
    }
  });
});

it.each([1, 2, 3, 4, 5, 6])(
  "the file as it was runs its hooks after a way back that was cut short after %d steps",
  async (cut) => {
    const there = new SimulatedEngine(world("1.51"));
    await applied(there, first);
    const wanted = shop({ hostname: "b", update_config: { order: "stop-first" } });
    const made = await planned(there, wanted);
    const failing = made.steps.find(({ operation: what }) => what === "container.wait")?.id;
    let back = 0;
    there.fate = ({ id }) =>
      id === failing ? "refused" : id > made.steps.length && ++back > cut ? "dead" : "fine";
    await carriedOut(there, made, NONE);
    there.revive();
    there.fate = () => "fine";
    const again = await applied(there, first);
    const { containers } = there.world;
    const web = containers.find(({ name }) => name === "shop-web-1");
    const ran = web?.ran ?? [];
    const words = [...made.rollback.map(spell), "then", ...again.steps.map(spell)].join("\n");
    expect(web?.status, words).toBe("running");
    expect(ran.slice(ran.lastIndexOf(STARTED) + 1), words).toEqual(HOOKS);
    expect((await planned(there, first)).steps).toEqual([]);
  },
);

it("a plan does nothing about a container that was restarted by hand", async () => {
  const there = new SimulatedEngine(world("1.51"));
  await applied(there, first);
  there.world.stop("shop-web-1");
  there.world.start("shop-web-1");
  expect((await planned(there, first)).steps).toEqual([]);
});
