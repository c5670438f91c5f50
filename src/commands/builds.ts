import type { Diagnostic } from "../model/diagnostic.ts";
import type { Resource, Stack } from "../model/stack.ts";

/**
 * The stack with digests of the files that its images are built from, so that planning can tell
 * what has changed; and what kept them from being read.
 */
export async function withSources(
  stack: Stack,
): Promise<{ readonly stack: Stack; readonly mistakes: readonly Diagnostic[] }> {
  const { sourcesOf } = await import("../engine/build/sources.ts");
  const mistakes: Diagnostic[] = [];
  const look = async (resource: Resource): Promise<Resource> => {
    const { build } = resource;
    if (!build) return resource;
    try {
      return { ...resource, build: { ...build, sources: await sourcesOf(build.asked) } };
    } catch (error) {
      mistakes.push(mistake(resource, error as NodeJS.ErrnoException));
      return resource;
    }
  };
  const resources = await Promise.all(stack.resources.map(look));
  return { stack: { ...stack, resources }, mistakes };
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "is no folder",
  EACCES: "may not be read",
  EPERM: "may not be read",
};

function mistake({ name, place }: Resource, error: NodeJS.ErrnoException): Diagnostic {
  const { code = "", path } = error;
  const why = path && WHY[code] ? `${path} ${WHY[code]}` : error.message;
  const message = `${name} cannot be built: ${why}`;
  return { severity: "error", message, ...(place && { place }) };
}
