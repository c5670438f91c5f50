import { describe, expect, it } from "vitest";
import { hasRecord } from "../../../../src/attributes/core/ownership.ts";
import { at, equal, record } from "../../../../src/attributes/values/json.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { unsound } from "../../../support/generators/soundness.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";

const NONE = new Map();

/** A container that others have made, with an anonymous volume, and one beside it. */
function engine(): SimulatedEngine {
  const made = new SimulatedEngine(world("1.51"));
  for (const name of ["shop-web-1", "shop-web-1.bak"]) {
    const body = { Image: "busybox:1.36", Volumes: { "/anon": {} }, HostConfig: {} };
    made.world.createContainer(name, body);
    made.world.start(name);
  }
  return made;
}

const WEB = { image: "busybox:1.36", network_mode: "bridge", volumes: ["/anon"] };
const stack = (command: string, adopt: boolean) => {
  const file = stackOf({ containers: { web: { ...WEB, command: [command] } } });
  const resources = file.resources.map((each) =>
    each.kind === "container" && adopt ? { ...each, adopt } : each,
  );
  return { ...file, resources };
};

async function planned(there: SimulatedEngine, wanted: ReturnType<typeof stack>) {
  const seen = await observed(there, wanted, NONE);
  const made = plan(wanted, seen, policyOf());
  expect(unsound(made, seen)).toEqual([]);
  return made;
}

const STEPS = [0, 1, 2, 3, 4, 5, 6, 7];
const LATER = ["the same file", "the line dropped", "the file as it was"] as const;

describe.each(LATER)("%s finishes the replacement of what was adopted", (later) => {
  it.each(STEPS)("that was cut short after %d steps; nothing is left or lost", async (cut) => {
    // With the file as it was, a container without labels may be the one that stays; without the
    // line too, nobody could know it.
    const there = engine();
    const before = there.world.container("shop-web-1");
    const volumes = before.mounts.map(({ Name }) => Name);
    const first = await planned(there, stack("other", true));
    expect(first.steps).toHaveLength(7);
    there.fate = ({ id }) => (id > cut ? "dead" : "fine");
    await carriedOut(there, first, NONE);
    there.revive();

    // Until the successor exists, the line alone says whose it is.
    const adopt = later !== "the line dropped" || cut === 0;
    const wanted = stack(later === "the file as it was" ? "sh" : "other", adopt);
    const { errors } = await carriedOut(there, await planned(there, wanted), NONE);
    expect(errors).toEqual([]);
    expect(await planned(there, wanted)).toMatchObject({ changes: [], steps: [], conflicts: [] });
    expect(there.world.containers.map(({ name }) => name).sort()).toEqual([
      "shop-web-1",
      "shop-web-1.bak",
    ]);
    const now = there.world.container("shop-web-1");
    expect(now.mounts.map(({ Name }) => Name)).toEqual(volumes);
    if (later !== "the file as it was") {
      expect(hasRecord(record(at(now.config, "Labels")))).toBe(true);
    }
  });
});

it("a container is somebody else's where the adopted one has a successor", async () => {
  const there = engine();
  const wanted = stack("other", true);
  await carriedOut(there, await planned(there, wanted), NONE);
  there.world.rename("shop-web-1", "elsewhere");
  there.world.rename("shop-web-1.bak", "shop-web-1");
  const { steps, conflicts } = await planned(there, wanted);
  expect(conflicts).toMatchObject([{ address: "container.web" }]);
  const theirs = there.world.container("shop-web-1").id;
  expect(steps.some((step) => "container" in step && equal(step.container.id, theirs))).toBe(false);
});
