import { dirname, join, resolve } from "node:path";
import { redacting } from "../../attributes/secrets/redactor.ts";
import { declaredValues } from "../../attributes/secrets/sensitive.ts";
import type { Loaded, Sources } from "../../language/load.ts";
import { isOpen } from "../../language/source/paths.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Pins } from "../../model/pins.ts";
import type { Resource, Secrets, Stack } from "../../model/stack.ts";
import { diagnosticDocument, diagnosticLines } from "../../render/json/diagnostics.ts";
import { diagnosticsText } from "../../render/text/diagnostics.ts";
import type { ParsedArguments } from "../framework/command.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { Choices, EngineFlags } from "../host/pipeline.ts";
import {
  findStackFiles,
  keysNamed,
  type ProjectOptions,
  projectOptions,
  STANDARD,
} from "./find-stack-files.ts";
import { loadKept } from "./load-cache.ts";

const LOCK_FILE = "stack.lock.yaml";
const NAME = /^[a-z0-9][a-z0-9_-]*$/;

export interface Input {
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly document: JsonObject;
  /** The plain values of the variables that were asked for. */
  readonly given: Loaded["given"];
  readonly files: readonly string[];
  /** Which files were read, where the search for them had a choice; said at a plan's head. */
  readonly origin?: string | undefined;
  /** What the lock file holds; the stack's images carry it already. */
  readonly pins: Pins;
}

/**
 * The stack that the command line names. Its mistakes are shown, all at once, and end the command.
 * `commands: false`: nothing will be planned, so no program of the stack is run, and no image's
 * file is read, unless `files`. `targets`: the profiles of the services that they name are active.
 */
export async function loadInput(
  args: ParsedArguments,
  host: CliHost,
  how: Pick<LoadOptions, "commands" | "files" | "targets" | "collect"> = {},
): Promise<Input> {
  const { files, origin } = findStackFiles(args, host);
  if (files.length === 0) {
    const hint = "`stack init` writes one; -f names another. There is no Compose file either.";
    throw new CliError(
      "no-stack-file",
      `there is no ${STANDARD.join(" or ")} in ${host.cwd}`,
      hint,
    );
  }
  return { ...(await loadFiles(files, args, host, how)), origin };
}

/** Whether the command line or the folder names a stack. */
export function hasStackFile(args: ParsedArguments, host: CliHost): boolean {
  return findStackFiles(args, host).files.length > 0;
}

/** As `loadInput`; without a file, `--name` alone is enough to know what is owned. */
export async function loadOwned(args: ParsedArguments, host: CliHost): Promise<Input> {
  const name = args.text("name");
  if (name === undefined || hasStackFile(args, host))
    return loadInput(args, host, { commands: false });
  if (!NAME.test(name))
    throw new CliError("invalid-stack", `${JSON.stringify(name)} cannot be a stack's name`);
  const nothing = { secrets: new Map(), document: {}, given: {}, files: [], pins: {} };
  return { stack: { name, resources: [] }, ...nothing };
}

interface LoadOptions {
  readonly variableFiles?: readonly string[];
  readonly fixed?: Sources["fixed"];
  /** In place of standard input. */
  readonly text?: string;
  readonly name?: string | undefined;
  /** Options of a Compose project that a saved plan was made with. */
  readonly project?: ProjectOptions;
  readonly targets?: readonly string[];
  readonly commands?: boolean;
  readonly files?: boolean;
  /** Takes the diagnostics, which are not shown then. */
  readonly collect?: (found: readonly JsonObject[]) => void;
}

export async function loadFiles(
  files: readonly string[],
  args: ParsedArguments,
  host: CliHost,
  more: LoadOptions = {},
): Promise<Input> {
  const { env, cwd, home } = host;
  const name = args.text("name") ?? more.name;
  const sources: Sources = {
    read: (path) =>
      path === "-" && more.text !== undefined
        ? new TextEncoder().encode(more.text)
        : host.read(path),
    files: [...files],
    cwd,
    home,
    env,
    variables: [...args.list("var")],
    variableFiles: [...(more.variableFiles ?? []), ...args.list("var-file")],
    ...(more.fixed && { fixed: more.fixed }),
    ...(name === undefined ? {} : { stackName: name }),
    ...projectOptions(args, host),
    ...more.project,
    named: keysNamed(more.targets ?? []),
    strict: args.flag("strict"),
  };
  const loaded = await loadKept(sources, host.cache, host.parts.load);
  const { stack, diagnostics, document } = loaded;
  host.hidden.learn(loaded.secrets.values());
  const redact = redacting(declaredValues(loaded.secrets));
  const tell = (found: readonly Diagnostic[]) => {
    if (more.collect) more.collect(found.map((one) => diagnosticDocument(one, redact)));
    else if (args.json) host.errData(diagnosticLines(found, redact));
    else host.err(diagnosticsText(found, loaded.texts, host.paintErr, redact));
  };
  tell(diagnostics);
  if (!stack || diagnostics.some(({ severity }) => severity === "error"))
    throw new CliError("invalid-stack");
  const planning = more.commands !== false;
  const secrets = planning ? await withOutputs(loaded, host, tell) : loaded.secrets;
  const input = {
    stack: (more.files ?? planning) ? await withFiles(stack, tell) : stack,
    ...{ secrets, document: document ?? {}, given: loaded.given, files, pins: {} },
  };
  const lock = lockFile(files, host.cwd);
  const bytes = host.read(lock);
  if (!bytes) return input;
  // An existing lock file always holds.
  const { parseLock } = await import("./lock-file.ts");
  const { pinned } = await import("../../language/pins.ts");
  const pins = parseLock(new TextDecoder().decode(bytes), lock);
  return { ...input, stack: pinned(input.stack, pins), pins };
}

type Tell = (found: readonly Diagnostic[]) => void;

/**
 * The stack with what the files hold that images come from or are built from, as planning compares
 * it; a bad one ends the command.
 */
async function withFiles(stack: Stack, tell: Tell): Promise<Stack> {
  const of = (has: (image: Resource) => boolean) =>
    stack.resources.some((resource) => resource.kind === "image" && has(resource));
  let known = stack;
  const mistakes: Diagnostic[] = [];
  if (of(({ spec }) => (spec.archive ?? spec.rootfs) !== undefined)) {
    const found = await (await import("./image-archives.ts")).supplied(known);
    known = found.stack;
    mistakes.push(...found.mistakes);
  }
  if (of(({ build }) => build !== undefined)) {
    const found = await (await import("./build-sources.ts")).withSources(known);
    known = found.stack;
    mistakes.push(...found.mistakes);
  }
  if (mistakes.length === 0) return known;
  tell(mistakes);
  throw new CliError("invalid-stack");
}

/** It lies beside the first stack file. */
export function lockFile([first = "-"]: readonly string[], cwd: string): string {
  return join(isOpen(first) ? cwd : dirname(resolve(cwd, first)), LOCK_FILE);
}

/** The sensitive values, those of commands too; a command that fails ends ours. */
async function withOutputs(loaded: Loaded, host: CliHost, tell: Tell): Promise<Secrets> {
  if (loaded.commands.length === 0) return loaded.secrets;
  const { secretValues } = await import("./secret-commands.ts");
  const { secrets, mistakes } = await secretValues(loaded, host);
  if (mistakes.length === 0) return secrets;
  tell(mistakes);
  throw new CliError("invalid-stack");
}

/** What the command line singles out; `replace` and `detach` are not every command's options. */
export function choicesOf(
  args: ParsedArguments,
  ...also: readonly ("replace" | "detach")[]
): Choices {
  return {
    targets: args.list("target"),
    unprotect: args.list("unprotect"),
    ...(also.includes("replace") ? { replacing: args.list("replace") } : {}),
    ...(also.includes("detach") ? { detach: args.flag("detach") } : {}),
  };
}

export function engineFlags(args: ParsedArguments): EngineFlags {
  return {
    host: args.text("host"),
    context: args.text("context"),
    insecure: args.flag("insecure") || undefined,
  };
}
