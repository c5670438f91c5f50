import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { FILES, fileOf } from "../support/engine/live-tracks.ts";
import { type Form, forms } from "../support/fixtures/forms.ts";
import { understand } from "../support/fixtures/stackfile.ts";
import { holds, PATIENCE } from "../support/generators/runs.ts";
import { inhabited, nothingLeft, soundPlan, type Trial } from "../support/generators/trial.ts";
import { carriedOut, policyOf, spell } from "../support/simulator/reconcile.ts";

/* Stack files whose values are empty, zero and oddly spelled, several of them in each object. */

/** What has a name of its own, needs others, or names what no simulated engine has. */
const ELSEWHERE =
  /^(external|adopt|name|container_name|image|entrypoint|driver|replicas|depends_on|platform|pull_policy|annotations|ipam|networks|enable_ipv[46]|update_config|post_start|pre_stop)$/;
const KINDS = ["container", "network", "volume"] as const;

const taken = forms("theirs").filter(({ track, value }) => {
  if (ELSEWHERE.test(track.attribute)) return false;
  return trialOf(fileOf("shop", [{ ...track, states: [value] }], 0)) !== undefined;
});

/** `undefined`: it is refused. */
function trialOf(file: JsonObject): Trial | undefined {
  try {
    const { stack, secrets } = understand(file, { files: FILES });
    return { stack, policy: policyOf({ secrets, allowDataLoss: ["data", "odd"] }) };
  } catch {
    return undefined;
  }
}

/** One object of each kind, whose attributes are in the forms that were drawn. */
function fileWith(drawn: readonly Form[]): JsonObject {
  const base = fileOf("shop", [], 0) as Record<string, JsonObject>;
  const sections = KINDS.map((kind) => {
    const mine = drawn.filter(({ track }) => track.kind === kind);
    const contexts = mine.map(({ track }) => track.context);
    const asked = Object.fromEntries(mine.map(({ track, value }) => [track.attribute, value]));
    const bare = kind === "container" ? { image: "busybox:1.36" } : {};
    return [`${kind}s`, { ...base[`${kind}s`], odd: Object.assign({}, bare, ...contexts, asked) }];
  });
  return { ...base, ...Object.fromEntries(sections) };
}

const drawn = fc.array(fc.constantFrom(...taken), { maxLength: 12 });

test(
  "stacks of empty, zero and odd values leave nothing to do, at first and after each edit",
  () =>
    holds(
      fc.asyncProperty(
        fc.constantFrom("1.41", "1.51"),
        fc.array(drawn, { minLength: 1, maxLength: 3 }),
        async (api, edits) => {
          const trials = edits.flatMap((each) => trialOf(fileWith(each)) ?? []);
          fc.pre(trials.length > 0);
          const engine = inhabited(api);
          for (const trial of trials) {
            const { secrets } = trial.policy;
            const todo = await soundPlan(engine, trial);
            expect((await carriedOut(engine, todo, secrets)).errors).toEqual([]);
            await nothingLeft(engine, trial, todo.steps.map(spell).join("\n"));
          }
        },
      ),
      100,
    ),
  PATIENCE,
);
