import type { EngineSession } from "../../../engine/engine.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { CliError, EXIT, endingOf } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { aboutEngine, type Check, registriesOf } from "../../workflow/engine-checks.ts";
import { openEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.doctor/1";

export const run: Run = async (args, host) => {
  const checks = await examine(args, host);
  const failed = checks.some(({ result }) => result === "fail");
  if (args.text("format") === "json") {
    host.out(`${JSON.stringify({ format: FORMAT, checks }, null, 2)}\n`);
  } else {
    const { good, warn, bad } = host.paintOut;
    const painted = { ok: good("ok  "), warn: warn("warn"), fail: bad("fail") };
    for (const { result, name, message, hint } of checks)
      host.out(
        `${painted[result]}  ${name}: ${sanitize(message)}${hint ? ` (${sanitize(hint)})` : ""}\n`,
      );
  }
  return failed ? EXIT.failed : EXIT.done;
};

async function examine(args: ParsedArguments, host: CliHost): Promise<readonly Check[]> {
  let engine: EngineSession;
  try {
    engine = await openEngine(engineFlags(args), host);
  } catch (error) {
    return [failure("engine", error)];
  }
  try {
    const info = await engine.info(host.interrupts.signal);
    const logins = await loginsFor(engine, args, host);
    return [...aboutEngine(engine.facts, info, host), ...logins];
  } catch (error) {
    return [failure("engine", error)];
  } finally {
    engine.close();
  }
}

/** Of the registries of the stack's images; a folder without a stack has none. */
async function loginsFor(engine: EngineSession, args: ParsedArguments, around: CliHost) {
  let hosts: readonly string[];
  try {
    hosts = registriesOf((await loadInput(args, around)).stack);
  } catch (error) {
    const absent = error instanceof CliError && error.message.startsWith("there is no stack.yaml");
    return absent ? [] : [failure("stack file", error)];
  }
  return Promise.all(hosts.map((host) => loginFor(host, engine, around)));
}

async function loginFor(host: string, engine: EngineSession, around: CliHost): Promise<Check> {
  const name = `login for ${host}`;
  try {
    const from = await engine.login(host, around.interrupts.signal);
    const message = from ? `from ${from}` : "none, so its images must be public";
    return { name, result: "ok", message };
  } catch (error) {
    return failure(name, error);
  }
}

function failure(name: string, error: unknown): Check {
  const ending = endingOf(error);
  if (!ending || ending.status === EXIT.interrupted) throw error;
  const hint = ending.hint === undefined ? {} : { hint: ending.hint };
  return { name, result: "fail", message: ending.message || "it has mistakes", ...hint };
}
