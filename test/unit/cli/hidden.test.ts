import { describe, expect, test } from "vitest";
import { Redactor } from "../../../src/attributes/secrets/redactor.ts";
import { MASK, token } from "../../../src/attributes/secrets/sensitive.ts";
import { apiError, EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import type { EngineSession, StepContext } from "../../../src/engine/engine.ts";
import { guarded } from "../../../src/engine/redacted-engine.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import type { Step } from "../../../src/model/plan.ts";

/* What comes from an engine passes one place, where sensitive values are hidden in it. */

const VALUE = 'swordfish "\\ 42';
const quoted = JSON.stringify(VALUE);
const step = { operation: "container.start" } as unknown as Step;
const stack = { name: "shop", resources: [] };
const { signal } = new AbortController();

function engine(more: Partial<EngineSession>, ...values: string[]): EngineSession {
  const redactor = new Redactor();
  redactor.learn(values);
  return guarded(more as EngineSession, redactor);
}

const failing = () => Promise.reject(apiError("POST /x", 500, `no ${quoted} here`));
const told = async (call: () => unknown): Promise<Partial<EngineError>> => {
  try {
    await call();
  } catch (error) {
    if (error instanceof EngineError) return error;
  }
  throw new Error("no engine's error");
};

describe("an error of", () => {
  test.each<[keyof EngineSession, (engine: EngineSession) => unknown]>([
    ["perform", (one) => one.perform(step, {} as StepContext)],
    ["observe", (one) => one.observe(stack, new Map(), signal)],
    ["observeAgain", (one) => one.observeAgain(stack, new Map(), signal)],
    ["info", (one) => one.info(signal)],
    ["lock", (one) => one.lock({} as never)],
    ["login", (one) => one.login("host", signal)],
    ["images", (one) => one.images()],
  ])("%s", async (name, call) => {
    const { message, engineMessage } = await told(() => call(engine({ [name]: failing }, VALUE)));
    expect([message, engineMessage]).toEqual([`no "${MASK}" here`, `no "${MASK}" here`]);
  });

  test("what is done with images", async () => {
    const images = async () => ({ search: failing }) as never;
    const guardedImages = await engine({ images }, VALUE).images();
    const { message } = await told(() => guardedImages.search("x", 1, signal));
    expect(message).toBe(`no "${MASK}" here`);
  });
});

test("an error is redacted before it is cut, whatever its length", async () => {
  const long = "x1y2".repeat(600);
  const perform = () =>
    Promise.reject(apiError("POST /x", 500, `${"y".repeat(450)} ${long} after`));
  const { message } = await told(() => engine({ perform }, long).perform(step, {} as StepContext));
  expect(message).toBe(`${"y".repeat(450)} ${MASK} after`);
});

test("warnings and progress", async () => {
  const said: string[] = [];
  const perform: EngineSession["perform"] = async (_, context) => {
    context.warn(`odd: ${quoted}`);
    context.advance({ text: `RUN ${quoted}`, current: 1 });
  };
  const context = {
    warn: (text: string) => said.push(text),
    advance: ({ text, current }: { text: string; current?: number }) =>
      said.push(`${text} ${current}`),
  } as unknown as StepContext;
  await engine({ perform }, VALUE).perform(step, context);
  expect(said).toEqual([`odd: "${MASK}"`, `RUN "${MASK}" 1`]);
});

test("the value that a container still runs with is hidden once it was seen", async () => {
  const spec = { environment: { PIN: token("pin") } };
  const Config = {
    Labels: { "stackwright.spec": JSON.stringify(spec) },
    Env: ["PIN=the former one"],
  };
  const containers = [{ id: "1", name: "web", json: { Config } }];
  const observe = async () => ({ containers, files: {} }) as unknown as ObservedState;
  const perform = () => Promise.reject(apiError("POST /x", 500, "it was the former one"));
  const one = engine({ observe, perform });
  await one.observe(stack, new Map(), signal);
  expect((await told(() => one.perform(step, {} as StepContext))).message).toBe(`it was ${MASK}`);
});
