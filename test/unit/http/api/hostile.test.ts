import { expect, test, vi } from "vitest";
import type { Call } from "../../../../src/engine/docker/api/exchange.ts";
import { shaped } from "../../../../src/engine/docker/api/response-shapes.ts";
import { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import { observe } from "../../../../src/engine/docker/observe/observe.ts";
import { executePlan } from "../../../../src/executor/execute.ts";
import type { Json } from "../../../../src/model/json.ts";
import { detectDrift } from "../../../../src/planning/drift.ts";
import { plan, planDestroy } from "../../../../src/planning/plan.ts";
import { planJson } from "../../../../src/render/json/plan.ts";
import { planText } from "../../../../src/render/text/plan.ts";
import { paint } from "../../../../src/render/words/colors.ts";
import { ANONYMOUS } from "../../../support/fixtures/anonymous.ts";
import { stackOf } from "../../../support/fixtures/stackfile.ts";
import { readingClient } from "../../../support/simulator/client.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { policyOf } from "../../../support/simulator/reconcile.ts";

/*
 * An engine that answers what no engine answers, at each place of each answer that a plan reads: the
 * plan is made, or there is an error in words; never a bug's.
 */

vi.setConfig({ testTimeout: 300_000 });

const ALL: readonly Json[] = [null, 7, "x", "", true, [], {}, [null], [7], [[]], { x: null }];
/** All of them take a minute: STACK_TEST_FULL. */
const NONSENSE = process.env.STACK_TEST_FULL ? ALL : [null, "x"];

const stack = stackOf({
  networks: { front: {} },
  volumes: { data: {} },
  containers: {
    db: { image: "acme/app:1", volumes: ["data:/data"], networks: ["front"] },
    web: {
      image: "acme/app:1",
      ports: ["127.0.0.1:8080:80"],
      networks: { front: { aliases: ["www"] } },
      environment: { MODE: "a" },
      depends_on: ["db"],
      healthcheck: { test: ["CMD", "true"] },
    },
  },
});
const policy = policyOf({ allowDataLoss: [] });
const { signal } = new AbortController();

type Path = readonly (string | number)[];

/** Every place in an answer, the whole of it first. */
function places(value: Json | undefined, from: Path = []): Path[] {
  if (value === null || typeof value !== "object" || from.length > 6) return [from];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [from, ...entries.flatMap(([key, each]) => places(each as Json, [...from, key]))];
}

function put(value: Json, [first, ...rest]: Path, what: Json): Json {
  if (first === undefined) return what;
  const whole = structuredClone(value) as Record<string | number, Json>;
  whole[first] = put(whole[first] ?? null, rest, what);
  return whole as Json;
}

test("nonsense in any place of any answer is an error in words, or is borne", async () => {
  const there = world("1.41");
  const engine = new SimulatedEngine(there);
  const whole = readingClient(there);
  const call = { method: "GET", operation: "GET x", endpoint: "x" } as Call;
  const look = async (change?: { at: string; path: Path; what: Json }) => {
    const get = async (path: string, options: never) => {
      const answer = (await whole.get(path as never, options)) as Json | undefined;
      if (answer === undefined) return answer;
      return shaped(
        change?.at === path ? put(answer, change.path, change.what) : answer,
        path,
        call,
      );
    };
    const client = { ...whole, get } as never;
    const asked = { stack, secrets: new Map(), known: new Map() };
    return observe(client, ANONYMOUS, asked, signal);
  };
  const first = plan(stack, await look(), policy);
  const summary = await executePlan(first, engine, {
    ...{ secrets: new Map(), concurrency: 1, waitTimeout: 1000, signal, now: () => 0 },
    describe: (error) => ({ code: "refused", message: String(error) }),
    emit() {},
  });
  expect(summary.outcome).toBe("completed");
  const read = ["/containers/json", "/networks", "/volumes"];
  const web = there.containers.find(({ name }) => name.includes("web"));
  read.push(`/containers/${web?.id}/json`);
  read.push("/images/acme/app:1/json");
  const count = { places: 0, told: 0, borne: 0 };
  for (const at of read) {
    const answer = (await whole.get(at as never)) as Json;
    for (const path of places(answer)) {
      count.places++;
      for (const what of NONSENSE) {
        const where = `${at} ${path.join(".")} = ${JSON.stringify(what)}`;
        try {
          const seen = await look({ at, path, what });
          for (const made of [
            plan(stack, seen, policy),
            planDestroy(stack, seen, { ...policy, volumes: true, plugins: false }),
          ])
            expect(planText(made, paint(false)) + planJson(made)).not.toBe("");
          detectDrift(stack, seen, policy);
          count.borne++;
        } catch (error) {
          if (!(error instanceof EngineError)) throw new Error(where, { cause: error });
          count.told++;
        }
      }
    }
  }
  console.log("hostile answers", count);
});
