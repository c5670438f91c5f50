import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, Invalid } from "../attribute.ts";
import { hostConfig, plainNumber, plainText, updatable } from "../codecs.ts";
import { isMap, list, number, record, text } from "../compare.ts";
import { byteValue, integer, parseText, string } from "../shapes.ts";
import { bytes, bytesOrUnlimited, showBytes } from "../units.ts";

const atLeast = (minimum: number): JsonObject => ({ ...integer, minimum });
const swapOf = (spec: JsonObject): number => number(spec.mem_limit) * 2;

/** Swap follows memory in the same call: alone, a memory above the present swap is refused (409). */
function memoryUpdate(want: JsonObject): JsonObject {
  return {
    Memory: number(want.mem_limit),
    MemorySwap: number(want.memswap_limit) || swapOf(want),
  };
}

export const resources = {
  mem_limit: attribute<number>({
    about: "Memory limit in bytes, at least 6m; 0 is none.",
    schema: byteValue,
    examples: ["64m", "96m", 134217728],
    absent: { is: "value", value: 0 },
    parse: bytes,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: {
      ...hostConfig("Memory", plainNumber),
      live: (after, _before, want) => (after > 0 ? { update: memoryUpdate(want) } : undefined),
    },
  }),

  memswap_limit: attribute<number>({
    about: "Memory and swap together in bytes; -1 is unlimited swap.",
    schema: byteValue,
    examples: ["128m", "192m"],
    absent: { is: "derived", about: "twice `mem_limit`", from: swapOf },
    parse: bytesOrUnlimited,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: {
      send: (value, { spec }) =>
        number(spec.mem_limit) > 0 ? { HostConfig: { MemorySwap: value } } : {},
      read: (live, want) => {
        const swap = number(record(live.json.HostConfig).MemorySwap);
        // A kernel without swap accounting makes any limit -1.
        const memory = number(record(live.json.HostConfig).Memory);
        return swap === -1 && live.spec.memswap_limit === undefined ? (want ?? memory * 2) : swap;
      },
      live: (after, _before, want) => (after !== 0 ? { update: memoryUpdate(want) } : undefined),
    },
  }),

  mem_reservation: attribute<number>({
    about:
      "Memory that the container is meant to keep under pressure, in bytes; below `mem_limit`.",
    schema: byteValue,
    examples: ["32m", "48m"],
    absent: { is: "value", value: 0 },
    parse: bytes,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: updatable("MemoryReservation", plainNumber),
  }),

  cpus: attribute<number>({
    about: "How many CPUs the container may use, in parts: 0.5.",
    schema: { type: ["number", "string"] },
    examples: [0.5, "1.25"],
    absent: { is: "value", value: 0 },
    parse: (authored) => {
      const value = Number(authored);
      if (!(value >= 0))
        throw new Invalid(`\`${text(authored)}\` is no number of CPUs`, {
          hint: "for example 0.5",
        });
      // Engines count in thousand-millionths: 0.1 + 0.2 are 300,000,000 of them.
      return Math.round(value * 1e9) / 1e9;
    },
    docker: updatable("NanoCpus", {
      to: (value) => Math.round(value * 1e9),
      from: (json) => number(json) / 1e9,
    }),
  }),

  cpu_shares: attribute<number>({
    about: "Relative weight when CPUs are short; 1024 is the engine's usual.",
    schema: atLeast(0),
    examples: [512, 2048],
    absent: { is: "value", value: 0 },
    parse: Number,
    docker: updatable("CpuShares", plainNumber),
  }),

  cpuset: attribute<string>({
    about: "The CPUs to run on: `0-1` or `0,1`.",
    schema: { type: ["string", "integer"] },
    examples: ["0", "0-1"],
    absent: { is: "value", value: "" },
    parse: parseText,
    docker: updatable("CpusetCpus", plainText),
  }),

  pids_limit: attribute<number>({
    about: "Most processes at once; -1 is unlimited.",
    schema: atLeast(-1),
    examples: [100, 200, -1],
    absent: { is: "value", value: -1 },
    parse: (authored) => Number(authored) || -1,
    // Three spellings of unlimited: null and 0 are read, 0 is what an update stores.
    docker: updatable(
      "PidsLimit",
      {
        to: (value) => Math.max(value, 0),
        from: (json) => (number(json) > 0 ? number(json) : -1),
      },
      () => true,
    ),
  }),

  shm_size: attribute<number>({
    about: "Size of /dev/shm in bytes.",
    schema: byteValue,
    examples: ["32m", "128m"],
    absent: { is: "engine", usual: () => 64 * 1024 * 1024 },
    parse: bytes,
    write: showBytes,
    show: (value) => showBytes(number(value)),
    docker: hostConfig("ShmSize", plainNumber),
  }),

  ulimits: attribute<Readonly<Record<string, { soft: number; hard: number }>>>({
    about: "Limits by name, one number or `soft` and `hard`; those not named are the daemon's.",
    schema: {
      type: "object",
      additionalProperties: {
        anyOf: [
          integer,
          {
            type: "object",
            additionalProperties: false,
            required: ["soft", "hard"],
            properties: { soft: integer, hard: integer },
          },
        ],
      },
    },
    examples: [{ nofile: 1024 }, { nofile: { soft: 512, hard: 1024 }, nproc: 256 }],
    absent: { is: "engine" },
    parse: (authored) =>
      Object.fromEntries(
        Object.entries(record(authored)).map(([name, value]) => [
          name,
          isMap(value)
            ? { soft: number(value.soft), hard: number(value.hard) }
            : { soft: number(value), hard: number(value) },
        ]),
      ),
    write: (limits) =>
      Object.fromEntries(
        Object.entries(limits).map(([name, { soft, hard }]) => [
          name,
          soft === hard ? hard : { soft, hard },
        ]),
      ),
    docker: hostConfig("Ulimits", {
      to: (value): Json =>
        Object.entries(value).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
      from: (json) =>
        Object.fromEntries(
          list(json).map((item) => {
            const { Name, Soft, Hard } = record(item);
            return [text(Name), { soft: number(Soft), hard: number(Hard) }];
          }),
        ),
    }),
  }),
};

export const restart = {
  restart: attribute<string>({
    about: "When the engine starts it again: `no`, `always`, `unless-stopped`, `on-failure[:n]`.",
    schema: { ...string, pattern: "^(no|always|unless-stopped|on-failure(:[0-9]+)?)$" },
    examples: ["unless-stopped", "on-failure:3", "no"],
    absent: { is: "value", value: "no" },
    // No count, or 0, is without a limit.
    parse: (authored) => {
      const [name = "", count] = text(authored).split(":");
      return Number(count ?? 0) > 0 ? `${name}:${Number(count)}` : name;
    },
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
