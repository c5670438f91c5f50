import { cpusOf } from "../../attributes/container/resources/limits.ts";
import { isOfInterface } from "../../attributes/container/resources/sysctls.ts";
import { type HostPath, hostPaths } from "../../attributes/container/storage/host-paths.ts";
import { sameDriver } from "../../attributes/objects/plugin.ts";
import { number, record, text } from "../../attributes/values/json.ts";
import { apiAtLeast } from "../../attributes/values/units.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Resource } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";

/** What the engine's machine or configuration lacks, and its create or start call would refuse. */
export function missingSupport({ observed }: PlanContext, { address, spec }: Resource): Conflict[] {
  const { means } = observed;
  if (!means) return [];
  const { cpus, runtimes, logDrivers } = means;
  const conflict = (message: string, hint: string): Conflict[] => [{ address, message, hint }];
  const has = `the engine has ${cpus} ${cpus === 1 ? "CPU" : "CPUs"}`;
  const highest = Math.max(...(cpusOf(text(spec.cpuset)) ?? [0]));
  const runtime = text(spec.runtime);
  // A shim's full name need not be configured.
  const named =
    runtime === "" || runtimes.includes(runtime) || runtime.startsWith("io.containerd.");
  const driver = text(record(spec.logging).driver);
  // A plugin with its tag may be one that the plan installs.
  const planned = /[:/]/.test(driver);
  const known = ["", "none", ...logDrivers].includes(driver) || planned;
  return [
    ...(cpus > 0 && number(spec.cpus) > cpus
      ? conflict(`\`cpus\` is ${number(spec.cpus)}, and ${has}`, "give it less")
      : []),
    ...(cpus > 0 && highest >= cpus
      ? conflict(`\`cpuset\` is ${text(spec.cpuset)}, and ${has}`, "they are counted from 0")
      : []),
    ...(runtimes.length > 0 && !named
      ? conflict(`the engine has no runtime \`${runtime}\``, `it has ${runtimes.join(", ")}`)
      : []),
    ...(logDrivers.length > 0 && !known
      ? conflict(
          `the engine has no log driver \`${driver}\``,
          `it has ${[...new Set(logDrivers)].join(", ")}`,
        )
      : []),
  ];
}

/** What the engine lacks for a network that is to be made. */
export function lackingForNetwork({ observed, stack }: PlanContext, { address, spec }: Resource) {
  const { means } = observed;
  const { api, server } = observed.engine;
  const driver = text(spec.driver);
  const conflict = (message: string, hint: string): Conflict[] => [{ address, message, hint }];
  if (means && driver === "overlay" && !means.manages)
    return conflict(
      "a network of the driver `overlay` is made by the manager of a swarm, which the engine is not",
      "docker swarm init makes it one; for containers of one engine there is the driver bridge",
    );
  const ownPlugin = stack.resources.some(
    ({ kind, name }) => kind === "plugin" && sameDriver(name, driver),
  );
  const { networkDrivers = [] } = means ?? {};
  if (networkDrivers.length > 0 && !["", ...networkDrivers].includes(driver) && !ownPlugin)
    return conflict(
      `the engine has no network driver \`${driver}\``,
      `it has ${[...new Set(networkDrivers)].join(", ")}; one that is no managed plugin shows once a network uses it (docker network create -d ${driver} NAME)`,
    );
  const link = Object.keys(record(spec.ipam)).find((name) => /^subnet [\d.]+\/3[12]$/.test(name));
  if (link && !apiAtLeast(api, "1.44"))
    return conflict(
      `${server} makes no network of ${link.slice("subnet ".length)}, which has no address left for a gateway`,
      "choose a larger subnet, /30 at least",
    );
  return [];
}

/** Engines from API 1.48 take what is of one interface with the network's endpoint alone, and refuse it elsewhere (400). */
export function ofInterfaces({ observed }: PlanContext, { address, spec }: Resource): Conflict[] {
  const { api, server } = observed.engine;
  if (!apiAtLeast(api, "1.48")) return [];
  return Object.keys(record(spec.sysctls))
    .filter(isOfInterface)
    .map((name) => ({
      address,
      message: `${server} takes \`${name}\`, which is of one interface, with its network alone`,
      hint: "give the network's `driver_opts` `com.docker.network.endpoint.sysctls`, with IFNAME for the interface",
    }));
}

const HINTS: Readonly<Record<HostPath["attribute"], string>> = {
  volumes: "create it, or have it made: the long form with `bind: {create_host_path: true}`",
  devices: "is it the right device?",
  driver_opts: "create it",
  blkio_config: "is it the right device?",
  sysctls: "its kernel has no such parameter: is it spelled right?",
};

/** What the container or the volume needs on the engine's machine, and is not there. */
export function missingPaths({ observed }: PlanContext, { address, spec }: Resource): Conflict[] {
  const absent = new Set(observed.missingPaths);
  return hostPaths(spec)
    .filter(({ path }) => absent.has(path))
    .map(({ attribute, path }) => ({
      address,
      message: `\`${attribute}\` needs ${path}, and there is no such path`,
      hint: HINTS[attribute],
    }));
}
