import type { Place } from "../../model/stack.ts";
import { decode } from "./decode.ts";
import type { Report } from "./diagnostics.ts";
import { veiled } from "./masked-excerpt.ts";
import { basename, expandHome, folder, isAbsolute, isOpen, join } from "./paths.ts";
import type { Source } from "./source-text.ts";

/** A value as text, or the texts of a list's items; types are checked, and text is kept. */
export type Given = string | readonly string[];

/** What the outside hands in. */
export interface Sources {
  /** Reads an absolute path (or `-`); `undefined`: no such file. Throws errors with a `reason`. */
  read(path: string): Uint8Array | undefined;
  /** Stack files in order, as given on the command line; later ones override. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--var k=v` */
  readonly variables: readonly string[];
  /** `--var-file`: YAML, or `k=v` lines. */
  readonly variableFiles: readonly string[];
  /** Values of plain variables that a saved plan was made with: others are refused. */
  readonly fixed?: Readonly<Record<string, Given>> | undefined;
  /** `--name` */
  readonly stackName?: string | undefined;
  /** `--env-file`: in the place of `.env`; later ones override. */
  readonly envFiles?: readonly string[] | undefined;
  /** `--strict`: a variable that is not set is an error in a Compose file too. */
  readonly strict?: boolean | undefined;
  /** `--profile`: those of a Compose file that are active; `*`: all. */
  readonly profiles?: readonly string[] | undefined;
  /** Keys that are named on the command line: the profiles of such services are active. */
  readonly named?: readonly string[] | undefined;
}

const named = (file: string): string => (file === "-" ? "standard input" : `\`${file}\``);

/** The files of one load: read through the host, kept by name for carets. */
export class Files {
  readonly texts = new Map<string, string>();
  readonly #sources: Sources;
  readonly #report: Report;

  constructor(sources: Sources, report: Report) {
    this.#sources = sources;
    this.#report = report;
  }

  /** Absolute path, from the working folder. */
  absolute(path: string): string {
    return join(this.#sources.cwd, expandHome(path, this.#sources.home));
  }

  /** Folder of the first stack file, which relative paths in stack files start from. */
  get base(): string {
    const first = this.#sources.files[0] ?? "-";
    return isOpen(first) ? join(this.#sources.cwd, ".") : folder(this.absolute(first));
  }

  get baseName(): string {
    return basename(this.base);
  }

  /** A path as written in a stack file, absolute. */
  fromBase(path: string): string {
    return this.below(this.base, path);
  }

  /** A path as written in a file whose paths start from `base`, absolute. */
  below(base: string, path: string): string {
    const whole = expandHome(path, this.#sources.home);
    return isAbsolute(whole) ? whole : join(base, whole);
  }

  /** An absolute path as people would write it: from the folder of the first stack file. */
  shown(path: string): string {
    const start = `${this.base}/`;
    return path.startsWith(start) ? path.slice(start.length) : path;
  }

  /** A file's bytes; `undefined` with a report of anything but its absence. */
  bytes(path: string, name: string, at?: Place): Uint8Array | undefined {
    try {
      return this.#sources.read(path);
    } catch (error) {
      const { reason } = error as { readonly reason?: unknown };
      if (typeof reason !== "string") throw error;
      this.#report.error(`cannot read ${named(name)}: ${reason}`, at, undefined, "file");
      return undefined;
    }
  }

  /** What an absolute path leads to; `undefined`: nothing, or nobody may look at it. */
  kind(path: string): "file" | "other" | undefined {
    try {
      return this.#sources.read(path) && "file";
    } catch (error) {
      const { reason } = error as { readonly reason?: unknown };
      if (typeof reason !== "string") throw error;
      return "other";
    }
  }

  /** A file of values in the strict encoding of stack files, whose text is shown without them. */
  values(path: string, name: string, missing?: () => void, at?: Place): Source | undefined {
    const source = this.source(path, name, missing, at);
    if (source) this.show(source);
    else this.texts.delete(name);
    return source;
  }

  /** From now on these keys of a file of values may be shown. */
  show(source: Source, keys?: Parameters<typeof veiled>[1]): void {
    this.texts.set(source.file, veiled(source, keys));
  }

  /** A file in the strict encoding of stack files; `missing` says what its absence means. */
  source(path: string, name: string, missing?: () => void, at?: Place): Source | undefined {
    this.#report.reading(name);
    const before = this.#report.count;
    const bytes = this.bytes(path, name, at);
    if (!bytes) {
      if (this.#report.count === before) missing?.();
      return undefined;
    }
    // A text that is refused is kept too: its errors have places in it.
    if (!bytes.includes(0)) this.texts.set(name, new TextDecoder().decode(bytes));
    const former = this.#report.phase("file");
    const source = decode(name, bytes, this.#report);
    this.#report.phase(former);
    return source;
  }
}
