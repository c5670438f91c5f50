import type { Catalogue } from "./attribute.ts";
import { config, secret } from "./config.ts";
import { blockDevices } from "./container/blkio.ts";
import { configs } from "./container/configs.ts";
import { cpu } from "./container/cpu.ts";
import { environment } from "./container/environment.ts";
import { health } from "./container/health.ts";
import { identity } from "./container/identity.ts";
import { kernel } from "./container/kernel.ts";
import { logging } from "./container/logging.ts";
import { namespaces } from "./container/namespaces.ts";
import { network as containerNetwork } from "./container/network.ts";
import { ports } from "./container/ports.ts";
import { program } from "./container/program.ts";
import { resources, restart } from "./container/resources.ts";
import { rollout } from "./container/rollout.ts";
import { security } from "./container/security.ts";
import { storage } from "./container/storage.ts";
import { image } from "./image.ts";
import { states, treatment } from "./lifecycle.ts";
import { network } from "./network.ts";
import { plugin } from "./plugin.ts";
import { volume } from "./volume.ts";

const container = {
  ...identity,
  ...states,
  ...program,
  ...environment,
  ...ports,
  ...containerNetwork,
  ...storage,
  ...configs,
  ...health,
  ...restart,
  ...rollout,
  ...resources,
  ...cpu,
  ...blockDevices,
  ...kernel,
  ...namespaces,
  ...security,
  ...logging,
};

/** Every attribute of every kind. Order is the order of documentation and of a plan's lines. */
export const catalogue = {
  container: {
    ...container,
    ...treatment(container, [["mem_limit", "labels.owner"], "all"]),
  },
  plugin,
  network: { ...network, ...treatment(network, [["labels"], "all"]) },
  volume: { ...volume, ...treatment(volume, [["labels"], "all"]) },
  image,
  config,
  secret,
} as const satisfies Record<string, Catalogue>;
