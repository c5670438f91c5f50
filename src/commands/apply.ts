import { resolve } from "node:path";
import type { Plan, Step } from "../model/plan.ts";
import type { Secrets } from "../model/stack.ts";
import { readSaved, type Saved } from "../render/saved.ts";
import type { Around } from "./around.ts";
import { carryOut, settingsOf } from "./carry-out.ts";
import type { Given, Run } from "./command.ts";
import { withEngine } from "./connect.ts";
import { EXIT, type ExitCode, Stop } from "./exit.ts";
import { refuseStale } from "./freshness.ts";
import { choicesOf, engineFlags, loadFiles, loadInput } from "./inputs.ts";

export const run: Run = async (given, around) => {
  settingsOf(given);
  if (given.positional !== undefined) return applySaved(given.positional, given, around);
  const { stack, secrets, pins } = await loadInput(given, around);
  if (given.flag("locked")) (await import("./lockfile.ts")).refuseUnlocked(stack, pins);
  return withEngine(engineFlags(given), around, async (engine) => {
    engine.follow();
    const allowDataLoss = given.list("allow-data-loss");
    const choices = choicesOf(given, "replace", "detach");
    const look = async () => {
      const observed = await engine.observe(stack, secrets, around.interrupts.signal);
      const made = await around.parts.plan(stack, observed, {
        secrets,
        allowDataLoss,
        ...choices,
      });
      return given.flag("no-rollback") ? withoutWayBack(made) : made;
    };
    // What another run is making may be seen before it has its labels (a volume, on 20.10).
    const plan = async () => {
      const first = await look();
      return first.conflicts.length > 0 ? look() : first;
    };
    const agreed = given.flag("yes");
    const prepared = { plan: await plan(), stack, secrets, engine, agreed };
    return carryOut(agreed ? { ...prepared, replan: plan } : prepared, given, around);
  });
};

/** Does exactly what was saved, on the engine that it was made for, if that is as it was then. */
async function applySaved(file: string, given: Given, around: Around): Promise<ExitCode> {
  refuseInputs(given);
  const saved = read(file, around);
  const { inputs, stack, plan } = saved;
  const secrets = await secretsOf(saved, given, around);
  const { host, context, insecure } = engineFlags(given);
  const recorded = host || context ? {} : { host: inputs.host, context: inputs.context };
  const flags = { host, context, ...recorded, insecure: insecure ?? inputs.insecure };
  return withEngine(flags, around, async (engine) => {
    engine.follow();
    if (engine.facts.endpoint !== plan.engine.endpoint)
      throw new Stop(
        EXIT.refused,
        `the plan was made for ${plan.engine.endpoint}, not for ${engine.facts.endpoint}`,
        "Name the same engine with --host or --context.",
      );
    const asked = given.flag("no-rollback") ? withoutWayBack(plan) : plan;
    const prepared = { plan: asked, stack, secrets, engine, agreed: true };
    await refuseStale(prepared, around);
    return carryOut(prepared, given, around);
  });
}

/** The same plan, of which a failure leaves everything as it is then. */
function withoutWayBack(plan: Plan): Plan {
  const steps = plan.steps.map(({ ifFails: _, ifSkipped: __, ...step }) => step as Step);
  return { ...plan, steps, recovery: [] };
}

/** A saved plan has decided already; an option that asks for something else would be ignored. */
function refuseInputs(given: Given): void {
  const objects = ["allow-data-loss", "unprotect", "target", "replace"];
  const fixed = ["file", "name", "locked", "detach", ...objects];
  for (const name of fixed) {
    if (given.list(name).length > 0)
      throw new Stop(EXIT.failed, `--${name} has no effect on a saved plan`, "Make a new plan.");
  }
}

function read(file: string, around: Around): Saved {
  const bytes = around.read(resolve(around.cwd, file));
  if (!bytes) throw new Stop(EXIT.invalid, `there is no saved plan ${file}`);
  const saved = readSaved(new TextDecoder().decode(bytes));
  if (!("faults" in saved)) return saved;
  const [first, second, third, ...more] = saved.faults;
  const shown = [first, second, third].filter(Boolean).join("; ");
  throw new Stop(
    EXIT.invalid,
    `${file} can not be applied: ${shown}${more.length > 0 ? `; and ${more.length} more` : ""}`,
    "Save a plan with `stack plan --out FILE`.",
  );
}

/** Sensitive values are never saved: the same inputs supply them again. */
async function secretsOf({ inputs, plan }: Saved, given: Given, around: Around): Promise<Secrets> {
  if (plan.sensitive.length === 0) return new Map();
  const now = new Set(given.list("var").map((pair) => pair.split("=", 1)[0]));
  refuseMissing(inputs.variables.filter((name) => !now.has(name)));
  const { variableFiles, name } = inputs;
  const { secrets } = await loadFiles(inputs.files, given, around, { variableFiles, name });
  refuseMissing(plan.sensitive.filter((wanted) => !secrets.has(wanted)));
  return secrets;
}

function refuseMissing(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new Stop(
    EXIT.refused,
    `the plan has sensitive values, which were not saved: give these again: ${names.join(", ")}`,
    names.map((name) => `--var ${name}=…`).join(" "),
  );
}
