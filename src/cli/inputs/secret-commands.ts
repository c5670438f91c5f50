import { SECRET_LIMIT, unfit } from "../../attributes/objects/config.ts";
import { textOf } from "../../attributes/values/binary-text.ts";
import type { Loaded } from "../../language/load.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Secrets } from "../../model/stack.ts";
import { sanitize } from "../../render/words/sanitize.ts";
import type { CliHost } from "../host/host.ts";

/** Milliseconds; a password store may have to ask its user. */
const DEADLINE = 60_000;

type Command = Loaded["commands"][number];

/**
 * Runs the programs of `secrets:`, all at once, and adds their output to what is known. Nothing
 * that one of them has written to its standard output is ever told.
 */
export async function secretValues(
  { secrets, commands }: Pick<Loaded, "secrets" | "commands">,
  host: CliHost,
): Promise<{ readonly secrets: Secrets; readonly mistakes: readonly Diagnostic[] }> {
  const known = new Map(secrets);
  host.hidden.learn(secrets.values());
  const mistakes: Diagnostic[] = [];
  await Promise.all(
    commands.map(async (command) => {
      const value = await valueBy(command, host);
      if (typeof value === "string") known.set(command.token, value);
      else mistakes.push(value);
    }),
  );
  // In the order of the file, whoever was first.
  const order = (one: Diagnostic) => commands.findIndex(({ place }) => place === one.place);
  return { secrets: known, mistakes: mistakes.sort((a, b) => order(a) - order(b)) };
}

async function valueBy(
  { key, argv, folder, place }: Command,
  { parts, env, interrupts, hidden, stdin }: CliHost,
): Promise<string | Diagnostic> {
  const mistake = (message: string, hint?: string): Diagnostic => ({
    severity: "error",
    code: "command",
    message,
    place,
    ...(hint ? { hint } : {}),
  });
  const program = sanitize(argv[0] ?? "");
  const result = await parts.output({
    argv,
    cwd: folder,
    env,
    asks: stdin.isTTY === true,
    deadline: DEADLINE,
    limit: SECRET_LIMIT + 2,
    signal: interrupts.signal,
  });
  const written = textOf(result.bytes);
  hidden.learn([written]);
  if ("why" in result) {
    const complaints = sanitize(hidden.redact(result.complaints).trim());
    const message = `the command of the secret \`${key}\` failed: \`${program}\` ${result.why}`;
    return mistake(message, complaints === "" ? undefined : `it says: ${complaints}`);
  }
  const value = written.replace(/\r?\n$/, "");
  const length = result.bytes.length - (written.length - value.length);
  const fault = unfit(length);
  return fault ? mistake(`the secret \`${key}\` ${fault}: \`${program}\` wrote it`) : value;
}
