import { EXIT, Stop } from "./exit.ts";
import type { Parts } from "./pipeline.ts";

export const parts: Parts = {
  load: async (sources) => (await import("../language/load.ts")).load(sources),
  output: async (asked) => (await import("./output.ts")).output(asked),
  open: async (flags, around) => {
    const { resolveEndpoint } = await import("../engine/docker/endpoint.ts");
    const { existsSync } = await import("node:fs");
    const { env, home } = around;
    const readFile = (path: string) => {
      const bytes = around.read(path);
      return bytes && new TextDecoder().decode(bytes);
    };
    const endpoint = resolveEndpoint({ flags, env, home, readFile, exists: existsSync });
    if (endpoint.kind === "refused")
      throw new Stop(EXIT.unreachable, endpoint.message, endpoint.hint);
    const { open } = await import("../engine/docker/docker.ts");
    const { outsideOf } = await import("../engine/docker/outside.ts");
    const outside = outsideOf({ env, home, readFile }, Math.random);
    return open(endpoint, outside, around.interrupts.signal);
  },
  plan: async (stack, observed, policy) => {
    const digest = await digester();
    return (await import("../planning/plan.ts")).plan(stack, observed, { ...policy, digest });
  },
  planDestroy: async (stack, observed, policy) => {
    const more = { allowDataLoss: [], digest: await digester() };
    return (await import("../planning/plan.ts")).planDestroy(stack, observed, {
      ...policy,
      ...more,
    });
  },
  stale: async (before, observed, name) => {
    const { fingerprint, stale } = await import("../planning/fingerprint.ts");
    return stale(before, fingerprint(observed, name, await digester()));
  },
  execute: async (plan, engine, options) => {
    const { execute } = await import("../run/execute.ts");
    const { describe } = await import("../engine/docker/errors.ts");
    return execute(plan, engine, { ...options, describe });
  },
  drift: async (stack, observed, secrets) => {
    const policy = { secrets, allowDataLoss: [], digest: await digester() };
    return (await import("../planning/drift.ts")).drift(stack, observed, policy);
  },
  imported: async (observed, importing) => {
    const digest = await digester();
    return (await import("../import/document.ts")).imported(observed, { ...importing, digest });
  },
  catalogue: async () => (await import("../attributes/index.ts")).catalogue,
};

/** `node:crypto` takes its time to load, and not every command needs it. */
async function digester(): Promise<(text: string) => string> {
  const { createHash } = await import("node:crypto");
  const { bytesOf } = await import("../attributes/bytes.ts");
  return (text) => `sha256:${createHash("sha256").update(bytesOf(text)).digest("hex")}`;
}
