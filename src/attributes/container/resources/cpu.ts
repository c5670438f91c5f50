import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { plainNumber, updatable } from "../../core/codecs.ts";
import { integer, must } from "../../core/shapes.ts";
import { duration } from "../../values/units.ts";

const microseconds: JsonObject = { type: ["integer", "string"] };

/** Microseconds: a number, or a duration such as `400us`. Throws `Invalid`. */
function parseMicroseconds(authored: Json): number {
  const plain = Number(authored);
  must(!(plain < 0), `\`${String(authored)}\` is no duration`, { hint: "for example 50000, 50ms" });
  return Number.isInteger(plain) ? plain : Math.round(duration(authored) / 1000);
}

/** Bounds of the kernel's scheduler, in microseconds. */
const LEAST = 1000;
const LONGEST_PERIOD = 1_000_000;
const LARGEST_QUOTA = 2 ** 44 - 1;

function parsePeriod(authored: Json): number {
  const period = parseMicroseconds(authored);
  must(
    period === 0 || (period >= LEAST && period <= LONGEST_PERIOD),
    "`cpu_period` must be 1000 to 1000000",
    {
      hint: "microseconds: 1ms to 1s",
    },
  );
  return period;
}

/** CPU scheduling beside `cpus` and `cpu_shares`; the engine takes `cpus` or a period and quota. */
export const cpu = {
  cpu_period: attribute<number>({
    description: "Length of the scheduler's period in microseconds; not together with `cpus`.",
    schema: microseconds,
    examples: [50_000, 100_000],
    absent: { is: "value", value: 0 },
    parse: parsePeriod,
    docker: { ...updatable("CpuPeriod", plainNumber), optional: "CpuCfsPeriod" },
  }),

  cpu_quota: attribute<number>({
    description: "Microseconds of CPU time in each period; not together with `cpus`.",
    schema: integer,
    examples: [25_000, 50_000],
    absent: { is: "value", value: 0 },
    parse: (authored) => {
      const quota = Number(authored);
      must(
        quota <= 0 || (quota >= LEAST && quota <= LARGEST_QUOTA),
        "`cpu_quota` must be at least 1000",
        {
          hint: "microseconds of each period; 0 or -1 is no limit",
        },
      );
      return quota;
    },
    docker: { ...updatable("CpuQuota", plainNumber), optional: "CpuCfsQuota" },
  }),

  cpu_rt_period: attribute<number>({
    description: "Length of the real-time scheduler's period in microseconds.",
    schema: microseconds,
    examples: ["1000ms", 500_000],
    absent: { is: "value", value: 0 },
    parse: parseMicroseconds,
    docker: updatable("CpuRealtimePeriod", plainNumber),
  }),

  cpu_rt_runtime: attribute<number>({
    description: "Microseconds of real-time CPU time in each real-time period.",
    schema: microseconds,
    examples: ["400us", 800],
    absent: { is: "value", value: 0 },
    parse: parseMicroseconds,
    docker: updatable("CpuRealtimeRuntime", plainNumber),
  }),
};
