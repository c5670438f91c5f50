import { delimiter, dirname, relative, resolve } from "node:path";
import { readEnvFile } from "../../language/variables/env-file.ts";
import type { ParsedArguments } from "../framework/command.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";

/* Which files are the stack's, and what else the command line says of a project. */

export const STANDARD = ["stack.yaml", "stack.yml"];

/** Compose's names, in its order, and those of the file that is merged over it (compose-go, "cli/options"). */
const COMPOSE = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES = [
  ...["compose.override.yml", "compose.override.yaml"],
  ...["docker-compose.override.yml", "docker-compose.override.yaml"],
];

export interface StackFiles {
  readonly files: readonly string[];
  /** A sentence for the plan's head, where there was a choice. */
  readonly origin?: string;
}

/**
 * `-f`, then STACK_FILE (several as in PATH), then the standard name of this folder, then Compose's
 * search: COMPOSE_FILE, or the nearest Compose file upwards with its override file.
 */
export function findStackFiles(args: ParsedArguments, host: CliHost): StackFiles {
  const named = args.list("file");
  if (named.length > 0) return { files: named };
  const listed = host.env.STACK_FILE?.split(delimiter).filter(Boolean) ?? [];
  if (listed.length > 0) return { files: listed };
  const found = present(STANDARD, host.cwd, host);
  const [first, second] = found;
  if (second !== undefined)
    throw new CliError(
      "no-stack-file",
      `there are both ${STANDARD.join(" and ")}`,
      "Choose one with -f.",
    );
  if (first === undefined) return composeFiles(host);
  const [beside] = present(COMPOSE, host.cwd, host);
  const origin = `Read from ${first}; ${beside}, which lies beside it, is not read.`;
  return { files: found, ...(beside !== undefined && { origin }) };
}

const present = (names: readonly string[], folder: string, host: CliHost) =>
  names.filter((name) => host.read(resolve(folder, name)) !== undefined);

function composeFiles(host: CliHost): StackFiles {
  const files = listedFiles(host) ?? nearestFiles(host.cwd, host);
  return files.length > 0 ? { files, origin: `Read from ${files.join(", ")}.` } : { files };
}

/** COMPOSE_FILE, which `.env` of the working folder may set too. */
function listedFiles(host: CliHost): readonly string[] | undefined {
  const value = (name: string) => host.env[name] ?? fromDotEnv(name, host);
  const listed = value("COMPOSE_FILE");
  if (!listed) return undefined;
  return listed.split(value("COMPOSE_PATH_SEPARATOR") || delimiter).filter(Boolean);
}

function fromDotEnv(name: string, host: CliHost): string | undefined {
  const bytes = host.read(resolve(host.cwd, ".env"));
  if (!bytes) return undefined;
  // What is wrong in it is told when the stack is loaded.
  const lookup = (key: string) => {
    const text = host.env[key];
    return text === undefined ? undefined : { text, empty: text === "" };
  };
  const { lines } = readEnvFile(new TextDecoder().decode(bytes), lookup);
  return lines.find(({ key }) => key === name)?.value;
}

function nearestFiles(folder: string, host: CliHost): readonly string[] {
  const found = present(COMPOSE, folder, host);
  const [file] = found;
  const parent = dirname(folder);
  if (file === undefined) return parent === folder ? [] : nearestFiles(parent, host);
  if (found.length > 1) {
    const others = found.slice(1).join(", ");
    host.err(`${host.paintErr.warn("warning:")} ${file} is read, and not ${others}; -f chooses\n`);
  }
  const [override] = present(OVERRIDES, folder, host);
  return [file, ...(override === undefined ? [] : [override])].map((name) =>
    relative(host.cwd, resolve(folder, name)),
  );
}

/** Options of a project that a run was given; a saved plan has those that it was made with. */
export interface ProjectOptions {
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
}

/** What the command line and the environment say of a project beside its files. */
export function projectOptions(args: ParsedArguments, { env }: CliHost): ProjectOptions {
  const profiles = args.list("profile");
  const asked = args.list("env-file");
  const listed = env.COMPOSE_ENV_FILES?.split(",").filter(Boolean) ?? [];
  const envFiles = asked.length > 0 ? asked : listed;
  return {
    ...(envFiles.length > 0 && { envFiles }),
    ...(profiles.length > 0 && { profiles }),
  };
}

/** The keys of containers that addresses name, which make their profiles active. */
export const keysNamed = (targets: readonly string[]): readonly string[] =>
  targets.flatMap((each) => /^(?:container\.)?([^.[]+)(?:\[\d+\])?$/.exec(each)?.[1] ?? []);
