import { attribute } from "../attribute.ts";
import { flag, hostConfig } from "../codecs.ts";
import { asSet, at, record, texts } from "../compare.ts";
import {
  boolean,
  byValue,
  pairs,
  parseFlag,
  parsePairs,
  parseSet,
  parseStrings,
  stringList,
} from "../shapes.ts";
import { devices } from "./devices.ts";

const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");
const capabilities = (names: readonly string[]): readonly string[] => asSet(names.map(capability));

/** `label:disable` and `label=disable` are one, and `no-new-privileges` needs no `:true`. */
function securityOption(option: string): string {
  return option
    .replace(/^([\w-]+):/, "$1=")
    .replace(/^no-new-privileges=true$/, "no-new-privileges");
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

  ...devices,

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
