import type { Command, Run } from "./command.ts";
import { EXIT } from "./exit.ts";
import { version } from "./version.ts";

/** The code of each command of the table; only the one that runs is loaded. */
const LOAD: Readonly<Record<string, () => Promise<{ readonly run: Run }>>> = {
  init: () => import("./init.ts"),
  validate: () => import("./validate.ts"),
  config: () => import("./config.ts"),
  plan: () => import("./plan.ts"),
  apply: () => import("./apply.ts"),
  destroy: () => import("./destroy.ts"),
  unlock: () => import("./unlock.ts"),
  wait: () => import("./wait.ts"),
  ps: () => import("./ps.ts"),
  drift: () => import("./drift.ts"),
  import: () => import("./import.ts"),
  df: () => import("./df.ts"),
  prune: () => import("./prune.ts"),
  images: () => import("./images.ts"),
  history: () => import("./history.ts"),
  search: () => import("./search.ts"),
  changes: () => import("./changes.ts"),
  commit: () => import("./commit.ts"),
  push: () => import("./push.ts"),
  save: () => import("./save.ts"),
  load: () => import("./load-archive.ts"),
  lock: () => import("./lock.ts"),
  outdated: () => import("./outdated.ts"),
  doctor: () => import("./doctor.ts"),
  schema: () => import("./schema.ts"),
  explain: () => import("./explain.ts"),
  completion: () => import("./completion.ts"),
  help: () => import("./help.ts"),
  version: async () => ({
    run: async (_, around) => {
      around.out(`${version}\n`);
      return EXIT.done;
    },
  }),
};

export async function load({ name }: Command): Promise<Run> {
  const found = LOAD[name];
  if (!found) throw new Error(`the command ${name} has no code`);
  return (await found()).run;
}
