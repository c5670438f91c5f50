import type { Command } from "../framework/command.ts";
import { TABLE_FORMAT } from "../framework/shared-options.ts";

/** The commands that read what is on the engine, and write a report or a file of it. */
export const LIVE: readonly Command[] = [
  {
    name: "drift",
    about: "Show what is missing on the engine, or was changed there behind the file's back.",
    options: [TABLE_FORMAT],
    examples: [
      ["drift", "Exit 2 when there is any, 0 when there is none."],
      ["drift --format json", "For programs."],
    ],
    notes: [
      "Drift is what somebody has changed, stopped, renamed or removed since it was made. Where the labels cannot tell who it was, it says so, and counts it. What the file asks for and the engine does not have is missing, which counts too: nothing is kept anywhere that could tell what was removed from what was never applied. GET requests only.",
    ],
  },
  {
    name: "import",
    about: "Write a stack file from what is on the engine.",
    positional: {
      name: "NAME",
      required: false,
      many: true,
      about: "Containers, networks and volumes. Default: all that no stack owns.",
    },
    options: [
      { name: "project", value: "NAME", about: "What this Compose project has made." },
      {
        name: "label",
        value: "KEY[=VALUE]",
        many: true,
        about: "What has this label; of several labels, all.",
      },
      { name: "stack", value: "NAME", about: "What this stack owns: its file was lost." },
      { name: "out", value: "FILE", path: true, about: "Instead of stdout. Never overwritten." },
      { name: "with-secrets", about: "Write values that look secret, too." },
    ],
    examples: [
      ["import --project shop --out stack.yaml", "Take over a running Compose project."],
      ["import nginx redis --name web", "Two containers, and the networks and volumes they use."],
      ["import --label team=web", "By label."],
      ["import --stack shop", "Get back the file of a stack."],
    ],
    notes: [
      "Planning with the file finds nothing to do. What an image or the engine decides is left out. What is taken over says `adopt: true`: it is not replaced, and carries no labels of stack until it is; until then, a block that is dropped from the file is forgotten, not removed. What others use as well is `external: true`.",
      "Environment values that look secret become sensitive variables without a value: give them with --var, --var-file, or the environment.",
    ],
  },
];
