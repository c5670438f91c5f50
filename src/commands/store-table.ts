import type { Command } from "./command.ts";

/** The commands about images without a registry, and about the engine's disk: a part of the table. */
export const STORE_COMMANDS: readonly Command[] = [
  {
    name: "save",
    about: "Write the stack and all its images into one file, for a place without a registry.",
    options: [
      { name: "out", value: "FILE", path: true, about: "Default: NAME.tar, after the stack." },
    ],
    examples: [["save --out shop.tar", "Images, lock file and the resolved stack."]],
    notes: [
      "The images must be on the engine as the stack asks for them. Sensitive values are not saved: they become variables. Files of `configs` come along; files of `secrets`, and what is mounted from the host, do not.",
    ],
  },
  {
    name: "load",
    about: "Bring the images of `stack save` to an engine, and unpack its stack file.",
    positional: { name: "FILE", required: true, path: true, about: "Written by `stack save`." },
    options: [
      {
        name: "out",
        value: "FOLDER",
        path: true,
        about: "Where stack.yaml and stack.lock.yaml go. Default: this folder.",
      },
    ],
    examples: [
      ["load shop.tar", "Then `stack apply --locked` pulls nothing."],
      ["load shop.tar --host ssh://edge --out shop", "To another engine."],
    ],
    notes: ["Images that are on the engine already are not sent again."],
  },
];
