import { identity } from "./container/identity.ts";
import { namespaces } from "./container/namespaces/namespaces.ts";
import { network as containerNetwork } from "./container/network/networks.ts";
import { ports } from "./container/network/ports.ts";
import { environment } from "./container/process/environment.ts";
import { health } from "./container/process/healthcheck.ts";
import { hooks } from "./container/process/hooks.ts";
import { logging } from "./container/process/logging.ts";
import { program } from "./container/process/program.ts";
import { security } from "./container/process/security.ts";
import { blockDevices } from "./container/resources/blkio.ts";
import { cpu } from "./container/resources/cpu.ts";
import { kernel } from "./container/resources/kernel.ts";
import { resources, restart } from "./container/resources/limits.ts";
import { configs } from "./container/storage/configs-secrets.ts";
import { storage } from "./container/storage/volumes.ts";
import { rollout } from "./container/update-config.ts";
import type { Catalogue } from "./core/attribute.ts";
import { states, treatment } from "./core/lifecycle.ts";
import { image } from "./image/image.ts";
import { config, secret } from "./objects/config.ts";
import { network } from "./objects/network.ts";
import { plugin } from "./objects/plugin.ts";
import { volume } from "./objects/volume.ts";

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
  ...hooks,
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
