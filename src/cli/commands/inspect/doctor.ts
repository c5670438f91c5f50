import type { Installation } from "../../../engine/engine.ts";
import { safe } from "../../../render/words/sanitize.ts";
import type { Given, Run } from "../../framework/command.ts";
import { EXIT, endingOf, Stop } from "../../host/exit-codes.ts";
import type { Around } from "../../host/host.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { aboutEngine, type Check, registriesOf } from "../../workflow/engine-checks.ts";
import { openEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.doctor/1";

export const run: Run = async (given, around) => {
  const checks = await examine(given, around);
  const failed = checks.some(({ result }) => result === "fail");
  if (given.text("format") === "json") {
    around.out(`${JSON.stringify({ format: FORMAT, checks }, null, 2)}\n`);
  } else {
    const { good, warn, bad } = around.paintOut;
    const painted = { ok: good("ok  "), warn: warn("warn"), fail: bad("fail") };
    for (const { result, name, message, hint } of checks)
      around.out(
        `${painted[result]}  ${name}: ${safe(message)}${hint ? ` (${safe(hint)})` : ""}\n`,
      );
  }
  return failed ? EXIT.failed : EXIT.done;
};

async function examine(given: Given, around: Around): Promise<readonly Check[]> {
  let engine: Installation;
  try {
    engine = await openEngine(engineFlags(given), around);
  } catch (error) {
    return [failure("engine", error)];
  }
  try {
    const info = await engine.info(around.interrupts.signal);
    const logins = await loginsFor(engine, given, around);
    return [...aboutEngine(engine.facts, info, around), ...logins];
  } catch (error) {
    return [failure("engine", error)];
  } finally {
    engine.close();
  }
}

/** Of the registries of the stack's images; a folder without a stack has none. */
async function loginsFor(engine: Installation, given: Given, around: Around) {
  let hosts: readonly string[];
  try {
    hosts = registriesOf((await loadInput(given, around)).stack);
  } catch (error) {
    const absent = error instanceof Stop && error.message.startsWith("there is no stack.yaml");
    return absent ? [] : [failure("stack file", error)];
  }
  return Promise.all(hosts.map((host) => loginFor(host, engine, around)));
}

async function loginFor(host: string, engine: Installation, around: Around): Promise<Check> {
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
  if (!ending || ending.code === EXIT.interrupted) throw error;
  const hint = ending.hint === undefined ? {} : { hint: ending.hint };
  return { name, result: "fail", message: ending.message || "it has mistakes", ...hint };
}
