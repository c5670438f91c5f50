import type { Report } from "../source/diagnostics.ts";
import type { Files, Sources } from "../source/source-files.ts";
import type { Span } from "../source/source-text.ts";
import { declarations } from "../variables/declarations.ts";
import {
  type MergedDocument,
  type ParsedFile,
  variablesOf,
  withProject,
} from "../variables/merged-document.ts";
import { stackName } from "../variables/stack-name.ts";
import { type Inputs, substitute } from "../variables/substitute.ts";
import { inputs } from "../variables/values.ts";
import { merge } from "../yaml/merge.ts";
import { parse } from "../yaml/parse.ts";
import type { Mapping } from "../yaml/tree.ts";
import { extended } from "./extends.ts";
import { included } from "./include.ts";
import { effectiveOnly } from "./no-effect.ts";
import { activeOnly } from "./profiles.ts";
import type { Reader } from "./reader.ts";
import { withComposeNumbers } from "./scalars.ts";
import { inOwnWords } from "./sections.ts";
import { usedOnly } from "./used.ts";

/*
 * Compose files as one document of a stack file's form (Compose Specification; the order of its steps
 * is compose-go's loader): each file is read, put into our words, filled in, given what it includes
 * and extends, and merged over the files before it. What follows is the ordinary way.
 */

const COMPOSE_FILE = { noMap: "a Compose file is a map: `services:` and so on" };

/** One file in our words. */
function composeFile(root: Mapping, report: Report): Mapping {
  return inOwnWords(withComposeNumbers(root, report), report);
}

/** Several files as one document; `extends` and `include` are gone. */
function composed(
  all: readonly [ParsedFile, ...ParsedFile[]],
  inputs: Inputs,
  files: Files,
  report: Report,
): Mapping {
  const reader: Reader = {
    ...{ files, report, inputs },
    ...(inputs.missing && { missing: inputs.missing }),
    read(path, name, at, absent) {
      const from = files.source(path, name, () => report.error(`${absent}: ${name}`, at), at);
      const root = from && parse(from, report, COMPOSE_FILE);
      return root && substitute(composeFile(root, report), from, this.inputs, report);
    },
    complete(root, path, base, trail) {
      return extended(included(root, base, trail, this), path, base, this);
    },
  };
  const trail = all.map(({ path }) => path);
  const whole = ({ from, root, path }: ParsedFile) =>
    reader.complete(substitute(root, from, inputs, report), path, files.base, trail);
  const [first, ...later] = all;
  return merge([whole(first), ...later.map(whole)], report);
}

/** The words of a stack file, and those of a Compose file for the same. */
const COMPOSE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/`containers(?=[.:])/g, "`services"],
  [/`replicas` differ$/, "`scale` differ"],
  [/\bthe stack's containers\b/g, "the services"],
  [/\bthe container `/g, "the service `"],
  [/\bstack file\b/g, "Compose file"],
];

/**
 * Compose files. Variables that are not set are empty, with one warning (Compose Specification,
 * "Interpolation"); `--strict` makes each of them an error.
 */
export function fromCompose(
  all: readonly [ParsedFile, ...ParsedFile[]],
  sources: Sources,
  files: Files,
  report: Report,
): MergedDocument {
  report.reword(COMPOSE_WORDS);
  const unset = new Map<string, Span>();
  const missing = (name: string, at: Span) => {
    if (!unset.has(name)) unset.set(name, at);
  };
  const reading = { compose: true, ...(!sources.strict && { missing }) };
  const [first, ...later] = all.map((one) => ({ ...one, root: composeFile(one.root, report) }));
  const own = [first ?? all[0], ...later] as const;
  const roots = own.map(({ root }) => root);
  const given = inputs(declarations(variablesOf(roots, report)), sources, files, report, reading);
  const stack = stackName(roots, given, sources, files, report, true);
  const values = withProject(given, stack);
  report.phase("compose");
  const whole = composed(own, values, files, report);
  const { profiles = [], named = [] } = sources;
  const asked = profiles.length > 0 ? profiles : listed(values, "COMPOSE_PROFILES");
  const active = activeOnly(whole, { profiles: asked, named }, report);
  const used = usedOnly(active.root);
  const complain = () => {
    const [at] = unset.values();
    const names = [...unset.keys()].map((name) => `\`${name}\``).join(", ");
    const which = unset.size === 1 ? "a variable is" : "variables are";
    const hint = "--strict makes it an error; `${NAME:-}` says that it may be empty";
    if (at) report.warn(`${which} not set, and taken as empty: ${names}`, at, hint);
    given.complain();
  };
  return {
    root: effectiveOnly(used.root, report),
    ...{ stack, given, values, complain },
    compose: true,
    inactive: [...active.inactive, ...used.unused],
  };
}

function listed({ lookup, used }: Inputs, name: string): readonly string[] {
  used.add(name);
  return (lookup(name)?.text ?? "").split(",").flatMap((each) => each.trim() || []);
}
