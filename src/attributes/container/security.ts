import type { JsonObject } from "../../model/json.ts";
import { attribute, Invalid } from "../attribute.ts";
import { flag, hostConfig } from "../codecs.ts";
import { asSet, at, list, record, text, texts } from "../compare.ts";
import {
  boolean,
  byValue,
  object,
  pairs,
  parseFlag,
  parsePairs,
  parseSet,
  parseStrings,
  string,
  stringList,
} from "../shapes.ts";

const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");
const capabilities = (names: readonly string[]): readonly string[] => asSet(names.map(capability));

/** `label:disable` and `label=disable` are one, and `no-new-privileges` needs no `:true`. */
function securityOption(option: string): string {
  return option
    .replace(/^([\w-]+):/, "$1=")
    .replace(/^no-new-privileges=true$/, "no-new-privileges");
}

function parseDevice(line: string): [string, JsonObject] {
  const [source = "", target = source, permissions = "rwm"] = line.split(":");
  if (!source.startsWith("/") || !/^[rwm]+$/.test(permissions)) {
    throw new Invalid(`\`${line}\` is no device mapping`, {
      hint: "write /dev/host[:/dev/container[:rwm]]",
    });
  }
  return [target, { source, permissions }];
}

const capabilityList = {
  schema: stringList,
  absent: { is: "value" as const, value: [] },
  merge: byValue,
  parse: (authored: Parameters<typeof parseStrings>[0]) => capabilities(parseStrings(authored)),
};

export const security = {
  read_only: attribute<boolean>({
    about: "Mount the container's root filesystem read-only.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: hostConfig("ReadonlyRootfs", flag),
  }),

  privileged: attribute<boolean>({
    about: "Give the container all of the host's privileges.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: hostConfig("Privileged", flag),
  }),

  cap_add: attribute<readonly string[]>({
    ...capabilityList,
    about: "Capabilities to add: `NET_ADMIN`, with or without `CAP_`.",
    examples: [["NET_ADMIN"], ["CAP_SYS_TIME", "net_raw"]],
    docker: hostConfig("CapAdd", { from: (json) => capabilities(texts(json)) }),
  }),

  cap_drop: attribute<readonly string[]>({
    ...capabilityList,
    about: "Capabilities to drop, or `ALL`.",
    examples: [["MKNOD"], ["ALL"]],
    docker: hostConfig("CapDrop", { from: (json) => capabilities(texts(json)) }),
  }),

  security_opt: attribute<readonly string[]>({
    about: "Security options: `no-new-privileges`, `seccomp=…`, `apparmor=…`, `label=…`.",
    schema: stringList,
    examples: [["no-new-privileges:true"], ["seccomp=unconfined"]],
    absent: { is: "value", value: [] },
    parse: (authored) => asSet(parseStrings(authored).map(securityOption)),
    docker: {
      send: (value) => ({ HostConfig: { SecurityOpt: value } }),
      // The engine itself adds label=disable to a privileged container.
      read: (live, want) => {
        const wanted = new Set(want ?? []);
        const own = texts(at(live.json, "HostConfig", "SecurityOpt")).map(securityOption);
        return asSet(own.filter((option) => option !== "label=disable" || wanted.has(option)));
      },
    },
  }),

  group_add: attribute<readonly string[]>({
    about: "Further groups of the container's user, by name or id.",
    schema: { type: "array", items: { type: ["string", "integer"] } },
    examples: [["100"], ["100", "101"]],
    absent: { is: "value", value: [] },
    parse: parseSet,
    docker: hostConfig("GroupAdd", { from: (json) => asSet(texts(json)) }),
  }),

  devices: attribute<Readonly<Record<string, JsonObject>>>({
    about: "Devices of the host: `/dev/host[:/dev/container[:rwm]]`, or maps.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          string,
          object({ source: string, target: string, permissions: string }, ["source"]),
        ],
      },
    },
    examples: [["/dev/null:/dev/nothing"], ["/dev/null:/dev/nothing:r", "/dev/zero"]],
    absent: { is: "value", value: {} },
    merge: (item) =>
      typeof item === "string"
        ? (item.split(":")[1] ?? item)
        : text(record(item).target ?? record(item).source),
    parse: (authored) =>
      Object.fromEntries(
        list(authored).map((item) => {
          if (typeof item === "string") return parseDevice(item);
          const { source, target, permissions } = record(item);
          return parseDevice(
            [text(source), text(target ?? source), text(permissions ?? "rwm")].join(":"),
          );
        }),
      ),
    write: (devices) =>
      Object.entries(devices).map(([target, { source, permissions }]) => {
        const parts = [text(source), text(target), text(permissions)];
        if (permissions === "rwm") parts.pop();
        return (parts.length === 2 && source === target ? [target] : parts).join(":");
      }),
    docker: hostConfig("Devices", {
      to: (value) =>
        Object.entries(value).map(([target, { source, permissions }]) => ({
          PathOnHost: text(source),
          PathInContainer: target,
          CgroupPermissions: text(permissions),
        })),
      from: (json) =>
        Object.fromEntries(
          list(json).map((each) => {
            const device = record(each);
            return [
              text(device.PathInContainer),
              {
                source: text(device.PathOnHost),
                permissions: text(device.CgroupPermissions) || "rwm",
              },
            ];
          }),
        ),
    }),
  }),

  sysctls: attribute<Readonly<Record<string, string>>>({
    about: "Kernel parameters of the container's namespaces.",
    schema: pairs,
    examples: [{ "net.ipv4.ip_unprivileged_port_start": 0 }, ["net.core.somaxconn=1024"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse: parsePairs,
    docker: hostConfig("Sysctls", { from: (json) => record(json) as Record<string, string> }),
  }),
};
