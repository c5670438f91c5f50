import { attribute } from "../attribute.ts";
import { hostConfig } from "../codecs.ts";
import { record } from "../compare.ts";
import { pairs, parsePairs } from "../shapes.ts";

const MEMORY = [
  "msgmax",
  "msgmnb",
  "msgmni",
  "sem",
  "shmall",
  "shmmax",
  "shmmni",
  "shm_rmid_forced",
];

/**
 * The namespace that has a kernel parameter of its own (runc, "validate sysctls"), by the attribute that says
 * whose that is; `undefined`: it is the whole host's, and a runtime sets it for nobody.
 */
export function namespaceOf(parameter: string): "network_mode" | "ipc" | "uts" | undefined {
  const name = /^[^./]*\//.test(parameter) ? parameter.replace(/[./]/g, swapped) : parameter;
  if (name.startsWith("net.")) return "network_mode";
  if (name.startsWith("fs.mqueue.")) return "ipc";
  const [first, second = ""] = name.split(/\.(.*)/s);
  if (first !== "kernel") return undefined;
  if (second === "domainname") return "uts";
  return MEMORY.includes(second) ? "ipc" : undefined;
}

/** With slashes between its parts, dots belong to the parts (sysctl.d(5)). */
const swapped = (separator: string): string => (separator === "/" ? "." : "/");

export const sysctls = {
  sysctls: attribute<Readonly<Record<string, string>>>({
    about:
      "Kernel parameters of the container's namespaces: `net.*`, `fs.mqueue.*` and some of `kernel.*`.",
    schema: pairs,
    examples: [{ "net.ipv4.ip_unprivileged_port_start": 0 }, ["net.core.somaxconn=1024"]],
    absent: { is: "value", value: {} },
    merge: "pairs",
    parse: (authored) =>
      parsePairs(authored, (key) => {
        if (key === "kernel.hostname") return "`kernel.hostname` is what `hostname` says";
        if (namespaceOf(key) !== undefined) return undefined;
        return `\`${key}\` is no kernel parameter that a container has of its own`;
      }),
    docker: hostConfig("Sysctls", { from: (json) => record(json) as Record<string, string> }),
  }),
};
