import type { Report } from "../source/diagnostics.ts";
import type { Files } from "../source/source-files.ts";
import type { Span } from "../source/source-text.ts";
import type { Inputs } from "../variables/substitute.ts";
import type { Mapping } from "../yaml/tree.ts";

/** What reading further files needs; files of other folders get variables of their own. */
export interface Reader {
  readonly files: Files;
  readonly report: Report;
  readonly inputs: Inputs;
  /** Told of a variable that is not set and so is empty; absent: that is an error. */
  readonly missing?: Inputs["missing"];
  /** A file in own words with its variables filled in; `undefined` with a report at `at`. */
  read(path: string, name: string, at: Span, absent: string): Mapping | undefined;
  /** With what it includes and extends. `base`: the folder that its paths start from. */
  complete(root: Mapping, path: string, base: string, trail: readonly string[]): Mapping;
}
