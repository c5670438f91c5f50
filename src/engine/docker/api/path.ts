import { EngineError } from "../errors/engine-error.ts";

declare const checked: unique symbol;
/** An unversioned path of the engine's API; each part is validated or encoded. */
export type Path = string & { readonly [checked]: true };

/** An image reference in a path. Its slashes are kept. */
interface Reference {
  readonly reference: string;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/**
 * Builds a path: `path`/containers/${id}/start``. Names and IDs must have the engine's format.
 * @throws EngineError `invalid-name`, so that a call cannot reach another object
 */
export function path(literals: TemplateStringsArray, ...parts: (string | Reference)[]): Path {
  const encoded = parts.map((part) => (typeof part === "string" ? name(part) : part.reference));
  return String.raw({ raw: literals }, ...encoded) as Path;
}

/** Marks an image reference (`host:5000/a/b:tag@sha256:...`) for use in a path. */
export function reference(text: string): Reference {
  const segments = text.split("/");
  if (segments.some((segment) => /^\.*$/.test(segment))) throw invalid(text, "an image reference");
  const encode = (segment: string) =>
    encodeURIComponent(segment).replaceAll("%3A", ":").replaceAll("%40", "@");
  return { reference: segments.map(encode).join("/") };
}

function name(text: string): string {
  if (!NAME.test(text)) throw invalid(text, "a name that an engine takes");
  return text;
}

function invalid(text: string, what: string): EngineError {
  return new EngineError({
    code: "invalid-name",
    message: `${JSON.stringify(text)} is not ${what}`,
    operation: "",
    phase: "connect",
    retry: "no",
  });
}
