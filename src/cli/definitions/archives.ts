import type { Command } from "../framework/command.ts";
import { TABLE_FORMAT, YES } from "../framework/shared-options.ts";

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
  {
    name: "images",
    about: "List the stack's images, and what the engine has of them.",
    options: [TABLE_FORMAT],
    examples: [["images", "As a table."]],
  },
  {
    name: "history",
    about: "Show an image's layers: what made them, when, how large they are.",
    positional: {
      name: "IMAGE",
      required: true,
      about: "A key of the stack's `images:`, or any reference.",
    },
    options: [TABLE_FORMAT],
    examples: [["history busybox:1.36", "The newest layer first."]],
  },
  {
    name: "search",
    about: "Search Docker Hub, or a registry that can be searched, for images.",
    positional: {
      name: "TERM",
      required: true,
      about: "A word of the name or description; HOST/TERM asks another registry.",
    },
    options: [
      { name: "limit", value: "N", about: "At most so many, 1 to 100. Default: 25." },
      TABLE_FORMAT,
    ],
    examples: [["search postgres --limit 5", "The engine asks, through its own network."]],
    notes: ["Few registries but Docker Hub can be searched: it takes version 1 of their API."],
  },
  {
    name: "changes",
    about: "List the files that a container of the stack has changed since it was made.",
    positional: { name: "CONTAINER", required: true, about: "Its key, address or name." },
    options: [TABLE_FORMAT],
    examples: [["changes web", "A added, C changed, D deleted; volumes are not looked into."]],
  },
  {
    name: "commit",
    about: "Make an image of a container of the stack as it is now.",
    positional: {
      name: "CONTAINER",
      required: true,
      many: true,
      about: "Its key, address or name; and the reference of the image.",
    },
    options: [TABLE_FORMAT],
    examples: [["commit web rescue/web:2026-11-21", "The container is paused for it."]],
    notes: [
      "Such an image cannot be made again: nothing says how its files came about, and what lies in volumes is not in it.",
    ],
  },
  {
    name: "df",
    about: "Show what the stack takes on the engine's disk.",
    options: [TABLE_FORMAT],
    examples: [["df", "Images (layers that they share count once), containers, volumes."]],
  },
  {
    name: "prune",
    about: "Remove images that nothing uses any more, and unused build cache.",
    options: [
      YES,
      {
        name: "keep",
        value: "N",
        about: "Earlier images to keep of each repository, 0 to 1000. Default: 1.",
      },
      TABLE_FORMAT,
    ],
    examples: [
      ["prune", "Show what would go, and ask."],
      ["prune --yes --keep 3", "In a pipeline."],
    ],
    notes: [
      "What goes: images without a name, and those of the stack's repositories that the stack does not name, but for the last N. What any container of the engine uses, running or not, stays.",
    ],
  },
];
