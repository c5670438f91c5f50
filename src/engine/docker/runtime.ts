import { join } from "node:path";
import { buildxOf } from "./build/find-buildx.ts";
import { configFolder } from "./connection/docker-context.ts";
import type { ClientEnvironment } from "./connection/environment.ts";
import type { Runtime } from "./images/pull.ts";
import { certificateFolders } from "./registry/certificates.ts";
import { askStore } from "./registry/credential-store.ts";
import { logins } from "./registry/credentials.ts";

interface Around extends Pick<ClientEnvironment, "env" | "home" | "readFile"> {
  /** Receives passwords and tokens, to be redacted. */
  learn?(values: readonly string[]): void;
}

/**
 * The runtime of a real process: Docker's logins and certificates, the system's clock and
 * randomness.
 */
export function outsideOf(around: Around, random: () => number): Runtime {
  const { env, readFile } = around;
  return {
    random,
    now: () => performance.now(),
    async sleep(ms, signal) {
      const { setTimeout: sleep } = await import("node:timers/promises");
      await sleep(ms, undefined, { signal });
    },
    buildx: buildxOf(around),
    certificateFolders: (host) => certificateFolders(host, around),
    logins: logins({
      config: () => readFile(join(configFolder(around), "config.json")),
      learn: (values) => around.learn?.(values),
      run: (program, input, signal) => askStore(env, program, input, signal),
    }),
  };
}
