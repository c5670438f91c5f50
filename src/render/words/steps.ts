import { mask } from "../../attributes/secrets/sensitive.ts";
import type { Step } from "../../model/plan.ts";
import { elapsed } from "./quantities.ts";
import { sanitize } from "./sanitize.ts";

/** A step in three forms: `stop web-1` in a plan, `stopping` while it runs, `stopped` after. */
export interface Phrase {
  readonly plan: string;
  readonly doing: string;
  readonly did: string;
}

const VERBS: Readonly<
  Record<Exclude<Step["do"], "await" | "exec">, readonly [string, string, string]>
> = {
  pull: ["pull", "pulling", "pulled"],
  build: ["build", "building", "built"],
  load: ["load", "loading", "loaded"],
  import: ["import", "importing", "imported"],
  tag: ["tag", "tagging", "tagged"],
  push: ["push", "pushing", "pushed"],
  "create network": ["create network", "creating", "created"],
  "remove network": ["remove network", "removing", "removed"],
  "create volume": ["create volume", "creating", "created"],
  "remove volume": ["remove volume", "removing", "removed"],
  "install plugin": ["install plugin", "installing", "installed"],
  "upgrade plugin": ["upgrade plugin", "upgrading", "upgraded"],
  "set plugin": ["set up plugin", "setting up", "set up"],
  "enable plugin": ["enable plugin", "enabling", "enabled"],
  "disable plugin": ["disable plugin", "disabling", "disabled"],
  "remove plugin": ["remove plugin", "removing", "removed"],
  "create container": ["create", "creating", "created"],
  "keep files": ["keep files of", "reading files", "files kept"],
  "put files back": ["put files back into", "putting files back", "files put back"],
  inject: ["write files into", "writing files", "files written"],
  connect: ["connect", "connecting", "connected"],
  disconnect: ["disconnect", "disconnecting", "disconnected"],
  update: ["update", "updating", "updated"],
  rename: ["rename", "renaming", "renamed"],
  start: ["start", "starting", "started"],
  pause: ["pause", "pausing", "paused"],
  unpause: ["unpause", "unpausing", "unpaused"],
  stop: ["stop", "stopping", "stopped"],
  "remove container": ["remove", "removing", "removed"],
};

/** A program may be given as the text of a whole script. */
const LONGEST_COMMAND = 60;

export function phrase(step: Step): Phrase {
  const object = sanitize(objectOf(step));
  if (step.do === "await") {
    const { condition, hold } = step;
    if (step.still)
      return {
        plan: `watch that ${object} stays ready`,
        doing: "ready, while others are waited for",
        did: "still ready",
      };
    const lasting = hold ? ` for ${elapsed(hold)}` : "";
    const state = condition === "completed" ? "complete" : `be ${condition}${lasting}`;
    return {
      plan: `wait for ${object} to ${state}`,
      doing: `waiting to ${state}`,
      did: `${condition}${lasting}`,
    };
  }
  if (step.do === "exec") {
    const { hook } = step;
    const what = `${hook} (${sanitize(mask(step.command.join(" ")), LONGEST_COMMAND)})`;
    return { plan: `run ${what} in ${object}`, doing: `running ${what}`, did: `${hook} run` };
  }
  const [verb, doing, did] = VERBS[step.do];
  // An image has several names, and each has its push.
  if (step.do === "push")
    return { plan: `${verb} ${object}`, doing: `${doing} ${object}`, did: `${did} ${object}` };
  const more = complement(step);
  return { plan: `${verb} ${object}${more}`, doing: doing + more, did: did + more };
}

function complement(step: Step): string {
  if (step.do === "connect") return ` to ${sanitize(step.network.name)}`;
  if (step.do === "disconnect") return ` from ${sanitize(step.network.name)}`;
  // As the engine shortens ids.
  if (step.do === "pull") return step.digest ? ` at ${sanitize(step.digest.slice(7, 19))}` : "";
  if (step.do === "load" || step.do === "import") return ` from ${sanitize(step.file)}`;
  if (step.do === "tag") return ` as ${sanitize(step.to)}`;
  if (step.do === "install plugin") return ` from ${sanitize(step.source)}`;
  if (step.do === "upgrade plugin") return ` to ${sanitize(step.source)}`;
  return step.do === "rename" ? ` to ${sanitize(step.to)}` : "";
}

function objectOf(step: Step): string {
  // As the engine shortens ids.
  if ("image" in step)
    return step.image.startsWith("sha256:") ? `image ${step.image.slice(7, 19)}` : step.image;
  if ("container" in step) return step.container.name;
  if ("plugin" in step) return step.plugin.name;
  if ("network" in step) return step.network.name;
  if ("volume" in step) return step.volume.name;
  return step.name;
}
