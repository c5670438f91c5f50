import { join } from "node:path";
import { buildxOf } from "./buildx.ts";
import { certificateFolders } from "./certificates.ts";
import { configFolder } from "./context.ts";
import { askStore } from "./credential-store.ts";
import { logins } from "./login.ts";
import type { Outside } from "./pull.ts";
import type { Surroundings } from "./surroundings.ts";

interface Around extends Pick<Surroundings, "env" | "home" | "readFile"> {
  /** Told of passwords and tokens, which nobody may see. */
  learn?(values: readonly string[]): void;
}

/** Docker's logins and certificates, real time and real chance. */
export function outsideOf(around: Around, random: () => number): Outside {
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
