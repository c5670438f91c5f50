import { afterAll, describe, expect, it } from "vitest";
import { plan } from "../../../src/planning/plan.ts";
import { FILES, fileOf } from "../../support/engine/live-tracks.ts";
import { type Form, forms, told } from "../../support/fixtures/forms.ts";
import { type Understood, understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";

/*
 * Every empty, zero and odd form of every attribute is refused by the language, or is applied and
 * then leaves nothing to do. What real engines make of them: test/engine/attributes/forms.test.ts.
 */

const EXTERNAL = "theirs";
/** What only an engine can refuse: a name that nothing bears there, a program that the image lacks. */
const UNKNOWABLE = ["container.image", "container.entrypoint", "network.driver", "volume.driver"];

type Outcome = "refused" | "conflict" | "failed" | "empty" | "left";
const counts = new Map<string, number>();
const all = Map.groupBy(forms(EXTERNAL), ({ track }) => track);

afterAll(() => {
  const outcomes = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  const total = [...all.values()].flat().length;
  console.log(`${all.size} attributes, ${total} forms, on two versions of the API: ${outcomes}`);
});

describe.each(
  [...all].map(([track, each]) => ({ each, title: `${track.kind}.${track.attribute}` })),
)("$title", ({ each, title }) => {
  it.each(["1.41", "1.51"])("is refused, or leaves nothing to do (API %s)", async (api) => {
    for (const form of each) {
      const [outcome, why] = await tried(form, api);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      expect(why, told(form)).toSatisfy(() => outcome !== "left");
      if (outcome === "failed") expect(UNKNOWABLE, `${told(form)}: ${why}`).toContain(title);
    }
  });
});

async function tried({ track, value }: Form, api: string): Promise<[Outcome, string]> {
  const known = understood(fileOf("shop", [{ ...track, states: [value] }], 0));
  if (typeof known === "string") return ["refused", known];
  const { stack, secrets } = known;
  const engine = new SimulatedEngine(world(api));
  engine.world.createNetwork(EXTERNAL, {});
  engine.world.createVolume(EXTERNAL, {});
  const policy = policyOf({ secrets });
  const first = plan(stack, await observed(engine, stack, secrets), policy);
  const [conflict] = first.conflicts;
  if (conflict) return ["conflict", conflict.message];
  const [error] = (await carriedOut(engine, first, secrets)).errors;
  if (error !== undefined) return ["failed", error];
  const { changes, blocked } = plan(stack, await observed(engine, stack, secrets), policy);
  const left = [...changes, ...blocked.map(({ change }) => change)];
  return left.length > 0
    ? ["left", JSON.stringify(left.map(({ deltas }) => deltas))]
    : ["empty", ""];
}

/** The stack, or why it is refused. */
function understood(file: Parameters<typeof understand>[0]): Understood | string {
  try {
    return understand(file, { files: FILES });
  } catch (error) {
    return (error as Error).message;
  }
}
