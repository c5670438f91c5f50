import { describe, expect, test } from "vitest";
import type { BuildSources } from "../../../../src/model/build.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import type { Stack } from "../../../../src/model/stack.ts";
import { detectDrift } from "../../../../src/planning/drift.ts";
import { plan } from "../../../../src/planning/plan.ts";
import { print } from "../../../golden/format-plan.ts";
import { unsound } from "../../../support/generators/soundness.ts";
import { SimulatedEngine } from "../../../support/simulator/engine.ts";
import { world } from "../../../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../../../support/simulator/reconcile.ts";
import { loaded } from "../../language/support.ts";

const DOCKERFILE = "ARG BASE=busybox:1.36\nFROM $BASE\n";
const STACK = `name: shop
containers:
  web: { build: { context: web, args: { V: "1" } }, command: [serve] }
  db: { image: "busybox:1.37" }
`;

interface Scene {
  readonly text?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly sources?: BuildSources;
}

const SOURCES: BuildSources = { dockerfile: "d1", context: "c1", files: { a: "aaaaaa" } };

function stack({ text = STACK, files = {}, sources = SOURCES }: Scene = {}): Stack {
  const all = { "stack.yaml": text, "web/Dockerfile": DOCKERFILE, ...files };
  const { stack: found, diagnostics } = loaded(all, { files: ["stack.yaml"] });
  if (!found) throw new Error(JSON.stringify(diagnostics));
  const resources = found.resources.map((one) =>
    one.build ? { ...one, build: { ...one.build, sources } } : one,
  );
  return { ...found, resources };
}

async function planned(engine: SimulatedEngine, scene?: Scene): Promise<Plan> {
  const asked = stack(scene);
  const seen = await observed(engine, asked, new Map());
  const made = plan(asked, seen, policyOf());
  expect(unsound(made, seen)).toEqual([]);
  return made;
}

async function built(scene?: Scene): Promise<SimulatedEngine> {
  const engine = new SimulatedEngine(world("1.51"));
  const { errors } = await carriedOut(engine, await planned(engine, scene), new Map());
  expect(errors).toEqual([]);
  return engine;
}

test("a plan tells that the classic builder builds, where BuildKit was expected", async () => {
  const asked = stack();
  const seen = await observed(new SimulatedEngine(world("1.51")), asked, new Map());
  const why = "docker buildx was not found";
  const { notes } = plan(asked, { ...seen, builder: "classic", withoutBuildKit: why }, policyOf());
  expect(notes).toEqual([
    { address: "image.shop-web", message: `the classic builder builds it, since ${why}` },
  ]);
  expect(plan(asked, { ...seen, builder: "classic" }, policyOf()).notes).toBeUndefined();
});

test("an image is built before a container is made of it, and then nothing is left to do", async () => {
  const made = await planned(new SimulatedEngine(world("1.51")));
  expect(print(made)).toContain(
    "build image.shop-web (shop-web): it is not on the engine [file], 0 unchanged\n",
  );
  expect(print(made)).toContain(
    "1. image.shop-web: image.build shop-web (buildkit) on busybox:1.36;",
  );
  expect(print(made)).toMatch(/container\.web: container\.create shop-web-1 after .*\b1\b/);
  const { changes, steps } = await planned(await built());
  expect([changes, steps]).toEqual([[], []]);
});

describe("it is built again, and its container replaced,", () => {
  test.each<[string, Scene, string]>([
    [
      "for a file",
      { sources: { ...SOURCES, context: "c2", files: { b: "b" } } },
      "context changed (b)",
    ],
    ["for the Dockerfile", { sources: { ...SOURCES, dockerfile: "d2" } }, "Dockerfile changed"],
    ["for an argument", { text: STACK.replace('"1"', '"2"') }, "argument V changed"],
  ])("%s", async (_, scene, reason) => {
    const made = await planned(await built(), scene);
    expect(made.changes).toMatchObject([
      { address: "image.shop-web", action: "build", reason },
      {
        ...{ address: "container.web", action: "replace" },
        deltas: [{ attribute: "image", before: "shop-web", unknown: "known after build" }],
      },
    ]);
    const [first, ...others] = made.steps;
    expect(first).toMatchObject({ operation: "image.build", image: "shop-web" });
    const stop = others.find((step) => step.operation === "container.stop");
    expect(others.find((step) => step.operation === "container.create")?.dependsOn).toContain(
      first?.id,
    );
    expect(stop).toBeDefined();
  });

  test("for another base image, but not for one that is gone", async () => {
    const engine = await built();
    const { images } = engine.world;
    const other = images.get("busybox:1.37");
    if (other) images.set("busybox:1.36", other);
    const [change] = (await planned(engine)).changes;
    expect(change).toMatchObject({ reason: "base image busybox:1.36 changed" });
    images.delete("busybox:1.36");
    expect((await planned(engine)).changes).toEqual([]);
  });
});

test("a base that is not there is pulled before the build", async () => {
  const engine = new SimulatedEngine(world("1.51"));
  const { steps } = await planned(engine, { text: STACK.replace('V: "1"', "BASE: acme/far:1") });
  expect(steps.slice(0, 2)).toMatchObject([
    { operation: "image.pull", image: "acme/far:1" },
    { operation: "image.build", image: "shop-web", bases: ["acme/far:1"], dependsOn: [1] },
  ]);
});

test("newer content of a base is asked for where that is wanted", () => {
  const renewing = stack({ text: STACK.replace('args: { V: "1" }', "pull: true") });
  const base = renewing.resources.find(({ name }) => name === "busybox:1.36");
  expect(base?.spec.pull).toBe("always");
});

test("a build that starts from another one of the stack comes after it, and follows it", async () => {
  const scene: Scene = {
    text: `name: shop
images:
  base: { build: { context: base } }
containers:
  web: { build: web }
`,
    files: { "web/Dockerfile": "FROM shop-base", "base/Dockerfile": "FROM busybox:1.36" },
  };
  const { steps } = await planned(new SimulatedEngine(world("1.51")), scene);
  expect(steps.slice(0, 2)).toMatchObject([
    { operation: "image.build", image: "shop-base" },
    { operation: "image.build", image: "shop-web", dependsOn: [1] },
  ]);
  const engine = await built(scene);
  expect((await planned(engine, scene)).changes).toEqual([]);
  const changed = { ...scene, text: (scene.text ?? "").replace("base }", "base, target: x }") };
  const { changes } = await planned(engine, changed);
  expect(changes.map(({ address, reason }) => `${address}: ${reason}`)).toEqual([
    "image.base: target changed",
    "image.shop-web: base image shop-base gets newer content",
    "container.web: image can only be set when it is created",
  ]);
});

test("who is targeted gets what its image starts from", async () => {
  const asked = stack({ text: STACK.replace('V: "1"', "BASE: acme/far:1") });
  const seen = await observed(new SimulatedEngine(world("1.51")), asked, new Map());
  const { steps } = plan(asked, seen, policyOf({ targets: ["container.web"] }));
  expect(steps.slice(0, 2)).toMatchObject([
    { operation: "image.pull", image: "acme/far:1" },
    { operation: "image.build", image: "shop-web" },
  ]);
  expect(steps.filter(({ address }) => address === "container.db")).toEqual([]);
});

test("what the classic builder cannot do is in the way", async () => {
  const engine = new SimulatedEngine(world("1.51"));
  engine.builder = "classic";
  const files = { "web/Dockerfile": "FROM busybox:1.36\nRUN --mount=type=cache,target=/c make" };
  const { conflicts } = await planned(engine, { files });
  expect(conflicts).toMatchObject([
    {
      message:
        "its build needs BuildKit for RUN --mount (web/Dockerfile:2), and only the classic builder is there",
    },
  ]);
  engine.builder = "buildkit";
  expect((await planned(engine, { files })).conflicts).toEqual([]);
});

test.each([
  ["shm_size: 8m", "1.41", "", ["shm_size"]],
  ["shm_size: 8m", "1.42", "", []],
  ["additional_contexts: { lib: lib }", "1.41", "", ["additional_contexts"]],
  ["additional_contexts: { lib: lib }", "1.41", "# syntax=docker/dockerfile:1\n", []],
  ["additional_contexts: { lib: lib }", "1.51", "", []],
])("BuildKit with %s on API %s, %j before", async (part, api, before, expected) => {
  const text = STACK.replace('args: { V: "1" }', part);
  const files = { "web/Dockerfile": `${before}${DOCKERFILE}` };
  const { conflicts } = await planned(new SimulatedEngine(world(api)), { text, files });
  expect(conflicts).toEqual(
    expected.map((name) => ({
      ...{ address: "image.shop-web", hint: expect.stringContaining("update the engine") },
      message: expect.stringContaining(`\`build.${name}\` with BuildKit needs API 1.42`),
    })),
  );
});

describe("a container whose build fails in it", () => {
  const OTHER: Scene = { sources: { ...SOURCES, context: "c2", files: { b: "bbbbbb" } } };
  const failing = async (engine: SimulatedEngine, scene: Scene): Promise<Plan> => {
    const todo = await planned(engine, scene);
    const start = todo.steps.find((step) => step.operation === "container.start");
    engine.fate = ({ id }) => (id === start?.id ? "refused" : "fine");
    const { outcome } = await carriedOut(engine, todo, new Map());
    engine.revive();
    expect(outcome).toBe("rolled_back");
    return todo;
  };

  test("leaves the name with the image that runs: the file as it was plans nothing", async () => {
    const engine = await built();
    const running = engine.world.container("shop-web-1").image;
    const todo = await failing(engine, OTHER);
    expect(todo.rollback.find((step) => step.operation === "image.tag")).toMatchObject({
      image: running,
      to: "shop-web",
    });
    expect(engine.world.images.get("shop-web")?.Id).toBe(running);
    expect(engine.world.container("shop-web-1").image).toBe(running);
    expect(await planned(engine)).toMatchObject({ changes: [], steps: [] });
  });

  test("is tried again with the image that is there, without a build", async () => {
    const engine = await built();
    await failing(engine, OTHER);
    const asked = stack(OTHER);
    const seen = await observed(engine, asked, new Map());
    expect(detectDrift(asked, seen, policyOf()).drifted).toEqual([]);
    const again = await planned(engine, OTHER);
    expect(again.changes).toMatchObject([
      {
        address: "image.shop-web",
        action: "update",
        reason: expect.stringMatching(/^shop-web-1\.failed has the image that is asked for/),
      },
      {
        address: "container.web",
        action: "replace",
        deltas: [{ attribute: "image", origin: "file" }],
      },
    ]);
    expect(again.steps.some((step) => step.operation === "image.build")).toBe(false);
    await carriedOut(engine, again, new Map());
    expect(await planned(engine, OTHER)).toMatchObject({ changes: [], steps: [] });
  });
});

test("a name that leads elsewhere is given back to the image that runs, and nothing replaced", async () => {
  const engine = await built();
  const { id, image } = engine.world.container("shop-web-1");
  engine.world.tag("busybox:1.37", "shop-web");
  const todo = await planned(engine);
  expect(todo.changes).toMatchObject([{ address: "image.shop-web", action: "update" }]);
  expect(todo.steps).toMatchObject([{ operation: "image.tag", image, to: "shop-web" }]);
  await carriedOut(engine, todo, new Map());
  expect(await planned(engine)).toMatchObject({ changes: [], steps: [] });
  expect(engine.world.container("shop-web-1").id).toBe(id);
});
