import { tokensIn } from "../attributes/secrets/sensitive.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { JsonObject } from "../model/json.ts";
import type { Resource, Secrets, Stack } from "../model/stack.ts";
import type { Authored } from "./attributes/canonicalize.ts";
import type { Environment, SecretCommand } from "./attributes/environment.ts";
import { flattenDeploy } from "./compose/deploy.ts";
import { fromCompose } from "./compose/document.ts";
import { isCompose } from "./compose/sections.ts";
import { spoken } from "./compose/silence.ts";
import { modelled } from "./model/build-model.ts";
import { resolvedDocument } from "./resolve/document.ts";
import { resolve } from "./resolve/resolve.ts";
import { rules } from "./rules/index.ts";
import { coerce } from "./schema/coerce.ts";
import { stackSchema } from "./schema/schema.ts";
import { validate } from "./schema/validate.ts";
import { Report } from "./source/diagnostics.ts";
import { Files, type Given, type Sources } from "./source/source-files.ts";
import { fromStackFiles, type ParsedFile } from "./variables/merged-document.ts";
import { parse } from "./yaml/parse.ts";

export type { Sources } from "./source/source-files.ts";

export interface Loaded {
  /** `undefined` when there are errors. */
  readonly stack: Stack | undefined;
  readonly secrets: Secrets;
  /** Programs whose output is the value of a secret that a container gets; not run yet. */
  readonly commands: readonly SecretCommand[];
  /** The plain values of the variables that were asked for: what a saved plan keeps. */
  readonly given: Readonly<Record<string, Given>>;
  /** All at once, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** The text of each file by the name that places use. */
  readonly texts: ReadonlyMap<string, string>;
  /** The resolved document, tokens in place of sensitive values; `undefined` when there are errors. */
  readonly document: JsonObject | undefined;
}

/** Files to a stack: parse, fill in variables, merge, type and validate, judge, resolve. */
export function load(sources: Sources): Loaded {
  const report = new Report();
  const files = new Files(sources, report);
  const secrets = new Map<string, string>();
  const commands: SecretCommand[] = [];
  const result = understood(sources, files, { secrets, commands }, report);
  const sound = report.failed ? undefined : result;
  return {
    stack: sound?.stack,
    document: sound?.document,
    given: harmless(sound?.given ?? {}, secrets),
    secrets,
    commands: granted(commands, sound?.stack),
    diagnostics: report.sorted(),
    texts: files.texts,
  };
}

/** A secret may have come from a variable that nobody has declared to be one. */
function harmless(given: Readonly<Record<string, Given>>, secrets: Secrets) {
  const hidden = new Set(secrets.values());
  const isPlain = (value: Given) =>
    typeof value === "string" ? !hidden.has(value) : !value.some((each) => hidden.has(each));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => isPlain(value)));
}

/** Nobody asks for the others' values. */
function granted(commands: readonly SecretCommand[], stack: Stack | undefined) {
  const used = new Set(stack?.resources.flatMap(tokensOf));
  return commands.filter(({ token }) => used.has(token));
}

const tokensOf = ({ spec, build }: Resource): string[] => [
  ...tokensIn(spec.secrets),
  ...(build?.asked.secrets ?? []).flatMap(({ content }) => tokensIn(content)),
];

interface Understood {
  readonly stack: Stack;
  readonly document: JsonObject;
  readonly given: Readonly<Record<string, Given>>;
}

function understood(
  sources: Sources,
  files: Files,
  hidden: Pick<Environment, "secrets" | "commands">,
  report: Report,
): Understood | undefined {
  const parsed = sources.files.map((name) => parsedFile(name, files, report));
  const [first, ...later] = parsed.flatMap((one) => one ?? []);
  // Without one of its files nothing can be said of the stack that would not mislead.
  if (!first || parsed.includes(undefined)) return undefined;
  const all = [first, ...later] as const;
  report.phase("variable");
  const read = all.some(({ root }) => isCompose(root))
    ? fromCompose(all, sources, files, report)
    : fromStackFiles(all, sources, files, report);
  for (const [name, text] of read.given.secrets) hidden.secrets.set(name, text);
  const { values, stack, compose } = read;
  report.phase("wrong-type");
  const root = spoken(flattenDeploy(read.root, report));
  const document = coerce(root, stackSchema(), report, { words: compose });
  const wrong = validate(document, root, report);
  const authored: Authored = { document, root, wrong, report };
  const outside: Environment = { inputs: values, files, ...hidden, root, report, compose };
  report.phase("invalid-value");
  const model = modelled(stack, authored, outside);
  report.phase("variable");
  read.complain();
  report.phase("invalid-combination");
  for (const rule of rules) rule(model);
  if (report.failed) return undefined;
  const resolved = resolve(model);
  return {
    stack: read.inactive.length > 0 ? { ...resolved, inactive: read.inactive } : resolved,
    document: resolvedDocument(document, model),
    given: read.given.plain(),
  };
}

function parsedFile(name: string, files: Files, report: Report): ParsedFile | undefined {
  const path = name === "-" ? name : files.absolute(name);
  const from = files.source(path, name, () =>
    report.error(
      `there is no stack file ${name}`,
      undefined,
      "write one with `stack init`, or name another with -f",
      "file",
    ),
  );
  const root = from && parse(from, report);
  return root && { from, root, path };
}
