import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Resource, Stack } from "../../model/stack.ts";
import { isFault, reasonOf } from "../../system/file-errors.ts";

/**
 * The stack with digests of the files that its images are built from, so that planning can tell
 * what has changed; and what kept them from being read.
 */
export async function withSources(
  stack: Stack,
): Promise<{ readonly stack: Stack; readonly mistakes: readonly Diagnostic[] }> {
  const { sourcesOf } = await import("../../engine/build-context/source-digests.ts");
  const mistakes: Diagnostic[] = [];
  const look = async (resource: Resource): Promise<Resource> => {
    const { build } = resource;
    if (!build) return resource;
    try {
      return { ...resource, build: { ...build, sources: await sourcesOf(build.asked) } };
    } catch (error) {
      mistakes.push(mistake(resource, error));
      return resource;
    }
  };
  const resources = await Promise.all(stack.resources.map(look));
  return { stack: { ...stack, resources }, mistakes };
}

/** @throws what is no fault of the files */
function mistake({ name, place }: Resource, error: unknown): Diagnostic {
  if (!isFault(error)) throw error;
  const { path } = error as { readonly path?: unknown };
  const why = path === undefined ? reasonOf(error) : `${path}: ${reasonOf(error)}`;
  const message = `${name} cannot be built: ${why}`;
  return { severity: "error", code: "file", message, ...(place && { place }) };
}
