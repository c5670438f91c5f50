import { bash, fish, zsh } from "../render/completion.ts";
import type { Run } from "./command.ts";
import { EXIT } from "./exit.ts";
import { COMMANDS, GLOBALS } from "./table.ts";

export const run: Run = async ({ positional }, around) => {
  const write = positional === "bash" ? bash : positional === "zsh" ? zsh : fish;
  around.out(write(COMMANDS, GLOBALS));
  return EXIT.done;
};
