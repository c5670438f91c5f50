import { createHash } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { ApplyEvent } from "../../../src/model/events.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { eventJson, versionLine } from "../../../src/render/json/events.ts";
import { eventsSchema } from "../../../src/render/json/events-schema.ts";
import { planDocument } from "../../../src/render/json/plan.ts";
import { planSchema } from "../../../src/render/json/plan-schema.ts";
import {
  readSaved,
  type Saved,
  savedSchema,
  writeSaved,
} from "../../../src/render/json/saved-plan.ts";
import { check } from "../../../src/render/json/validate.ts";
import { everything, plan, SECRET } from "./fixtures.ts";

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
const [isPlan, isEvent, isSaved] = [planSchema, eventsSchema, savedSchema].map((schema) =>
  ajv.compile(schema),
);

describe("the plan document", () => {
  const document = planDocument(everything);
  test("fits its schema", () => {
    isPlan?.(JSON.parse(JSON.stringify(document)));
    expect(isPlan?.errors ?? []).toEqual([]);
  });
  test("holds nothing sensitive, marked or named like it", () => {
    const text = JSON.stringify(document);
    expect(text).not.toMatch(/[\uE000\uE001]|hunter2/);
    expect(text).toContain("POSTGRES_PASSWORD=(sensitive value)");
    expect(text).toContain("LANG=C");
  });
  test("counts", () => {
    expect(document.summary).toEqual({
      pull: 1,
      build: 0,
      load: 0,
      create: 2,
      update: 1,
      replace: 1,
      start: 1,
      remove: 1,
      restart: 0,
      pause: 0,
      stop: 0,
      wait: 0,
    });
  });
});

test("each event fits its schema, and names its step in short", () => {
  const [, , created] = everything.steps;
  if (!created) throw new Error("no step");
  const common = { at: 1, step: created };
  const events: ApplyEvent[] = [
    { type: "started", at: 1, plan: everything },
    { type: "step_started", ...common },
    { type: "step_progress", ...common, progress: { text: "x", current: 1, total: 2 } },
    { type: "step_completed", ...common, ms: 1.5 },
    { type: "step_failed", ...common, ms: 1, code: "exited", message: "no", hint: "h" },
    { type: "step_skipped", ...common, reason: "w" },
    { type: "warning", ...common, message: "m" },
    { type: "finished", at: 2, ms: 1, outcome: "failed", completed: 1, failed: 1, skipped: 1 },
  ];
  const lines = [versionLine("0.1.0"), ...events.map(eventJson)];
  for (const line of lines) {
    expect(line).toMatch(/^[^\n]+\n$/);
    isEvent?.(JSON.parse(line));
    expect(isEvent?.errors ?? [], line).toEqual([]);
    expect(line).not.toMatch(/[\uE000\uE001]|hunter2/);
  }
  expect(JSON.parse(lines[2] ?? "").step).toEqual({
    id: 3,
    address: "container.db",
    operation: "container.create",
    text: "create shop-db-1",
  });
});

const digest = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

describe("a saved plan", () => {
  const saved: Saved = {
    inputs: {
      folder: "/s",
      files: ["/s/stack.yaml"],
      variableFiles: [],
      variables: { tag: "1.4", hosts: ["a", "b"] },
      sensitive: ["db_password"],
      host: "unix:///x",
    },
    stack: {
      name: "shop",
      resources: [
        {
          address: "container.web",
          kind: "container",
          key: "web",
          name: "shop-web-1",
          spec: { image: "busybox" },
          needs: [{ on: "container.db", condition: "healthy", required: true }],
        },
      ],
    },
    plan: everything,
  };
  const text = writeSaved(saved, digest);

  test("is read back as it was, tokens included", () => {
    expect(readSaved(text, digest)).toEqual(JSON.parse(JSON.stringify(saved)));
    expect(text).toContain(SECRET);
  });

  test.each<[string, (value: Record<string, unknown>) => unknown]>([
    ["another format", (value) => ({ ...value, format: "stackwright.saved/99" })],
    ["an unknown member", (value) => ({ ...value, extra: 1 })],
    ["no plan", ({ plan: _, ...value }) => value],
    ["an unknown step", (value) => edit(value, { operation: "format disk" })],
    ["a step with a foreign member", (value) => edit(value, { shell: "rm" })],
    ["a step that waits for none", (value) => edit(value, { dependsOn: [99] })],
    ["a step that waits for itself", (value) => edit(value, { dependsOn: [1] })],
    ["two steps of one id", (value) => edit(value, { id: 2 })],
    ["a wrong type", (value) => edit(value, { reason: 1 })],
  ])("is refused with %s", (_, spoil) => {
    const spoilt = JSON.stringify(sealed(spoil(JSON.parse(text)) as Record<string, unknown>));
    const read = readSaved(spoilt, digest);
    expect(read).toHaveProperty("faults.0");
    expect(read).not.toHaveProperty("faults.0", expect.stringContaining("edited"));
  });

  test("is refused once it was edited, wherever, and still read when it was laid out anew", () => {
    const edits = [
      text.replace("shop-web-1", "shop-web-2"),
      text.replace('"1.4"', '"1.5"'),
      text.replace('"reason":"', '"reason":"x'),
      text.replace("unix:///x", "unix:///y"),
      text.replace(/"sha256:./, '"sha256:0').replace(/"sha256:0/, '"sha256:1'),
    ];
    for (const edited of edits) {
      expect(edited).not.toBe(text);
      expect(readSaved(edited, digest)).toEqual({ faults: [expect.stringContaining("edited")] });
    }
    expect(readSaved(JSON.stringify(JSON.parse(text), null, 2), digest)).toHaveProperty("plan");
    expect(readSaved(text.slice(0, -9), digest)).toEqual({ faults: ["it is not JSON"] });
  });

  test("that is no JSON is refused", () => {
    expect(readSaved("PK\u0003", digest)).toEqual({ faults: ["it is not JSON"] });
  });

  function sealed({ format, digest: _, ...content }: Record<string, unknown>) {
    return { format, digest: digest(JSON.stringify(content)), ...content };
  }

  function edit(value: Record<string, unknown>, more: object) {
    const written = structuredClone(value) as { plan: { steps: object[] } };
    Object.assign(written.plan.steps[0] ?? {}, more);
    return written;
  }
});

test("our own validation agrees with Ajv, whatever member is missing, added or of another type", () => {
  const whole = JSON.parse(
    JSON.stringify({
      format: "stackwright.saved/2",
      digest: digest(""),
      inputs: { folder: "/", files: [], variableFiles: [], variables: {}, sensitive: [] },
      stack: { name: "s", resources: [] },
      plan: planDocument(
        plan({
          ...everything,
          changes: everything.changes.slice(2, 4),
          steps: everything.steps.slice(0, 6),
        }),
      ),
    }),
  ) as JsonObject;
  let compared = 0;
  for (const value of variants(whole)) {
    const verdict = check(savedSchema, value).length === 0;
    expect(verdict, JSON.stringify(value).slice(0, 2000)).toBe(isSaved?.(value));
    compared++;
  }
  expect(compared).toBeGreaterThan(300);
});

/** The value with each of its members in turn removed, of another type, or joined by a stranger. */
function* variants(value: Json): Generator<Json> {
  yield value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const other of variants(item)) yield value.with(index, other);
    }
    yield [...value, null];
  } else if (typeof value === "object" && value !== null) {
    const map = value as JsonObject;
    for (const [key, item] of Object.entries(map)) {
      const { [key]: _, ...rest } = map;
      yield rest;
      yield { ...map, [key]: typeof item === "number" ? -1.5 : 7 };
      for (const other of variants(item ?? null)) yield { ...map, [key]: other };
    }
    yield { ...map, stranger: true };
  }
}
