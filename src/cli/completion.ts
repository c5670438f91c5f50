import { COMMANDS, GLOBALS } from "./command-list.ts";
import { bash, fish, zsh } from "./completion-scripts.ts";
import type { Run } from "./framework/command.ts";
import { EXIT } from "./host/exit-codes.ts";

export const run: Run = async ({ positional }, host) => {
  const write = positional === "bash" ? bash : positional === "zsh" ? zsh : fish;
  host.out(write(COMMANDS, GLOBALS));
  return EXIT.done;
};
