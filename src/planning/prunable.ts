import { list, number, text } from "../attributes/compare.ts";
import { splitReference } from "../attributes/reference.ts";
import type { JsonObject } from "../model/json.ts";
import type { Stack } from "../model/stack.ts";

/** What a prune removes: a name of an image, or an image that has none. */
export interface Prunable {
  readonly image: string;
  readonly id: string;
  /** Bytes, shared layers too. */
  readonly size: number;
  readonly because: "it has no name" | "an earlier one of the stack";
}

const repositoryOf = (name: string): string => {
  const { host, path } = splitReference(name);
  return `${host}/${path}`;
};

/**
 * Images that nothing uses: those without a name, and those of the stack's repositories that it
 * does not name. Of each repository the `keep` newest of the latter stay.
 * @param images `GET /images/json`
 * @param used ids and references of the images of all containers, whoever owns them
 */
export function prunable(
  { resources }: Stack,
  images: readonly JsonObject[],
  used: ReadonlySet<string>,
  keep: number,
): readonly Prunable[] {
  const all = resources.filter(({ kind }) => kind === "image");
  const asked = new Set(all.flatMap(({ name, spec }) => [name, ...list(spec.tags).map(text)]));
  const named = new Set([...asked].map(canonicalName));
  const repositories = new Set([...asked].map(repositoryOf));
  const free = images.filter(({ Id, RepoTags }) => {
    const names = [text(Id), ...list(RepoTags).map(text)];
    return !names.some((name) => used.has(name));
  });
  const nameless = free.filter(({ RepoTags }) => tagsOf(RepoTags).length === 0);
  const earlier = free.flatMap((image) =>
    tagsOf(image.RepoTags)
      .filter((tag) => !named.has(canonicalName(tag)) && repositories.has(repositoryOf(tag)))
      .map((tag) => ({ tag, image, repository: repositoryOf(tag) })),
  );
  const newestFirst = earlier.sort((a, b) => number(b.image.Created) - number(a.image.Created));
  const surplus = [...Map.groupBy(newestFirst, ({ repository }) => repository).values()].flatMap(
    (group) => group.slice(keep),
  );
  return [
    ...nameless.map(
      ({ Id, Size }): Prunable => ({
        ...{ image: text(Id), id: text(Id), size: number(Size), because: "it has no name" },
      }),
    ),
    ...surplus.map(
      ({ tag, image: { Id, Size } }): Prunable => ({
        ...{ image: tag, id: text(Id), size: number(Size), because: "an earlier one of the stack" },
      }),
    ),
  ];
}

function canonicalName(reference: string): string {
  return `${repositoryOf(reference)}:${splitReference(reference).tag ?? "latest"}`;
}

/** 20.10 writes `<none>:<none>` for an image without a name. */
const tagsOf = (tags: JsonObject["RepoTags"]): readonly string[] =>
  list(tags)
    .map(text)
    .filter((tag) => tag !== "<none>:<none>");
