import type { Json } from "../../model/json.ts";
import { type Attribute, attribute, Invalid, type Live } from "../attribute.ts";
import { hostConfig, plainText } from "../codecs.ts";
import { at, text } from "../compare.ts";
import { oneOf, parseText, string } from "../shapes.ts";

/** A namespace that is the container's own, or one of the given words. */
function mode(
  about: string,
  field: string,
  words: readonly string[],
  absent: Attribute<string>["absent"],
): Attribute {
  return attribute<string>({
    about,
    schema: string,
    examples: words,
    absent,
    parse: (authored: Json) => {
      const value = text(authored);
      if (words.includes(value)) return value;
      const shared = /^(service|container):/.test(value);
      throw new Invalid(`\`${value}\` is ${shared ? "not supported yet" : "no such mode"}`, {
        hint: `one of ${words.join(", ")}`,
      });
    },
    docker: hostConfig(field, plainText),
  });
}

const own = { is: "value", value: "" } as const;
const decided = (usual: string) => ({ is: "engine", usual: () => usual }) as const;

/**
 * By version of the control groups: of the second alone the engine says nothing of OomKillDisable,
 * which it does not have.
 */
function usualCgroup({ json }: Live): string {
  return typeof at(json, "HostConfig", "OomKillDisable") === "boolean" ? "host" : "private";
}

/** What the container shares with the host or keeps to itself, and what it is run by. */
export const namespaces = {
  ipc: mode(
    "Shared memory and semaphores: `private`, `shareable`, `host` or `none`.",
    "IpcMode",
    ["shareable", "private", "host", "none"],
    decided("private"),
  ),
  pid: mode("`host`: sees the host's processes.", "PidMode", ["host"], own),
  uts: mode("`host`: has the host's name.", "UTSMode", ["host"], own),
  userns_mode: mode("`host`: no mapping of user ids.", "UsernsMode", ["host"], own),
  cgroup: mode(
    "`host` or `private`: which control groups it sees.",
    "CgroupnsMode",
    ["private", "host"],
    { is: "engine", usual: usualCgroup },
  ),

  cgroup_parent: attribute<string>({
    about: "The control group that its own is put below.",
    schema: string,
    examples: ["/stack-example"],
    absent: own,
    parse: parseText,
    docker: hostConfig("CgroupParent", plainText),
  }),

  runtime: attribute<string>({
    about: "The OCI runtime, as the daemon calls it.",
    schema: string,
    examples: ["runc"],
    absent: decided("runc"),
    parse: parseText,
    docker: hostConfig("Runtime", plainText),
  }),

  isolation: attribute<string>({
    about: "Isolation technology; `default`, and on Windows `process` or `hyperv`.",
    schema: oneOf("default", "process", "hyperv"),
    examples: ["default"],
    absent: decided("default"),
    parse: parseText,
    // Engines answer "" for the default one.
    docker: hostConfig("Isolation", { from: (json) => text(json) || "default" }),
  }),
};
