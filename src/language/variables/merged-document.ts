import type { Address } from "../../model/stack.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Files, Sources } from "../source/source-files.ts";
import type { Source } from "../source/source-text.ts";
import { merge } from "../yaml/merge.ts";
import type { Mapping } from "../yaml/tree.ts";
import { declarations } from "./declarations.ts";
import { stackName } from "./stack-name.ts";
import { type Inputs, substitute } from "./substitute.ts";
import { inputs, type Resolved } from "./values.ts";

/** A file of the stack, before variables are filled in. */
export interface ParsedFile {
  readonly from: Source;
  readonly root: Mapping;
  /** Absolute. */
  readonly path: string;
}

type Parsed = readonly [ParsedFile, ...ParsedFile[]];

/** All files of a stack as one document, in the words of a stack file and with variables filled in. */
export interface MergedDocument {
  readonly root: Mapping;
  readonly stack: string;
  readonly given: Resolved;
  /** `given`, with the stack's name. */
  readonly values: Inputs;
  readonly compose: boolean;
  /** What the files declare and this load leaves alone: neither made nor removed. */
  readonly inactive: readonly Address[];
  /** Reports what is known only when all references are; after everything has been read. */
  complain(): void;
}

export function fromStackFiles(
  all: Parsed,
  sources: Sources,
  files: Files,
  report: Report,
): MergedDocument {
  const roots = all.map(({ root }) => root);
  const given = inputs(declarations(variablesOf(roots, report)), sources, files, report);
  const stack = stackName(roots, given, sources, files, report);
  const values = withProject(given, stack);
  const [first, ...later] = all.map(({ from, root }) => substitute(root, from, values, report));
  report.phase("merge");
  const root = first ? merge([first, ...later], report) : all[0].root;
  const complain = () => given.complain();
  return { root, stack, given, values, compose: false, inactive: [], complain };
}

/** The declarations of all files, which are needed before anything else is filled in. */
export function variablesOf(roots: readonly Mapping[], report: Report): Mapping {
  const only = (root: Mapping): Mapping => {
    const section = root.entries.get("variables");
    return { ...root, entries: new Map(section ? [["variables", section]] : []) };
  };
  const [first, ...later] = roots.map(only);
  return merge([first as Mapping, ...later], report);
}

/** Compose makes the project's name available everywhere; so do we, by the same name. */
export function withProject(given: Inputs, stack: string): Inputs {
  const own = { text: stack, empty: false };
  return {
    ...given,
    lookup: (name) => (name === "COMPOSE_PROJECT_NAME" ? own : given.lookup(name)),
  };
}
