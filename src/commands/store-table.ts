import type { Command } from "./command.ts";
import { TABLE_FORMAT } from "./options.ts";

/** The commands about images without a registry, and about the engine's disk: a part of the table. */
export const STORE_COMMANDS: readonly Command[] = [
  {
    name: "push",
    about: "Tag images, and push them to their registries.",
    positional: {
      name: "IMAGE",
      required: false,
      many: true,
      about: "A key of `images:` or a reference. Default: those that say `push: true`.",
    },
    options: [TABLE_FORMAT],
    examples: [
      ["push", "Every image that says `push: true`, with the digest that it got."],
      ["push app --format json", "One of them, for programs."],
    ],
    notes: [
      "An image that is made here is pushed under `source` and its `tags`, one that is pulled under its `tags`. Logins are those of Docker's config file.",
    ],
  },
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
