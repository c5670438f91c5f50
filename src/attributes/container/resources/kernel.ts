import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { flag, hostConfig, plainNumber } from "../../core/codecs.ts";
import {
  boolean,
  byValue,
  integer,
  must,
  object,
  pairs,
  parseEach,
  parseFlag,
  parsePairs,
  string,
  stringList,
  under,
} from "../../core/shapes.ts";
import { asSet, at, equal, list, number, record, text, texts } from "../../values/json.ts";
import { bytes } from "../../values/units.ts";
import { isCdi } from "./devices.ts";

const map = (json: Parameters<typeof record>[0]) => record(json) as Record<string, string>;

/** A request for devices of a kind, as drivers understand it. */
function parseGpu(item: JsonObject): JsonObject {
  const ids = texts(item.device_ids);
  must(
    item.count === undefined || ids.length === 0,
    "`count` and `device_ids` cannot stand together",
    {
      hint: "remove one of them",
      path: ["count"],
      key: true,
    },
  );
  const count =
    item.count === "all"
      ? -1
      : item.count === undefined
        ? ids.length > 0
          ? 0
          : -1
        : number(item.count);
  return {
    driver: text(item.driver),
    count,
    device_ids: ids,
    capabilities: asSet(["gpu", ...texts(item.capabilities)]),
    options: under("options", () => parsePairs(item.options ?? {})),
  };
}

const LARGEST_DEVICE = 2 ** 32 - 1;

/** As the engine and the kernel's list of devices have it (cgroup-v1/devices). */
function parseRule(rule: string): string {
  const [, major, minor] = /^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.exec(rule) ?? [];
  const fits = [major, minor].every((each) => each === "*" || Number(each) <= LARGEST_DEVICE);
  must(fits, `\`${rule}\` is no device rule`, {
    hint: "write TYPE MAJOR:MINOR ACCESS, for example c 1:3 mr",
  });
  return rule;
}

const swappinessOf = (json: JsonObject): number =>
  number(at(json, "HostConfig", "MemorySwappiness"));
const ALL = parseGpu({});

/** No storage driver of an engine on Linux knows another option of a container. */
function parseStorage(authored: Json): Readonly<Record<string, string>> {
  const options = parsePairs(authored, (key) =>
    key === "size" ? undefined : `\`${key}\` is no option of a container's storage`,
  );
  under("size", () => bytes(options.size || 0));
  return options;
}

/** What the kernel does with the container's memory and devices. */
export const kernel = {
  oom_kill_disable: attribute<boolean>({
    description:
      "Never kill it for want of memory; needs `mem_limit`, and control groups of version 1.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: { ...hostConfig("OomKillDisable", flag), optional: "OomKillDisable" },
  }),

  oom_score_adj: attribute<number>({
    description: "How readily it is killed for want of memory, -1000 (never) to 1000 (first).",
    schema: { ...integer, minimum: -1000, maximum: 1000 },
    examples: [500, 100],
    absent: { is: "value", value: 0 },
    parse: Number,
    docker: hostConfig("OomScoreAdj", plainNumber),
  }),

  mem_swappiness: attribute<number>({
    description:
      "How readily its memory is swapped out, 0 to 100; control groups of version 1 only.",
    schema: { ...integer, minimum: 0, maximum: 100 },
    examples: [30, 60],
    // -1, 0 and nothing are answers of engines that were not asked.
    emptyCounts: true,
    absent: { is: "engine", usual: ({ json }) => Math.min(0, swappinessOf(json)) },
    parse: Number,
    docker: { ...hostConfig("MemorySwappiness", plainNumber), optional: true },
  }),

  device_cgroup_rules: attribute<readonly string[]>({
    description: "Rules for devices: `c 1:3 mr`, `a 7:* rmw`.",
    schema: stringList,
    examples: [["c 1:3 mr"], ["c 1:3 mr", "a 7:* rmw"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) => parseEach(authored, (item) => parseRule(text(item))),
    docker: hostConfig("DeviceCgroupRules", { from: texts }),
  }),

  gpus: attribute<readonly JsonObject[]>({
    description: "Graphics processors: `all`, or a list of requests.",
    schema: {
      anyOf: [
        { type: "string", enum: ["all"] },
        {
          type: "array",
          items: object({
            driver: string,
            count: {
              anyOf: [
                { ...integer, minimum: -1 },
                { type: "string", enum: ["all"] },
              ],
            },
            device_ids: stringList,
            capabilities: stringList,
            options: pairs,
          }),
        },
      ],
    },
    examples: ["all", [{ driver: "nvidia", count: 1 }]],
    absent: { is: "value", value: [] },
    merge: { list: { spread: (item) => (item === "all" ? [{ count: "all" }] : [item]) } },
    parse: (authored) =>
      authored === "all" ? [parseGpu({})] : parseEach(authored, (item) => parseGpu(record(item))),
    write: (requests) => (equal(requests, [ALL]) ? "all" : requests),
    docker: hostConfig("DeviceRequests", {
      to: (value) =>
        value.map(({ driver, count, device_ids, capabilities, options }) => ({
          Driver: driver ?? "",
          Count: count ?? 0,
          DeviceIDs: device_ids ?? [],
          Capabilities: [capabilities ?? []],
          Options: options ?? {},
        })),
      from: (json) =>
        list(json)
          .filter((each) => !isCdi(each))
          .map((each) => {
            const { Driver, Count, DeviceIDs, Capabilities, Options } = record(each);
            return {
              driver: text(Driver),
              count: number(Count),
              device_ids: texts(DeviceIDs),
              capabilities: asSet(texts(list(Capabilities)[0])),
              options: map(Options),
            };
          }),
    }),
  }),

  storage_opt: attribute<Readonly<Record<string, string>>>({
    description: "Options of the storage driver, such as `size`.",
    schema: pairs,
    examples: [{ size: "1G" }],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse: parseStorage,
    docker: hostConfig("StorageOpt", { from: map }),
  }),

  annotations: attribute<Readonly<Record<string, string>>>({
    description: "Annotations for the OCI runtime, a list of `key=value` or a map.",
    schema: pairs,
    examples: [{ "example.team": "web" }, ["example.tier=1"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse: (authored) => parsePairs(authored),
    docker: { ...hostConfig("Annotations", { from: map }), since: "1.43" },
  }),
};
