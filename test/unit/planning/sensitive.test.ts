import { expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { detectDrift } from "../../../src/planning/drift.ts";
import { plan } from "../../../src/planning/plan.ts";
import { planJson } from "../../../src/render/json/plan.ts";
import { writeSaved } from "../../../src/render/json/saved-plan.ts";
import { driftJson, driftText } from "../../../src/render/text/drift.ts";
import { planText } from "../../../src/render/text/plan.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { digest, IDLE, understand } from "../../support/fixtures/stackfile.ts";
import { SimulatedEngine } from "../../support/simulator/engine.ts";
import { world } from "../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../support/simulator/reconcile.ts";

/*
 * What somebody else has put on the engine is not told where the stack calls the place sensitive, and
 * neither is a value that the stack knows as sensitive, wherever it stands.
 */

const KNOWN = "canary-known";
const LIVE = "canary-live";
const FORMER = "canary-former";
const inputs = (pw: string) => ({ variables: [`pw=${pw}`] });

const file = (web: JsonObject): JsonObject => ({
  name: "shop",
  variables: { pw: { type: "string", sensitive: true } },
  containers: { web: { ...IDLE, network_mode: "none", ...web } },
});
const WEB = { environment: { DB: "db://${pw}@db", MODE: "plain" } };

/** All that is said of a stack whose container somebody has made anew, with the same labels. */
async function said(
  config: JsonObject,
  { web = WEB as JsonObject, pw = KNOWN, labels = true } = {},
) {
  const engine = new SimulatedEngine(world("1.51"));
  const made = understand(file(WEB), inputs(FORMER));
  const first = await observed(engine, made.stack, made.secrets);
  const policy = policyOf({ secrets: made.secrets });
  const { errors } = await carriedOut(engine, plan(made.stack, first, policy), made.secrets);
  expect(errors).toEqual([]);
  const { stack, secrets } = understand(file(web), inputs(pw));
  const seen = await observed(engine, stack, secrets);
  const containers = seen.containers.map((found) => {
    const Config = { ...(found.json.Config as JsonObject), ...config };
    const owner = { stack: "shop", address: "container.web", adopted: true } as const;
    if (labels) return { ...found, json: { ...found.json, Config } };
    return { ...found, owner, json: { ...found.json, Config: { ...Config, Labels: {} } } };
  });
  const there = { ...seen, containers };
  const todo = plan(stack, there, policyOf({ secrets }));
  const found = detectDrift(stack, there, policyOf({ secrets }));
  const none = paint(false);
  const where = { folder: "/", files: [], variableFiles: [], variables: {}, sensitive: ["pw"] };
  const saved = writeSaved({ inputs: where, stack, plan: todo }, digest);
  const texts = [planText(todo, none), planJson(todo), driftText(found, none), driftJson(found)];
  return [...texts, saved].join("\n");
}

const CMD = { Cmd: ["app", `--password=${LIVE}`] };

it.each<[string, () => Promise<string>]>([
  ["another value in the place", () => said({ Env: [`DB=${LIVE}`, "MODE=plain"] })],
  ["the former value in its place", () => said({})],
  [
    "another value in the place, which the file has no more",
    () => said({ Env: [`DB=db://${LIVE}@db`] }, { web: { environment: { MODE: "plain" } } }),
  ],
  [
    "another value in the place of an adopted container",
    () => said({ Env: [`DB=db://${LIVE}@db`] }, { labels: false }),
  ],
  ["the known value in another place", () => said({ Cmd: ["app", `--password=${KNOWN}`] })],
  ["the former value in another place", () => said({ Cmd: ["app", `--password=${FORMER}`] })],
  [
    "another value of the place in another place as well",
    () => said({ ...CMD, Env: [`DB=db://${LIVE}@db`, "MODE=plain"] }),
  ],
  [
    "an environment variable of somebody's own",
    () => said({ Env: [`DB=db://${KNOWN}@db`, "MODE=plain", `OTHER=x${KNOWN}`] }),
  ],
])("%s is not told", async (_, telling) => {
  const text = await telling();
  expect(text).toContain("(sensitive value)");
  expect(text.match(/canary-\w+/g)).toBeNull();
});

it("what is not sensitive is told", async () => {
  const text = await said({ Env: [`DB=db://${KNOWN}@db`, "MODE=other"] });
  expect(text).toContain('environment.MODE = "other" -> "plain"');
});

it("of no value that may be sensitive there is a digest in a plan", async () => {
  const one = await said({ Env: [`DB=${LIVE}`, "MODE=plain"] });
  const other = await said({ Env: ["DB=another", "MODE=plain"] });
  expect(one).toBe(other);
  expect(one).not.toMatch(/environment=[0-9a-f]{6}/);
});
