import { attribute } from "../attribute.ts";
import { flag, hostConfig } from "../codecs.ts";
import { asSet, at, text, texts } from "../compare.ts";
import { boolean, parseEach, parseFlag, parseStrings, stringList } from "../shapes.ts";
import { capabilities } from "./capabilities.ts";
import { devices } from "./devices.ts";
import { parseUserOrGroup } from "./program.ts";
import { sysctls } from "./sysctls.ts";

/** `label:disable` and `label=disable` are one, and `no-new-privileges` needs no `:true`. */
function securityOption(option: string): string {
  return option
    .replace(/^([\w-]+):/, "$1=")
    .replace(/^no-new-privileges=true$/, "no-new-privileges");
}

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

  ...capabilities,

  security_opt: attribute<readonly string[]>({
    about: "Security options: `no-new-privileges`, `seccomp=…`, `apparmor=…`, `label=…`.",
    schema: stringList,
    examples: [["no-new-privileges:true"], ["seccomp=unconfined", "label=disable"]],
    absent: { is: "value", value: [] },
    parse: (authored) => asSet(parseStrings(authored).map(securityOption)),
    docker: {
      send: (value) => ({ HostConfig: { SecurityOpt: value } }),
      // The engine itself adds label=disable to a privileged container: it counts where it is asked,
      // or was when the container was made.
      read: (live, want) => {
        const wanted = new Set([...(want ?? []), ...texts(live.recorded)]);
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
    parse: (authored) =>
      asSet(parseEach(authored, (item) => parseUserOrGroup(text(item), "group"))),
    docker: hostConfig("GroupAdd", { from: (json) => asSet(texts(json)) }),
  }),

  ...devices,

  ...sysctls,
};
