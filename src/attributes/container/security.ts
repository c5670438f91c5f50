import { attribute } from "../attribute.ts";
import { flag, hostConfig } from "../codecs.ts";
import { asSet, text, texts } from "../compare.ts";
import { boolean, parseEach, parseFlag } from "../shapes.ts";
import { capabilities } from "./capabilities.ts";
import { devices } from "./devices.ts";
import { parseUserOrGroup } from "./program.ts";
import { securityOpt } from "./security-opt.ts";
import { sysctls } from "./sysctls.ts";

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

  ...securityOpt,

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
