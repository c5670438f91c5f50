import type { Command, Run } from "./framework/command.ts";
import { EXIT } from "./host/exit-codes.ts";
import { version } from "./host/version.ts";

/** The code of each command of the table; only the one that runs is loaded. */
const LOAD: Readonly<Record<string, () => Promise<{ readonly run: Run }>>> = {
  init: () => import("./commands/stack/init.ts"),
  validate: () => import("./commands/stack/validate.ts"),
  config: () => import("./commands/stack/config.ts"),
  plan: () => import("./commands/apply/plan.ts"),
  apply: () => import("./commands/apply/apply.ts"),
  destroy: () => import("./commands/apply/destroy.ts"),
  "force-unlock": () => import("./commands/apply/force-unlock.ts"),
  wait: () => import("./commands/apply/wait.ts"),
  ps: () => import("./commands/inspect/ps.ts"),
  drift: () => import("./commands/inspect/drift.ts"),
  import: () => import("./commands/stack/import.ts"),
  df: () => import("./commands/inspect/df.ts"),
  prune: () => import("./commands/images/prune.ts"),
  images: () => import("./commands/images/images.ts"),
  history: () => import("./commands/images/history.ts"),
  search: () => import("./commands/images/search.ts"),
  changes: () => import("./commands/inspect/container-diff.ts"),
  commit: () => import("./commands/images/commit.ts"),
  push: () => import("./commands/images/push.ts"),
  save: () => import("./commands/stack/save.ts"),
  load: () => import("./commands/stack/load.ts"),
  lock: () => import("./commands/images/lock.ts"),
  outdated: () => import("./commands/images/outdated.ts"),
  doctor: () => import("./commands/inspect/doctor.ts"),
  schema: () => import("./commands/stack/schema.ts"),
  explain: () => import("./commands/stack/explain.ts"),
  completion: () => import("./completion.ts"),
  help: () => import("./help.ts"),
  version: async () => ({
    run: async (_, host) => {
      host.out(`${version}\n`);
      return EXIT.done;
    },
  }),
};

export async function load({ name }: Command): Promise<Run> {
  const found = LOAD[name];
  if (!found) throw new Error(`the command ${name} has no code`);
  return (await found()).run;
}
