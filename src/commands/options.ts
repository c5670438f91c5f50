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
