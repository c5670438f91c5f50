import { text, texts } from "../../attributes/values/json.ts";
import { choose, readArchive } from "../../engine/archives/image-archive.ts";
import { rootfsDigest } from "../../engine/archives/rootfs-digest.ts";
import { BadArchive } from "../../engine/archives/tar-reader.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Content, Resource, Stack } from "../../model/stack.ts";
import { isAbsence, isFault, reasonOf } from "../../system/file-errors.ts";

/**
 * Tells the planner what the files hold that images come from: `archive` and `rootfs`. A file that
 * is missing or not what it should be is a mistake at its line.
 */
export async function supplied(
  stack: Stack,
): Promise<{ readonly stack: Stack; readonly mistakes: readonly Diagnostic[] }> {
  const answers = await Promise.all(
    stack.resources.map(async (resource): Promise<Resource | Diagnostic> => {
      const file = text(resource.spec.archive) || text(resource.spec.rootfs);
      if (resource.kind !== "image" || file === "") return resource;
      try {
        return { ...resource, content: await contentOf(resource) };
      } catch (error) {
        return mistakeOf(error, file, resource);
      }
    }),
  );
  const mistakes = answers.filter((each) => "severity" in each);
  return { stack: { ...stack, resources: answers.filter((each) => "kind" in each) }, mistakes };
}

async function contentOf({ name, spec }: Resource): Promise<Content> {
  const platform = text(spec.platform);
  if (spec.rootfs !== undefined) {
    const digest = await rootfsDigest(text(spec.rootfs), texts(spec.changes), platform);
    return { from: "rootfs", digest };
  }
  const images = choose(await readArchive(text(spec.archive)), name, platform);
  return {
    from: "archive",
    ids: images.flatMap(({ ids }) => ids),
    essences: images.map(({ essence }) => essence),
  };
}

function mistakeOf(error: unknown, file: string, { place }: Resource): Diagnostic {
  const bad = error instanceof BadArchive;
  if (!bad && !isFault(error)) throw error;
  const why = isAbsence(error) ? "there is no such file" : bad ? error.message : reasonOf(error);
  const hint = bad ? error.hint : undefined;
  const message = `cannot use \`${file}\`: ${why}`;
  return {
    severity: "error",
    code: "file",
    message,
    ...(place && { place }),
    ...(hint ? { hint } : {}),
  };
}
