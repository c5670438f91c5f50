import type { UpdateConfig } from "../../model/stack.ts";
import { attribute } from "../core/attribute.ts";
import { durationText, integer, object, oneOf } from "../core/shapes.ts";
import { Invalid } from "../values/invalid.ts";
import { record } from "../values/json.ts";
import { duration, showDuration } from "../values/units.ts";

/** Milliseconds, the unit of our own waits; what is shorter than one is one, since 0 means none. */
function milliseconds(authored: unknown, name: string): number {
  try {
    return Math.ceil(duration(authored) / 1e6);
  } catch (error) {
    throw error instanceof Invalid ? error.under(name) : error;
  }
}

export const rollout = {
  update_config: attribute<UpdateConfig & Readonly<Record<string, string | number>>>({
    description:
      "How a container is replaced: `order` start-first or stop-first (default: start-first where nothing prevents it), `parallelism` replicas at a time (default 1, 0 is all), `delay` between them, `monitor` how long a new one must stay up, or healthy, before it counts as ready (default: 5s where it has no health check; 0s does not wait), `failure_action` rollback (default), pause or continue.",
    schema: object({
      order: oneOf("start-first", "stop-first"),
      parallelism: { ...integer, minimum: 0 },
      delay: durationText,
      monitor: durationText,
      failure_action: oneOf("rollback", "pause", "continue"),
    }),
    examples: [
      { order: "start-first", monitor: "10s" },
      { parallelism: 2, delay: "5s", failure_action: "pause" },
    ],
    absent: { is: "value", value: {} },
    parse: (authored) => {
      const { delay, monitor, ...others } = record(authored);
      return {
        ...others,
        ...(delay === undefined ? {} : { delay: milliseconds(delay, "delay") }),
        ...(monitor === undefined ? {} : { monitor: milliseconds(monitor, "monitor") }),
      };
    },
    write: ({ delay, monitor, ...others }) => ({
      ...others,
      ...(delay === undefined ? {} : { delay: showDuration(Number(delay) * 1e6) }),
      ...(monitor === undefined ? {} : { monitor: showDuration(Number(monitor) * 1e6) }),
    }),
  }),
};
