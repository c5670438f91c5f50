import { existsSync } from "node:fs";
import { bytesOf } from "../../attributes/values/binary-text.ts";
import type { ObservedState } from "../../model/observed-state.ts";
import type { Stack } from "../../model/stack.ts";
import { CliError } from "../host/exit-codes.ts";
import type { Choices, Pipeline } from "../host/pipeline.ts";

export const parts: Pipeline = {
  load: async (sources) => (await import("../../language/load.ts")).load(sources),
  output: async (asked) => (await import("../../system/run-program.ts")).output(asked),
  open: async (flags, host) => {
    const { resolveEndpoint } = await import("../../engine/docker/connection/endpoint.ts");
    const { env, home, hidden } = host;
    const learn = (values: readonly string[]) => hidden.learn(values);
    const readFile = (path: string) => {
      const bytes = host.read(path);
      return bytes && new TextDecoder().decode(bytes);
    };
    const endpoint = resolveEndpoint({ flags, env, home, readFile, exists: existsSync });
    if (endpoint.kind === "refused")
      throw new CliError("unreachable", endpoint.message, endpoint.hint);
    const { connectDocker: open } = await import("../../engine/docker/docker-engine.ts");
    const { outsideOf } = await import("../../engine/docker/runtime.ts");
    const outside = outsideOf({ env, home, readFile, learn }, Math.random);
    return open(endpoint, outside, host.interrupts.signal);
  },
  plan: async (stack, observed, policy) => {
    const { plan } = await import("../../planning/plan.ts");
    await refuseVolumes(policy.allowDataLoss, stack, observed);
    const more = { ...(await chosen(stack, observed, policy)), digest };
    return plan(stack, observed, { ...policy, ...more });
  },
  planDestroy: async (stack, observed, policy) => {
    const { planDestroy } = await import("../../planning/plan.ts");
    const more = { ...(await chosen(stack, observed, policy)), digest };
    return planDestroy(stack, observed, { ...policy, ...more, allowDataLoss: [] });
  },
  planWait: async (stack, observed, { secrets, names }) => {
    const { planWait } = await import("../../planning/wait.ts");
    const { targets } = await chosen(stack, observed, { targets: names });
    return planWait(stack, observed, { secrets, targets, allowDataLoss: [], digest });
  },
  stale: async (before, observed, name) => {
    const { fingerprint, staleReasons: stale } = await import("../../planning/fingerprint.ts");
    if (stale(before, fingerprint(observed, name, digest, false)).length === 0) return [];
    return stale(before, fingerprint(observed, name, digest, true));
  },
  execute: async (plan, engine, options) => {
    const { executePlan: execute } = await import("../../executor/execute.ts");
    const { describe } = await import("../../engine/docker/errors/engine-error.ts");
    return execute(plan, engine, { ...options, describe });
  },
  drift: async (stack, observed, secrets) => {
    const policy = { secrets, allowDataLoss: [], digest };
    return (await import("../../planning/drift.ts")).detectDrift(stack, observed, policy);
  },
  imported: async (observed, importing) => {
    return (await import("../../import/document.ts")).imported(observed, { ...importing, digest });
  },
  catalogue: async () => (await import("../../attributes/catalogue.ts")).catalogue,
};

export const digest = (text: string): string => {
  // It takes 5 ms to load, and not every command needs it.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `sha256:${createHash("sha256").update(bytesOf(text)).digest("hex")}`;
};

/** @throws Stop for a name that is no volume's: who permits a loss means one that there is */
async function refuseVolumes(names: readonly string[], stack: Stack, observed: ObservedState) {
  if (names.length === 0) return;
  const { volumesOf } = await import("../../planning/context/addresses.ts");
  const found = volumesOf(names, stack, observed);
  if ("hint" in found) throw new CliError("unknown-target", found.message, found.hint);
}

/** What the command line singles out, as addresses. @throws Stop for a name that means nothing */
async function chosen(stack: Stack, observed: ObservedState, choices: Choices) {
  const { resolveAddresses: addressesOf } = await import("../../planning/context/addresses.ts");
  const [targets, replacing, unprotect] = (["targets", "replacing", "unprotect"] as const).map(
    (which) => {
      const found = addressesOf(choices[which] ?? [], stack, observed);
      if ("hint" in found) throw new CliError("unknown-target", found.message, found.hint);
      const image = which === "replacing" && found.find((each) => each.startsWith("image."));
      if (!image) return found;
      throw new CliError("unknown-target", `${image} is not replaced`, "Pull it: docker pull.");
    },
  );
  return { targets: targets ?? [], replacing: replacing ?? [], unprotect: unprotect ?? [] };
}
