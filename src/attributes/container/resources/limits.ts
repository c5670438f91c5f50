import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig, plainNumber, plainText, updatable } from "../../core/codecs.ts";
import { byteValue, integer, must, string } from "../../core/shapes.ts";
import { number, record, text } from "../../values/json.ts";
import { bytes, bytesOrUnlimited, showBytes } from "../../values/units.ts";
import { limits } from "./ulimits.ts";

const MOST_CPUS = 1 << 20;
/** More than any kernel has (the engine's own bound). */
const HIGHEST_CPU = 8191;
const MOST_RESTARTS = 2 ** 31 - 1;
const swapOf = (spec: JsonObject): number => number(spec.mem_limit) * 2;

/** Below that no engine lets a container run. */
const LEAST_MEMORY = 6 * 1024 * 1024;

function memory(authored: Json): number {
  const size = bytes(authored);
  must(size === 0 || size >= LEAST_MEMORY, `${showBytes(size)} is less than an engine gives`, {
    hint: "at least 6m",
  });
  return size;
}

/** Swap follows memory in the same call: alone, a memory above the present swap is refused (409). */
function memoryUpdate(want: JsonObject): JsonObject {
  return {
    Memory: number(want.mem_limit),
    MemorySwap: number(want.memswap_limit) || swapOf(want),
  };
}

/** The CPUs of a list as kernels write it, `0-2,4`; `undefined`: it is no such list. */
export function cpusOf(list: string): readonly number[] | undefined {
  const ranges = list.split(",").map((range) => {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(range) ?? [];
    return { first: Number(first), last: Number(last) };
  });
  const fits = ranges.every(({ first, last }) => first <= last && last <= HIGHEST_CPU);
  return fits ? ranges.flatMap(({ first, last }) => [first, last]) : undefined;
}

function parseCpuset(authored: Json): string {
  const list = text(authored);
  must(list === "" || cpusOf(list) !== undefined, `\`${list}\` is no list of CPUs`, {
    hint: 'for example "0-1" or "0,2"',
  });
  return list;
}

/** No count, or 0, is without a limit. */
function parseRestart(authored: Json): string {
  const [name = "", count = "0"] = text(authored).split(":");
  must(Number(count) <= MOST_RESTARTS, `${count} is more than an engine counts`);
  return Number(count) > 0 ? `${name}:${Number(count)}` : name;
}

export const resources = {
  mem_limit: attribute<number>({
    description: "Memory limit in bytes, at least 6m; 0 is none.",
    schema: byteValue,
    examples: ["64m", "96m", 134217728],
    absent: { is: "value", value: 0 },
    parse: memory,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: {
      ...hostConfig("Memory", plainNumber),
      optional: "MemoryLimit",
      update: (after, _before, want) => (after > 0 ? { update: memoryUpdate(want) } : undefined),
    },
  }),

  memswap_limit: attribute<number>({
    description: "Memory and swap together in bytes; -1 is unlimited swap.",
    schema: byteValue,
    examples: ["128m", "192m"],
    absent: { is: "derived", about: "twice `mem_limit`", from: swapOf },
    parse: bytesOrUnlimited,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: {
      optional: "SwapLimit",
      toEngine: (value, { spec }) =>
        number(spec.mem_limit) > 0 || value === -1 ? { HostConfig: { MemorySwap: value } } : {},
      fromEngine: (live, want) => {
        const swap = number(record(live.json.HostConfig).MemorySwap);
        // A kernel without swap accounting makes any limit -1.
        const memory = number(record(live.json.HostConfig).Memory);
        return swap === -1 && live.spec.memswap_limit === undefined ? (want ?? memory * 2) : swap;
      },
      update: (after, _before, want) => (after !== 0 ? { update: memoryUpdate(want) } : undefined),
    },
  }),

  mem_reservation: attribute<number>({
    description:
      "Memory that the container is meant to keep under pressure, in bytes; below `mem_limit`.",
    schema: byteValue,
    examples: ["32m", "48m"],
    absent: { is: "value", value: 0 },
    parse: memory,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: { ...updatable("MemoryReservation", plainNumber), optional: true },
  }),

  cpus: attribute<number>({
    description: "How many CPUs the container may use, in parts: 0.5.",
    schema: { type: ["number", "string"] },
    examples: [0.5, "1.25"],
    absent: { is: "value", value: 0 },
    parse: (authored) => {
      const value = /^[\d.e-]+$/.test(text(authored)) ? Number(authored) : Number.NaN;
      // Engines count in thousand-millionths: 0.1 + 0.2 are 300,000,000 of them.
      const cpus = Math.round(value * 1e9) / 1e9;
      // The kernel's least share of a period of 100 ms is one millisecond.
      must(
        cpus === 0 || (cpus >= 0.01 && cpus <= MOST_CPUS),
        `\`${text(authored)}\` is no number of CPUs`,
        {
          hint: "at least 0.01, for example 0.5",
        },
      );
      return cpus;
    },
    docker: updatable("NanoCpus", {
      to: (value) => Math.round(value * 1e9),
      from: (json) => number(json) / 1e9,
    }),
  }),

  cpu_shares: attribute<number>({
    description: "Relative weight when CPUs are short; 1024 is the engine's usual.",
    schema: { ...integer, minimum: 0, maximum: 262_144 },
    examples: [512, 2048],
    absent: { is: "value", value: 0 },
    parse: (authored) => {
      must(authored !== 1, "`cpu_shares` must be at least 2", { hint: "0 is the engine's usual" });
      return Number(authored);
    },
    docker: { ...updatable("CpuShares", plainNumber), optional: "CPUShares" },
  }),

  cpuset: attribute<string>({
    description: "The CPUs to run on: `0-1` or `0,1`.",
    schema: { type: ["string", "integer"] },
    examples: ["0", "0-1"],
    absent: { is: "value", value: "" },
    parse: parseCpuset,
    docker: { ...updatable("CpusetCpus", plainText), optional: "CPUSet" },
  }),

  pids_limit: attribute<number>({
    description: "Most processes at once; -1 is unlimited.",
    // The kernel numbers no more processes (PID_MAX_LIMIT).
    schema: { ...integer, minimum: -1, maximum: 4_194_304 },
    examples: [100, 200, -1],
    absent: { is: "value", value: -1 },
    parse: (authored) => Number(authored) || -1,
    docker: {
      optional: "PidsLimit",
      // Three spellings of unlimited: null and 0 are read, 0 is what an update stores.
      ...updatable(
        "PidsLimit",
        {
          to: (value) => Math.max(value, 0),
          from: (json) => (number(json) > 0 ? number(json) : -1),
        },
        () => true,
      ),
    },
  }),

  shm_size: attribute<number>({
    description: "Size of /dev/shm in bytes.",
    schema: byteValue,
    examples: ["32m", "128m"],
    absent: { is: "engine", usual: () => 64 * 1024 * 1024 },
    parse: bytes,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: hostConfig("ShmSize", plainNumber),
  }),

  ...limits,
};

export const restart = {
  restart: attribute<string>({
    description:
      "When the engine starts it again: `no`, `always`, `unless-stopped`, `on-failure[:n]`.",
    schema: { ...string, pattern: "^(no|always|unless-stopped|on-failure(:[0-9]+)?)$" },
    examples: ["unless-stopped", "on-failure:3", "no"],
    absent: { is: "value", value: "no" },
    parse: parseRestart,
    docker: updatable(
      "RestartPolicy",
      {
        to: (value): Json => {
          const [name = "no", count] = value.split(":");
          return { Name: name, MaximumRetryCount: Number(count ?? 0) };
        },
        from: (json) => {
          const { Name, MaximumRetryCount } = record(json);
          const count = number(MaximumRetryCount);
          return (text(Name) || "no") + (count > 0 ? `:${count}` : "");
        },
      },
      () => true,
    ),
  }),
};
