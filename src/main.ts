import { homedir, hostname, userInfo } from "node:os";
import { Redactor } from "./attributes/secrets/redactor.ts";
import { member } from "./attributes/values/json.ts";
import { COMMANDS, GLOBALS } from "./cli/command-list.ts";
import type { Command } from "./cli/framework/command.ts";
import { ELSEWHERE } from "./cli/framework/other-tools.ts";
import { asksForJson, commandWord, parseGiven } from "./cli/framework/parse-arguments.ts";
import { commandHelp, overview } from "./cli/help.ts";
import { CliError, EXIT, type ExitCode, endingOf } from "./cli/host/exit-codes.ts";
import { readFile, spaceUnder, writeFile } from "./cli/host/files.ts";
import type { CliHost } from "./cli/host/host.ts";
import { askLine, interrupts, writer } from "./cli/host/terminal.ts";
import { version } from "./cli/host/version.ts";
import { load } from "./cli/load-command.ts";
import { parts } from "./cli/workflow/lazy-pipeline.ts";
import { suggestion } from "./language/source/suggestions.ts";
import { errorJson } from "./render/json/diagnostics.ts";
import { paint, wantsColour } from "./render/words/colors.ts";
import { flowed } from "./render/words/layout.ts";
import { sanitize } from "./render/words/sanitize.ts";
import { reasonOf } from "./system/file-errors.ts";

/** From the launcher (src/launch.ts); the sources, run as they are, keep nothing. */
declare const __CACHE__: string | undefined;

const leave = (code: number): never => process.exit(code);

/** Some of the output is lost. Who only stopped reading wanted no more of it. */
let unwritten = false;

async function main(args: readonly string[]): Promise<ExitCode> {
  const around = surroundings(args.includes("--no-color"));
  // What nobody has caught is told like any other bug, without any sensitive value.
  process.on("uncaughtException", (error) => process.exit(complain(error, around)));
  try {
    return await dispatch(args, around);
  } catch (error) {
    return complain(error, around);
  }
}

async function dispatch(args: readonly string[], around: CliHost): Promise<ExitCode> {
  const index = commandWord(args, GLOBALS);
  const asks = (name: string, short?: string) =>
    args.includes(`--${name}`) || (short !== undefined && args.includes(`-${short}`));
  if (index < 0) {
    if (asks("version")) around.out(`${version}\n`);
    else if (asks("help", "h")) around.out(overview(around.paintOut.columns));
    else {
      const stray = args[0];
      if (stray === undefined) around.err(overview(around.paintErr.columns));
      else throw new CliError("usage", `a command is missing after ${stray}`, "See: stack --help");
      return EXIT.failed;
    }
    return EXIT.done;
  }
  const command = commandNamed(args[index] ?? "");
  // Before the rest is judged: who asks for help may have the rest wrong.
  if (asks("help", "h")) {
    around.out(commandHelp(command, around.paintOut.columns));
    return EXIT.done;
  }
  const given = parseGiven(args.toSpliced(index, 1), command, GLOBALS);
  if (given.flag("version")) around.out(`${version}\n`);
  else {
    const run = await load(command);
    return run(given, around);
  }
  return EXIT.done;
}

function commandNamed(word: string): Command {
  const command = COMMANDS.find(({ name }) => name === word);
  if (command) return command;
  const names = COMMANDS.map(({ name }) => name);
  const hint = member(ELSEWHERE, word) ?? suggestion(word, names) ?? "All commands: stack --help";
  throw new CliError("usage", `no command is named ${JSON.stringify(sanitize(word, 60))}`, hint);
}

/** A person's or an engine's mistake is told in a line or two; ours with all that helps to mend it. */
function complain(error: unknown, around: CliHost): ExitCode {
  if (around.interrupts.signal.aborted) return EXIT.interrupted;
  const { paintErr, hidden } = around;
  const ending = endingOf(error);
  const told = (words: string) => sanitize(hidden.redact(words));
  if (ending && asksForJson(process.argv.slice(2))) {
    if (ending.message) around.errData(errorJson(ending, told));
    return ending.status;
  }
  if (!ending) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    around.err(
      `${paintErr.bad("error:")} this is a bug in stack ${version}:\n${hidden.redact(trace)}\n`,
    );
    return EXIT.failed;
  }
  if (ending.message) around.err(`${paintErr.bad("error:")} ${told(ending.message)}\n`);
  if (ending.hint) around.err(`  ${told(ending.hint)}\n`);
  return ending.status;
}

function surroundings(colourless: boolean): CliHost {
  const { env, stdout, stderr } = process;
  const paintErr = paint(wantsColour(env, stderr, colourless), stderr);
  // Where complaints cannot be written, nobody can be told.
  const write = writer(stderr, () => {});
  // It is for people alone, and all of it is sentences or fits already.
  const err = (text: string) => write(flowed(text, paintErr.columns));
  return {
    env,
    cwd: process.cwd(),
    home: homedir(),
    cache: typeof __CACHE__ === "string" ? __CACHE__ : undefined,
    // Few commands look at it, and to open it takes 6 ms.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    out: writer(stdout, (error) => {
      err(`${paintErr.bad("error:")} the output cannot be written: ${reasonOf(error)}\n`);
      unwritten = true;
    }),
    err,
    errData: write,
    paintOut: paint(wantsColour(env, stdout, colourless), stdout),
    paintErr,
    now: Date.now,
    space: spaceUnder,
    get runner() {
      return { user: userName(), host: hostname(), pid: process.pid };
    },
    read: readFile,
    write: writeFile,
    ask: askLine,
    interrupts: interrupts(leave),
    hidden: new Redactor(),
    parts,
  };
}

/** A number where it has no name, as in many containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** Known as late as when the process ends: what is written to a pipe is awaited by nobody. */
process.on("exit", (code) => {
  if (unwritten && code === EXIT.done) process.exitCode = EXIT.failed;
});

/** No `await` here: the built program is a script, not a module. */
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
