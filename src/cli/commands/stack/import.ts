import { basename } from "node:path";
import { Document, isScalar, visit } from "yaml";
import { configLabels } from "../../../attributes/core/ownership.ts";
import type { Engine } from "../../../engine/engine.ts";
import type { Imported } from "../../../import/document.ts";
import { type Choice, unfound } from "../../../import/selection.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { ObservedState } from "../../../model/observed-state.ts";
import type { Resource, Secrets, Stack } from "../../../model/stack.ts";
import { plural } from "../../../render/words/quantities.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { destination } from "../../host/destination.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags } from "../../inputs/load-stack.ts";
import { unkept } from "../../inputs/project-files.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  const choice: Choice = {
    names: args.positionals,
    labels: args.list("label"),
    project: args.text("project"),
    stack: args.text("stack"),
  };
  if (choice.stack !== undefined && (choice.project !== undefined || args.text("name")))
    throw new CliError("usage", "--stack says what to import and what to call it");
  const name = nameOf(choice, args, host);
  const { result, text, left, missing } = await withEngine(
    engineFlags(args),
    host,
    async (engine) => {
      const observed = await everything(engine, name, choice, host);
      const withSecrets = args.flag("with-secrets");
      const { Name } = await engine.info(host.interrupts.signal);
      const machine = typeof Name === "string" ? Name : undefined;
      const importing = { name, choice, withSecrets, machine };
      const result = await host.parts.imported(observed, importing);
      if (Object.values(result.counts).every((count) => count === 0))
        throw new CliError("usage", "there is nothing to import", "stack import --help");
      const text = yamlOf(result.document);
      const labels = choice.project === undefined ? [] : labelsOf(observed, choice.project);
      const missing = [...unkept(labels, host), ...(choice.stack === undefined ? [] : [FORGOTTEN])];
      const left = await remaining(text, result, engine, host);
      return { result, text, left, missing };
    },
  );
  const { path } = destination(args.text("out") ?? "-", host);
  if (path === "-") host.out(text);
  else await host.write(path, text, { fresh: true, secret: true });
  tell(name, result, { left, missing }, host);
  return EXIT.done;
};

/** No label tells of it. */
const FORGOTTEN =
  "no engine keeps `update_config`, `build`, `images:`, variables, `ignore_changes` and comments: add again what the file had";

function labelsOf({ containers }: ObservedState, project: string): readonly JsonObject[] {
  return containers
    .map(({ json }) => configLabels(json))
    .filter((labels) => labels["com.docker.compose.project"] === project);
}

/** Lists of a few words stand on one line, as people write commands. */
function yamlOf(value: JsonObject): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, list) {
      const words = list.items.every((item) => isScalar(item) && !/\n/.test(String(item.value)));
      if (words && String(list.items).length < 60) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}

/** As given; else that of what is imported; else that of the folder, as the language has it. */
function nameOf({ stack, project }: Choice, args: ParsedArguments, host: CliHost): string {
  const folder = basename(host.cwd).toLowerCase();
  const fit = folder.replace(/[^a-z0-9_-]/g, "").replace(/^[_-]+/, "");
  const name = args.text("name") ?? stack ?? project ?? (fit || "imported");
  if (/^[a-z0-9][a-z0-9_-]*$/.test(name)) return name;
  const hint = "Give it one with --name: lower-case letters, digits, `_` and `-`.";
  throw new CliError("usage", `${JSON.stringify(name)} cannot be a stack's name`, hint);
}

/** The engine with an inspect for each container that may be imported. */
async function everything(engine: Engine, name: string, choice: Choice, host: CliHost) {
  const look = (resources: readonly Resource[]) => {
    const stack: Stack = { name, resources };
    return engine.observe(stack, new Map(), host.interrupts.signal);
  };
  const first = await look([]);
  refuse(first, name, choice);
  if (choice.stack !== undefined) return first;
  const candidates = first.listed.filter(
    (listed) => !listed.owner && (choice.names.length === 0 || choice.names.includes(listed.name)),
  );
  return look(
    candidates.map((listed) => ({
      address: `container.${listed.name}`,
      kind: "container",
      key: listed.name,
      name: listed.name,
      spec: {},
      needs: [],
      adopt: true,
    })),
  );
}

function refuse(observed: ObservedState, name: string, choice: Choice): void {
  const { listed, networks, volumes } = observed;
  const owned = [...listed, ...networks, ...volumes].some(({ owner }) => owner?.stack === name);
  if (choice.stack !== undefined) {
    if (owned) return;
    throw new CliError("not-found", `the engine holds nothing of the stack ${name}`);
  }
  const missing = unfound(observed, choice).map((message) => sanitize(message));
  if (missing.length > 0)
    throw new CliError("usage", missing.join("; "), "See: stack import --help");
  if (owned)
    throw new CliError(
      "exists",
      `the engine holds a stack ${name} already, which the file would take for its own`,
      "Give another name with --name; `--stack` gets that one's file back.",
    );
}

/** What planning with the file would still do, although it should find nothing. */
async function remaining(text: string, { withheld }: Imported, engine: Engine, host: CliHost) {
  const bytes = new TextEncoder().encode(text);
  const { stack, secrets, diagnostics } = await host.parts.load({
    read: (path) => (path === "-" ? bytes : undefined),
    files: ["-"],
    cwd: host.cwd,
    home: host.home,
    env: {},
    variables: withheld.map(({ variable, value }) => `${variable}=${value}`),
    variableFiles: [],
  });
  if (!stack) return diagnostics.map(({ message }) => message);
  return differences(stack, secrets, engine, host);
}

async function differences(stack: Stack, secrets: Secrets, engine: Engine, host: CliHost) {
  const observed = await engine.observe(stack, secrets, host.interrupts.signal);
  const plan = await host.parts.plan(stack, observed, { secrets, allowDataLoss: [] });
  const { conflicts, changes, blocked } = plan;
  return [
    ...conflicts.map(({ address, message }) => `${address}: ${message}`),
    ...[...changes, ...blocked.filter(({ required }) => required).map(({ change }) => change)].map(
      ({ address, action, reason }) => `${address}: planning would ${action} it: ${reason}`,
    ),
  ];
}

interface Rest {
  /** What planning would still do. */
  readonly left: readonly string[];
  /** What the engine does not tell. */
  readonly missing: readonly string[];
}

function tell(name: string, result: Imported, { left, missing }: Rest, host: CliHost): void {
  const { counts, withheld, warnings } = result;
  const kinds = (["container", "network", "volume"] as const).flatMap((kind) =>
    counts[kind] > 0 ? [plural(counts[kind], kind)] : [],
  );
  const { warn, good } = host.paintErr;
  const whole = warnings.length + missing.length === 0;
  const nothing = `planning with it finds nothing to do${whole ? "" : ", but it does not say everything"}`;
  const state = left.length === 0 ? nothing : "it needs an edit";
  const notes = [
    ...withheld.map(
      ({ variable, uses }) =>
        `${uses.join(", ")} looks secret and is not written: give it with --var ${variable}=…`,
    ),
    ...warnings,
    ...missing,
    ...left,
  ];
  host.err(`${good("Imported")} ${kinds.join(", ")} as the stack ${name}: ${state}.\n`);
  for (const note of notes) host.err(`  ${warn("!")} ${sanitize(note, 500)}\n`);
}
