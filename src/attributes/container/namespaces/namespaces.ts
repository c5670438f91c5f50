import type { Json } from "../../../model/json.ts";
import { type Attribute, attribute, type Live } from "../../core/attribute.ts";
import { hostConfig, plainText } from "../../core/codecs.ts";
import { must, oneOf, parseText, string } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { at, text } from "../../values/json.ts";
import { own, parseMode, shared, writeMode } from "./sharing.ts";

/** A namespace that is the container's own, or one of the given words. */
function mode(
  about: string,
  field: string,
  words: readonly string[],
  absent: Attribute<string>["absent"],
): Attribute {
  return attribute<string>({
    description: about,
    schema: string,
    examples: words,
    absent,
    parse: (authored: Json) => {
      const value = text(authored);
      if (words.includes(value)) return value;
      throw new Invalid(`\`${value}\` is no such mode`, { hint: `one of ${words.join(", ")}` });
    },
    docker: hostConfig(field, plainText),
  });
}

/** A namespace that may also be another container's. */
function shareable(
  about: string,
  field: string,
  words: readonly string[],
  examples: readonly string[],
  absent: Attribute<string>["absent"],
): Attribute {
  return attribute<string>({
    description: about,
    // Nothing is as silence, as in Compose.
    schema: { type: ["string", "null"] },
    examples,
    absent,
    parse: (authored, scope) => parseMode(text(authored), words, scope),
    write: writeMode,
    docker: shared(field, (live) => live),
  });
}

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
  ipc: shareable(
    "Shared memory and semaphores: `private`, `shareable`, `host`, `none`; those of another container that is `shareable`: `service:KEY`, or `container:NAME` for one outside of the stack.",
    "IpcMode",
    ["shareable", "private", "host", "none"],
    ["shareable", "private", "host", "none", "service:db"],
    decided("private"),
  ),
  pid: shareable(
    "Whose processes it sees: `host`, `service:KEY`, or `container:NAME` for one outside of the stack.",
    "PidMode",
    ["host"],
    ["host", "service:db"],
    own,
  ),
  uts: mode("`host`: has the host's name.", "UTSMode", ["host"], own),
  userns_mode: mode("`host`: no mapping of user ids.", "UsernsMode", ["host"], own),
  cgroup: mode(
    "`host` or `private`: which control groups it sees.",
    "CgroupnsMode",
    ["private", "host"],
    { is: "engine", usual: usualCgroup },
  ),

  cgroup_parent: attribute<string>({
    description: "The control group that its own is put below.",
    schema: string,
    examples: ["/stack-example"],
    absent: own,
    parse: parseText,
    docker: hostConfig("CgroupParent", plainText),
  }),

  runtime: attribute<string>({
    description: "The OCI runtime, as the daemon calls it.",
    schema: string,
    examples: ["runc"],
    absent: decided("runc"),
    parse: parseText,
    docker: hostConfig("Runtime", plainText),
  }),

  isolation: attribute<string>({
    description: "Isolation technology; `default` is the only one of Linux.",
    schema: oneOf("default", "process", "hyperv"),
    examples: ["default"],
    absent: decided("default"),
    parse: (authored) => {
      must(authored === "default", `\`${text(authored)}\` is for Windows alone`, {
        hint: "leave it out",
      });
      return text(authored);
    },
    // Engines answer "" for the default one.
    docker: hostConfig("Isolation", { from: (json) => text(json) || "default" }),
  }),
};
