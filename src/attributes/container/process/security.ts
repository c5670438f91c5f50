import { attribute } from "../../core/attribute.ts";
import { flag, hostConfig } from "../../core/codecs.ts";
import { boolean, parseEach, parseFlag } from "../../core/shapes.ts";
import { asSet, text, texts } from "../../values/json.ts";
import { devices } from "../resources/devices.ts";
import { sysctls } from "../resources/sysctls.ts";
import { capabilities } from "./capabilities.ts";
import { parseUserOrGroup } from "./program.ts";
import { securityOpt } from "./security-opt.ts";

export const security = {
  read_only: attribute<boolean>({
    description: "Mount the container's root filesystem read-only.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: hostConfig("ReadonlyRootfs", flag),
  }),

  privileged: attribute<boolean>({
    description: "Give the container all of the host's privileges.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: hostConfig("Privileged", flag),
  }),

  ...capabilities,

  ...securityOpt,

  group_add: attribute<readonly string[]>({
    description: "Further groups of the container's user, by name or id.",
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
