import type { Option } from "./command.ts";

/* Options that several commands share. */

export const TABLE_FORMAT: Option = {
  name: "format",
  value: "FORMAT",
  choices: ["text", "json"],
  about: "Default: text.",
};
export const LOCKED: Option = {
  name: "locked",
  about: "Refuse (exit 3) images whose content stack.lock.yaml does not fix.",
};
export const YES: Option = { name: "yes", short: "y", about: "Do not ask." };
export const ALLOW: Option = {
  name: "allow-data-loss",
  value: "VOLUME",
  many: true,
  about:
    "Permit that the data of this volume is lost: its key, its address, or its name on the engine. --yes never implies it.",
};
export const VOLUMES: Option = {
  name: "volumes",
  about: "Remove the stack's volumes too, with their data.",
};
export const PLUGINS: Option = {
  name: "plugins",
  about: "Remove the engine's plugins that the file names, too.",
};
export const PROGRESS: Option = {
  name: "progress",
  value: "STYLE",
  choices: ["auto", "tty", "plain", "json", "quiet"],
  about:
    "How progress is shown, on stderr. `json` writes events to stdout; `quiet`, with --yes, shows the summary and failures alone. Default: auto.",
};
export const RUNNING: readonly Option[] = [
  { name: "concurrency", value: "N", about: "Steps at the same time, 1 to 64. Default: 8." },
  {
    name: "wait-timeout",
    value: "DURATION",
    about:
      "How long a container may take to become healthy or to complete; 0: as long as it likes. Default: 5m.",
  },
  PROGRESS,
  {
    name: "lock-timeout",
    value: "DURATION",
    about: "How long to wait for another run on the same stack; 0 refuses at once. Default: 5m.",
  },
  {
    name: "lock",
    value: "BOOL",
    choices: ["true", "false"],
    about: "`--lock=false` works without the stack's lock, and next to others. Default: true.",
  },
];

export const DETACH: Option = {
  name: "detach",
  short: "d",
  about: "Do not wait until what starts is ready; `stack wait` does it later.",
};

/* Options that single out objects by their addresses. */

export const UNPROTECT: Option = {
  name: "unprotect",
  value: "ADDRESS",
  many: true,
  about: "Permit that this protected object is replaced or removed. --yes never implies it.",
};
export const TARGET: Option = {
  name: "target",
  value: "ADDRESS",
  many: true,
  about:
    "Only this object and what it needs: container.web (all its replicas), container.web[2], or web where that is clear.",
};
export const REPLACE: Option = {
  name: "replace",
  value: "ADDRESS",
  many: true,
  about: "Replace this object, although nothing differs.",
};
