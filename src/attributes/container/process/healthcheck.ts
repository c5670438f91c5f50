import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import {
  boolean,
  durationText,
  integer,
  must,
  object,
  stringOrList,
  under,
} from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { at, list, number, record, text, texts } from "../../values/json.ts";
import { duration, showDuration } from "../../values/units.ts";

/** `test` as the engine takes it, durations in nanoseconds; what is not asked is absent. */
type Health = JsonObject & { readonly test?: readonly string[] };

const DURATIONS = {
  interval: "Interval",
  timeout: "Timeout",
  start_period: "StartPeriod",
  start_interval: "StartInterval",
} as const;

function parseTest(authored: Json | undefined): Health {
  if (authored === undefined) return {};
  if (typeof authored === "string") return { test: ["CMD-SHELL", authored] };
  const test = texts(authored);
  if (!["CMD", "CMD-SHELL", "NONE"].includes(test[0] ?? "")) {
    throw new Invalid("a list must begin with CMD, CMD-SHELL or NONE", {
      hint: 'for example ["CMD", "curl", "-f", "http://localhost"]',
      path: ["test", 0],
    });
  }
  return { test };
}

/** The engine refuses what is shorter than a millisecond, and 0 is silence. */
function checkDuration(authored: Json | undefined): number {
  const nanoseconds = duration(authored);
  must(nanoseconds === 0 || nanoseconds >= 1e6, `\`${text(authored)}\` is too short`, {
    hint: "at least 1ms",
  });
  return nanoseconds;
}

function fromEngine(json: Json | undefined): Health {
  const given = record(json);
  const test = list(given.Test).map(String);
  const result: Record<string, Json> = test.length > 0 ? { test } : {};
  for (const [name, field] of Object.entries(DURATIONS)) {
    if (number(given[field])) result[name] = number(given[field]);
  }
  if (number(given.Retries)) result.retries = number(given.Retries);
  return result;
}

function write({ test = [], retries, ...durations }: Health): JsonObject {
  const [kind, ...words] = test;
  if (kind === "NONE") return { disable: true };
  return {
    ...(kind === "CMD-SHELL" && words.length === 1 ? { test: words[0] } : {}),
    ...(kind === "CMD" || words.length > 1 ? { test } : {}),
    ...Object.fromEntries(
      Object.entries(durations).map(([name, value]) => [name, showDuration(number(value))]),
    ),
    ...(retries === undefined ? {} : { retries }),
  };
}

export const health = {
  healthcheck: attribute<Health>({
    description:
      "How the engine finds out whether the container is healthy: test, interval, timeout, retries, start_period, start_interval; or `disable: true`. What is not named comes from the image.",
    schema: object({
      test: stringOrList,
      interval: durationText,
      timeout: durationText,
      start_period: durationText,
      start_interval: durationText,
      retries: { ...integer, minimum: 0, maximum: 2_147_483_647 },
      disable: boolean,
    }),
    examples: [
      { test: ["CMD", "true"], interval: "1s", timeout: "2s", retries: 2 },
      { test: "true", interval: "1500ms", start_period: "1s" },
      { disable: true },
    ],
    emptyCounts: ["test"],
    absent: { is: "image" },
    merge: { parts: { test: "replace" } },
    parse: (authored) => {
      const given = record(authored);
      if (given.disable === true) return { test: ["NONE"] };
      const result: Record<string, Json> = { ...parseTest(given.test) } as Record<string, Json>;
      for (const name of Object.keys(DURATIONS)) {
        // The engine takes each field that is 0 from the image's check.
        const value = given[name] === undefined ? 0 : under(name, () => checkDuration(given[name]));
        if (value > 0) result[name] = value;
      }
      if (number(given.retries) > 0) result.retries = number(given.retries);
      return result as Health;
    },
    write,
    show: (value) => (typeof value === "number" && value >= 1e6 ? showDuration(value) : value),
    docker: {
      newer: (value): Readonly<Record<string, string>> =>
        value.start_interval === undefined ? {} : { start_interval: "1.44" },
      toEngine: (value) => ({
        Healthcheck: {
          ...(value.test ? { Test: value.test } : {}),
          ...(value.retries ? { Retries: value.retries } : {}),
          ...Object.fromEntries(
            Object.entries(DURATIONS)
              .filter(([name]) => value[name] !== undefined)
              .map(([name, field]) => [field, value[name]]),
          ),
        },
      }),
      fromEngine: (live) => fromEngine(at(live.json, "Config", "Healthcheck")),
      merged: (asked, image) => ({ ...fromEngine(at(image, "Config", "Healthcheck")), ...asked }),
    },
  }),
};
