import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import { canonical, isEmpty, isMap, record } from "../../../src/attributes/values/json.ts";
import type { Delta } from "../../../src/model/change.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { plan } from "../../../src/planning/plan.ts";
import { planDocument } from "../../../src/render/json/plan.ts";
import { deltaLines } from "../../../src/render/text/attribute-diff.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { FILES, fileOf, type Track, tracks } from "../../support/engine/live-tracks.ts";
import { understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";

/*
 * Added, removed and set to empty are three things, in a plan's text and in its document: for every
 * attribute whose value is a map or a list, each of its states is changed into each other.
 */

/** Authored texts of a canonical map of texts; of any other value, no such state is known. */
const EMPTIED: Readonly<Record<string, (key: string) => Json>> = {
  "container.tmpfs": (key) => [key],
  "container.logging": (key) => ({ options: { [key.replace("options.", "")]: "" } }),
  // Drivers refuse an empty text for what they know.
  "network.driver_opts": () => ({ "example.option": "" }),
  "network.ipam": (key) => ({ options: { [key.replace("options.", "")]: "" } }),
};

const silent: Json | undefined = undefined;
const specOf = (track: Track, value: Json | undefined): Json | undefined => {
  const { stack } = understand(fileOf("shop", [{ ...track, states: [value] }], 0), {
    files: FILES,
  });
  return stack.resources.find(({ address }) => address === `${track.kind}.${track.key}`)?.spec[
    track.attribute
  ];
};

function isTaken(track: Track, state: Json): boolean {
  try {
    specOf(track, state);
    return true;
  } catch {
    return false;
  }
}

/** Absent, each example, each without one of its parts, and each example's first text set to empty. */
function statesOf(track: Track): readonly (Json | undefined)[] {
  const examples = track.states.filter((state): state is Json => state !== undefined);
  const emptied = examples.flatMap((example): Json[] => {
    const [key] = Object.entries(record(specOf(track, example))).find(
      ([name, value]) => typeof value === "string" && name !== "driver",
    ) ?? [undefined];
    if (key === undefined) return [];
    const made = EMPTIED[`${track.kind}.${track.attribute}`];
    return [
      made ? made(key) : isMap(example) && key in example ? { ...example, [key]: "" } : [`${key}=`],
    ];
  });
  const dropped = examples.flatMap(shortened).filter((state) => isTaken(track, state));
  const all = [silent, ...examples, ...dropped, ...emptied];
  const byText = new Map(all.map((state) => [canonical(specOf(track, state)), state]));
  return [...byText.values()];
}

/** Each with one of its items or keys dropped. */
function shortened(example: Json): readonly Json[] {
  if (Array.isArray(example)) return example.map((_, index) => example.toSpliced(index, 1));
  if (!isMap(example)) return [];
  // The driver that is named may be the one that is taken anyway.
  return Object.keys(example).flatMap((key) => {
    if (key === "driver") return [];
    const { [key]: _, ...rest } = example;
    const left = { ...example, [key]: undefined };
    const inner = shortened(example[key] ?? null).map((value): Json => ({ ...left, [key]: value }));
    return [rest, ...inner];
  });
}

const keyed = tracks("theirs").filter(({ kind, attribute, states }) => {
  const { docker } = (catalogue[kind] as Record<string, { docker?: unknown }>)[attribute] ?? {};
  // The simulated kernel has no weights.
  const known = docker !== undefined && !["gpus", "blkio_config"].includes(attribute);
  return known && states.some((state) => typeof state === "object");
});

/** The lines of the object in the plan from one state to another. */
async function change(track: Track, before: Json | undefined, after: Json | undefined) {
  const engine = new SimulatedEngine(world("1.51"));
  const step = async (value: Json | undefined) => {
    const file = fileOf("shop", [{ ...track, states: [value] }], 0);
    const { stack, secrets } = understand(file, { files: FILES });
    const policy = policyOf({ secrets, allowDataLoss: [track.key] });
    const made = plan(stack, await observed(engine, stack, secrets), policy);
    expect((await carriedOut(engine, made, secrets)).errors).toEqual([]);
    return made;
  };
  await step(before);
  const made = await step(after);
  const found = made.changes.find(({ address }) => address === `${track.kind}.${track.key}`);
  const document = planDocument(made).changes as readonly JsonObject[];
  const deltas = document.find(({ address }) => address === found?.address)?.deltas ?? [];
  return {
    text: found ? deltaLines(found, paint(false)).join("\n") : "",
    deltas: deltas as unknown as readonly Delta[],
  };
}

describe.each(keyed.map((track) => ({ track, title: `${track.kind}.${track.attribute}` })))(
  "$title",
  ({ track }) => {
    const states = statesOf(track);
    it(`tells its ${states.length} states apart`, async () => {
      expect(states.length).toBeGreaterThan(1);
      for (const before of states) {
        const told = new Map<string, Json | undefined>();
        for (const after of states.filter((each) => each !== before)) {
          const { text, deltas } = await change(track, before, after);
          expect(text).not.toMatch(/= null|-> null|null ->/);
          expect(told.get(text), text).toBeUndefined();
          told.set(text, after ?? "absent");
          // Each of them is another, but for the driver that an engine takes anyway.
          const isUsual = [before, after].every(
            (each) => each === silent || Object.keys(record(each)).join() === "driver",
          );
          if (!isUsual) expect(deltas.length, JSON.stringify({ before, after })).toBeGreaterThan(0);
          for (const delta of deltas) isTrue(delta, track, before, after);
        }
      }
    });
  },
);

/** A side of a line is there where the value is: of a map under its key, of a list where it has items. */
function isTrue(delta: Delta, track: Track, before: Json | undefined, after: Json | undefined) {
  const [name, key] = [track.attribute, delta.attribute.slice(track.attribute.length + 1)];
  if (delta.attribute !== name && !delta.attribute.startsWith(`${name}.`)) return;
  const there = (state: Json | undefined) => {
    const value = specOf(track, state);
    return key === "" ? !isEmpty(value) : record(value)[key] !== undefined;
  };
  const told = { before: delta.before !== undefined, after: delta.after !== undefined };
  const inherited = { before: told.before || there(before), after: told.after || there(after) };
  expect({ ...delta, ...told }).toMatchObject(inherited);
}
