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
