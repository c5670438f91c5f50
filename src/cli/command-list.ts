import { CHANGING } from "./definitions/apply.ts";
import { STORE_COMMANDS } from "./definitions/archives.ts";
import { IMAGE_COMMANDS } from "./definitions/images.ts";
import { LIVE } from "./definitions/inspect.ts";
import type { Command, Option } from "./framework/command.ts";
import { TABLE_FORMAT, YES } from "./framework/shared-options.ts";

/** Options of every command. */
export const GLOBALS: readonly Option[] = [
  {
    name: "file",
    short: "f",
    value: "FILE",
    many: true,
    path: true,
    about:
      "Stack file, of at most 16 MiB, as all text files; later ones override earlier ones; - is standard input. Default: $STACK_FILE, stack.yaml or stack.yml, else the Compose file that docker compose would read.",
  },
  { name: "name", short: "p", value: "NAME", about: "Name of the stack, in place of the file's." },
  { name: "var", value: "NAME=VALUE", many: true, about: "Value of a variable." },
  { name: "var-file", value: "FILE", many: true, path: true, about: "File of variables." },
  {
    name: "env-file",
    value: "FILE",
    many: true,
    path: true,
    about: "Read in place of .env; later ones override. Default: $COMPOSE_ENV_FILES.",
  },
  {
    name: "profile",
    value: "NAME",
    many: true,
    about: "Activate a profile of a Compose file; `*` is all. Default: $COMPOSE_PROFILES.",
  },
  { name: "strict", about: "Refuse variables of a Compose file that are not set." },
  {
    name: "host",
    short: "H",
    value: "URL",
    about: "Engine: unix://, tcp:// or ssh://. Default: $DOCKER_HOST.",
  },
  { name: "context", value: "NAME", about: "Docker context. Default: $DOCKER_CONTEXT." },
  { name: "insecure", about: "Permit an unencrypted or unverified connection to another machine." },
  { name: "no-color", about: "No colours. So does $NO_COLOR." },
  { name: "help", short: "h", about: "What a command does, its options, examples." },
  { name: "version", about: "Version of stack." },
];

/** The commands, in the order of help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "init",
    about: "Write a commented stack file to start from.",
    positional: {
      name: "FILE",
      required: false,
      path: true,
      about: "Default: stack.yaml. Never overwritten.",
    },
    options: [],
    examples: [
      ["init", "Write stack.yaml."],
      ["init shop.yaml", "Write shop.yaml."],
    ],
  },
  {
    name: "validate",
    about: "Check the stack, without an engine.",
    options: [TABLE_FORMAT],
    examples: [
      ["validate", "Check the stack file of this folder."],
      ["validate --format json", "For programs: each mistake with its code and place."],
      [
        "validate -f base.yaml -f production.yaml --var tag=1.4",
        "Check two files merged, with a variable.",
      ],
    ],
  },
  {
    name: "config",
    about: "Print the stack as it is understood: merged, interpolated.",
    options: [
      { name: "format", value: "FORMAT", choices: ["yaml", "json"], about: "Default: yaml." },
    ],
    examples: [
      ["config", "As YAML."],
      ["config --format json", "As JSON."],
    ],
    notes: ["Sensitive values are masked."],
  },
  ...CHANGING,
  {
    name: "force-unlock",
    about: "Take the lock of a stack from the run that holds it.",
    positional: {
      name: "ID",
      required: true,
      about: "The lock's id, as whoever waits for it is told.",
    },
    options: [YES],
    examples: [["force-unlock 3f0c9a1b22de", "Say who holds it, ask, and take it away."]],
    notes: [
      "A lock ends with the run that took it, whether that ends well or is killed, so this is seldom needed: for a run that hangs, or on a machine that you cannot reach. The run that loses its lock begins nothing more.",
    ],
  },
  {
    name: "ps",
    about: "List the stack's containers.",
    options: [TABLE_FORMAT],
    examples: [
      ["ps", "As a table."],
      ["ps --format json", "For programs."],
    ],
  },
  ...LIVE,
  ...IMAGE_COMMANDS,
  ...STORE_COMMANDS,
  {
    name: "schema",
    about: "Print a JSON Schema.",
    positional: {
      name: "WHICH",
      required: false,
      choices: ["stack", "plan", "events"],
      about: "Of stack files (default), of plans, or of progress events.",
    },
    options: [],
    examples: [
      [
        "schema > stack.schema.json",
        "For editors: `# yaml-language-server: $schema=stack.schema.json`.",
      ],
    ],
  },
  {
    name: "explain",
    about: "Say what an attribute means.",
    positional: {
      name: "ATTRIBUTE",
      required: false,
      about: "KIND.ATTRIBUTE, such as container.mem_limit.",
    },
    options: [],
    examples: [
      [
        "explain container.mem_limit",
        "What it is, its forms, what its absence means, whether it changes live.",
      ],
      ["explain container", "All attributes of a container."],
    ],
  },
  {
    name: "completion",
    about: "Print a completion script for a shell.",
    positional: {
      name: "SHELL",
      required: true,
      choices: ["bash", "zsh", "fish"],
      about: "bash, zsh or fish.",
    },
    options: [],
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/stack", "For bash."],
      ["completion fish > ~/.config/fish/completions/stack.fish", "For fish."],
    ],
  },
  {
    name: "version",
    about: "Print the version of stack.",
    options: [],
    examples: [["version", "Such as 0.1.0."]],
  },
  {
    name: "help",
    about: "What a command does, its options, examples.",
    positional: { name: "COMMAND", required: false, about: "Default: all commands in short." },
    options: [],
    examples: [["help apply", "All about apply."]],
  },
];
