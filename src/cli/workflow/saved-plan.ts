import { dirname, join, relative, resolve } from "node:path";
import type { Build } from "../../model/build.ts";
import type { Json } from "../../model/json.ts";
import type { Plan, Step } from "../../model/plan.ts";
import type { Resource, Secrets, Stack } from "../../model/stack.ts";
import { type Inputs, readSaved, type Saved } from "../../render/json/saved-plan.ts";
import type { ParsedArguments } from "../framework/command.ts";
import { absolute } from "../host/destination.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import { loadFiles } from "../inputs/load-stack.ts";
import { digest } from "./lazy-pipeline.ts";

/** Bytes; a plan holds the content of configs. */
const LARGEST = 256 << 20;

/**
 * A plan that was saved, with its sensitive values, which the same inputs supply again, and with
 * its files where they are now.
 */
export async function reopened(
  file: string,
  args: ParsedArguments,
  host: CliHost,
): Promise<Saved & { readonly secrets: Secrets }> {
  refuseOptions(args);
  const path = absolute(file, host);
  const saved = read(file, path, host);
  refuseVariables(saved, args);
  const folder = path === "-" ? host.cwd : dirname(path);
  const files = filesOf(saved.inputs, folder, args, host);
  const secrets = await secretsOf(saved, files, args, host);
  return { ...moved(saved, files), secrets };
}

const FLAGS = ["locked", "detach"];

/** A saved plan has decided already; an option that asks for something else would be ignored. */
function refuseOptions(args: ParsedArguments): void {
  for (const name of [
    "name",
    "locked",
    "detach",
    "allow-data-loss",
    "unprotect",
    "target",
    "replace",
  ])
    if (args.list(name).length > 0)
      throw new CliError(
        "usage",
        `--${name} has no effect on a saved plan, whose steps are fixed`,
        `Give it to the plan: stack plan --${name}${FLAGS.includes(name) ? "" : " …"} --out FILE`,
      );
}

const ineffective = (option: string) =>
  new CliError("usage", `${option} has no effect on a saved plan`, "Make a new plan.");

/** Of plain variables the plan has the values; others may be given where they are sensitive. */
function refuseVariables({ inputs, plan }: Saved, args: ParsedArguments): void {
  const hidden = new Set([...inputs.sensitive, ...plan.sensitive.map(variableOf)]);
  for (const pair of args.list("var")) {
    const [name = ""] = pair.split("=", 1);
    if (hidden.has(name)) continue;
    const value = Object.hasOwn(inputs.variables, name) ? inputs.variables[name] : undefined;
    if (value === undefined) throw ineffective(`--var ${name}`);
    if (String(value) === pair.slice(name.length + 1)) continue;
    throw new CliError(
      "usage",
      `--var ${name} differs from the value that the plan was made with`,
      "Make a new plan.",
    );
  }
  if (plan.sensitive.length > 0) return;
  for (const option of ["var-file", "file"])
    if (args.list(option).length > 0 && (option === "var-file" || !needsFiles(plan)))
      throw ineffective(`--${option}`);
}

/** The variable of a sensitive value: `keys` of `keys[2]`. */
const variableOf = (name: string): string => name.replace(/\[\d+\]$/, "");

const needsFiles = ({ steps }: Plan): boolean =>
  steps.some(
    (step) =>
      step.operation === "image.build" ||
      step.operation === "image.load" ||
      step.operation === "image.import",
  );

function read(file: string, path: string, host: CliHost): Saved {
  const bytes = host.read(path, LARGEST);
  if (!bytes) throw new CliError("invalid-plan", `there is no saved plan ${file}`);
  const saved = readSaved(new TextDecoder().decode(bytes), digest);
  if (!("faults" in saved)) return saved;
  const [first, second, third, ...more] = saved.faults;
  const shown = [first, second, third].filter(Boolean).join("; ");
  throw new CliError(
    "invalid-plan",
    `${file} cannot be applied: ${shown}${more.length > 0 ? `; and ${more.length} more` : ""}`,
    "Save a plan with `stack plan --out FILE`.",
  );
}

/** The stack files of now: those that are named, else those that lie as they did, else those of then. */
function filesOf(
  { files, folder: then }: Inputs,
  folder: string,
  args: ParsedArguments,
  host: CliHost,
): readonly string[] {
  const named = args.list("file").map((file) => absolute(file, host));
  for (const file of named)
    if (file !== "-" && host.read(file) === undefined)
      throw new CliError(
        "no-stack-file",
        `there is no stack file ${file}`,
        "-f names the plan's stack files.",
      );
  return named.length > 0 ? named : files.map((file) => newPath(file, then, folder, host));
}

/** Beside the plan as before, where there is such a file now; else where it was. */
function newPath(file: string, then: string, folder: string, host: CliHost): string {
  if (file === "-") return file;
  const beside = resolve(folder, relative(then, file));
  return host.read(beside) === undefined ? file : beside;
}

/** Sensitive values are never saved: the same inputs supply them again. */
async function secretsOf(
  { inputs, plan }: Saved,
  files: readonly string[],
  args: ParsedArguments,
  host: CliHost,
): Promise<Secrets> {
  if (plan.sensitive.length === 0) return new Map();
  const now = new Set(args.list("var").map((pair) => pair.split("=", 1)[0]));
  if (args.list("var-file").length === 0)
    refuseMissing(inputs.sensitive.filter((name) => !now.has(name) && !host.env[name]));
  const variableFiles = inputs.variableFiles.filter((file) => host.read(file) !== undefined);
  const { profiles, envFiles } = inputs;
  const project = { ...(profiles && { profiles }), ...(envFiles && { envFiles }) };
  const how = { variableFiles, project, name: inputs.name ?? plan.stack, files: false };
  const lost = files.filter((file) => file !== "-" && host.read(file) === undefined);
  const { secrets } =
    lost.length === 0
      ? await loadFiles(files, args, host, { ...how, fixed: inputs.variables })
      : await loadFiles(["-"], args, host, { ...how, text: declaring(plan, lost) });
  refuseMissing(plan.sensitive.filter((wanted) => !secrets.has(wanted)).map(variableOf));
  return secrets;
}

/** Without its files, a stack that only declares the variables of the plan. */
function declaring({ stack, sensitive }: Plan, lost: readonly string[]): string {
  const others = sensitive.filter((name) => name.includes("."));
  if (others.length > 0)
    throw new CliError(
      "missing-input",
      `there is no ${lost.join(", ")}, which says where ${others.join(", ")} come from`,
      "Name the stack's files with -f.",
    );
  const variables = sensitive.map((name) => [
    variableOf(name),
    { type: name.endsWith("]") ? "list" : "string", sensitive: true },
  ]);
  return JSON.stringify({ name: stack, variables: Object.fromEntries(variables) });
}

function refuseMissing(names: readonly string[]): void {
  const missing = [...new Set(names)];
  if (missing.length === 0) return;
  throw new CliError(
    "missing-input",
    `the plan has sensitive values, which were not saved: give these again: ${missing.join(", ")}`,
    missing.map((name) => `--var ${name}=…`).join(" "),
  );
}

/**
 * The plan with the files of the client that its steps read where they lie now, beside the stack
 * file as before. What is in them is checked by the steps themselves.
 */
function moved(saved: Saved, [first = "-"]: readonly string[]): Saved {
  const [before = "-"] = saved.inputs.files;
  const [then, now] = [dirname(before), dirname(first)];
  if (before === "-" || first === "-" || then === now) return saved;
  const to = (path: string) =>
    path === then || path.startsWith(join(then, "/")) ? join(now, relative(then, path)) : path;
  const { stack, plan } = saved;
  return {
    ...saved,
    stack: { ...stack, resources: stack.resources.map((each) => movedImage(each, to)) },
    plan: { ...plan, steps: plan.steps.map((step) => movedStep(step, to)) },
  };
}

type To = (path: string) => string;

function movedStep(step: Step, to: To): Step {
  if (step.operation === "image.load" || step.operation === "image.import")
    return { ...step, file: to(step.file) };
  return step.operation === "image.build" ? { ...step, build: movedBuild(step.build, to) } : step;
}

function movedBuild(build: Build, to: To): Build {
  const { context, dockerfile, additional_contexts: others } = build;
  const contexts = Object.entries(others ?? {}).map(([name, from]) => [name, to(from)]);
  return {
    ...build,
    context: to(context),
    ...(dockerfile === undefined ? {} : { dockerfile: to(dockerfile) }),
    ...(others && { additional_contexts: Object.fromEntries(contexts) }),
  };
}

function movedImage(resource: Resource, to: To): Stack["resources"][number] {
  if (resource.kind !== "image") return resource;
  const { spec, build } = resource;
  const path = (value: Json | undefined) => (typeof value === "string" ? to(value) : value);
  const { archive, rootfs } = spec;
  return {
    ...resource,
    spec: {
      ...spec,
      ...(archive === undefined ? {} : { archive: path(archive) as Json }),
      ...(rootfs === undefined ? {} : { rootfs: path(rootfs) as Json }),
    },
    ...(build && { build: { ...build, asked: movedBuild(build.asked, to) } }),
  };
}
