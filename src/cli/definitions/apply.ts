import type { Command } from "../framework/command.ts";
import {
  ALLOW,
  DETACH,
  LOCKED,
  PLUGINS,
  PROGRESS,
  REPLACE,
  RUNNING,
  TABLE_FORMAT,
  TARGET,
  UNPROTECT,
  VOLUMES,
  YES,
} from "../framework/shared-options.ts";

/** The commands that plan changes of the engine, and make them. */
export const CHANGING: readonly Command[] = [
  {
    name: "plan",
    about: "Show what apply would do, step by step. Changes nothing.",
    options: [
      TABLE_FORMAT,
      { name: "detailed-exitcode", about: "Exit 2 when changes are pending." },
      {
        name: "out",
        value: "FILE",
        path: true,
        about: "Save the plan for `stack apply FILE`; - is standard output.",
      },
      ALLOW,
      LOCKED,
      UNPROTECT,
      TARGET,
      REPLACE,
      DETACH,
      { name: "destroy", about: "Plan what destroy would do." },
      { ...VOLUMES, about: "With --destroy: plan the removal of the volumes too." },
      { ...PLUGINS, about: "With --destroy: plan the removal of the plugins too." },
    ],
    examples: [
      ["plan", "Compare the stack with the engine."],
      [
        "plan --format json --detailed-exitcode",
        "For programs: JSON, and exit 2 when changes are pending.",
      ],
      ["plan --out release.plan", "Save the plan; `stack apply release.plan` does exactly that."],
    ],
  },
  {
    name: "apply",
    about: "Make the engine match the stack.",
    positional: {
      name: "PLANFILE",
      required: false,
      path: true,
      about: "A plan saved by `stack plan --out`.",
    },
    options: [
      YES,
      DETACH,
      ...RUNNING,
      ALLOW,
      LOCKED,
      UNPROTECT,
      TARGET,
      REPLACE,
      {
        name: "no-rollback",
        about:
          "Leave a replacement that failed as it is, instead of bringing back what ran before.",
      },
    ],
    examples: [
      ["apply", "Show the plan, ask, and do it."],
      ["apply --yes --progress plain", "In a pipeline: no question, stable lines."],
      ["apply --detach", "Do not wait until what was started is ready."],
      ["apply --replace web", "Make web anew, although nothing differs."],
      ["apply release.plan", "Do exactly what was saved; refused if the engine has changed since."],
    ],
    notes: [
      "It ends when each container that it started or changed is ready: healthy where there is a health check, otherwise up for 5 s (`update_config.monitor`), a job when it has exited with 0. One that is not makes it fail with its last log lines; a replacement goes back to what ran before.",
      "The plan and the summary go to stdout, progress and questions to stderr. With --progress json, stdout has events alone, one a line.",
      "Without a terminal and without --yes nothing is done. A saved plan is done without a question.",
      "A saved plan keeps the values of plain variables, and needs those of sensitive ones again. Its files are looked for beside it, as they lay when it was saved, then where they were, or as -f names the stack files. A digest in it tells that it was edited or damaged; it is no signature, so keep it where nobody else can write.",
    ],
  },
  {
    name: "destroy",
    about: "Remove what the stack owns from the engine.",
    options: [
      YES,
      VOLUMES,
      PLUGINS,
      ...RUNNING,
      UNPROTECT,
      { ...TARGET, about: "Only this object and what depends on it." },
    ],
    examples: [
      ["destroy", "Show what goes, ask, and remove it. Volumes stay."],
      ["destroy --volumes", "Volumes and their data too."],
      ["destroy --name shop --yes", "Without the stack file."],
    ],
  },
  {
    name: "wait",
    about: "Wait until the stack's containers are ready.",
    positional: {
      name: "ADDRESS",
      required: false,
      many: true,
      about: "Containers: container.web, or web. Default: all that are to run.",
    },
    options: [
      {
        name: "timeout",
        value: "DURATION",
        about:
          "How long a container may take to become healthy or to complete; 0: as long as it likes. Default: 5m.",
      },
      PROGRESS,
    ],
    examples: [
      ["wait", "After `apply --detach`: exit 0 when all are ready, 1 when one fails."],
      ["wait web db --timeout 30s", "Only these two."],
    ],
    notes: [
      "Ready means what it does for apply: healthy where there is a health check, otherwise up for 5 s (`update_config.monitor`), a job when it has exited with 0. What has been up for that long is ready at once. Nothing is changed, and no lock is taken.",
    ],
  },
];
