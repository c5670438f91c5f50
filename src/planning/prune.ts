import { repositoryOf, splitReference } from "../attributes/values/image-reference.ts";
import { list, number, text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type { Stack } from "../model/stack.ts";

/** What a prune removes: a name of an image, or an image that has none. */
export interface Prunable {
  readonly image: string;
  readonly id: string;
  /** Bytes, shared layers too. */
  readonly size: number;
  readonly reason: "it has no name" | "an earlier one of the stack";
}

/** `app:10` is after `app:9`: reproducible builds all have one date, and a list's dates are whole seconds. */
const BY_NUMBERS = new Intl.Collator("en", { numeric: true });

/**
 * Images that nothing uses: those without a name or a digest, and those of the stack's repositories
 * that it names neither by tag nor by digest. Of each repository the `keep` newest of the latter stay.
 * @param images `GET /images/json`
 * @param used ids and references of the images of all containers, whoever owns them
 */
export function selectPrunable(
  { resources }: Stack,
  images: readonly JsonObject[],
  used: ReadonlySet<string>,
  keep: number,
): readonly Prunable[] {
  const all = resources.filter(({ kind }) => kind === "image");
  const asked = all.flatMap(({ name, spec }) => [name, ...list(spec.tags).map(text)]);
  const named = new Set(asked.map(canonicalName));
  const held = new Set(
    all.flatMap(({ name, digest }) => digest ?? splitReference(name).digest ?? []),
  );
  const repositories = new Set(asked.map(repositoryOf));
  const free = images.filter(({ Id, RepoTags, RepoDigests }) => {
    const names = [text(Id), ...list(RepoTags).map(text), ...list(RepoDigests).map(text)];
    return !names.some((name) => used.has(name));
  });
  const nameless = free.filter((image) => namesOf(image).length === 0);
  const earlier = free.flatMap((image) =>
    namesOf(image)
      .filter((name) => repositories.has(repositoryOf(name)))
      .filter(
        (name) => !named.has(canonicalName(name)) && !held.has(splitReference(name).digest ?? ""),
      )
      .map((name) => {
        const tag = name.includes("@") ? text(image.Id) : name;
        return { tag, image, repository: repositoryOf(name) };
      }),
  );
  const newestFirst = earlier.sort(
    (a, b) => number(b.image.Created) - number(a.image.Created) || BY_NUMBERS.compare(b.tag, a.tag),
  );
  const surplus = [...Map.groupBy(newestFirst, ({ repository }) => repository).values()].flatMap(
    (group) => group.slice(keep),
  );
  return [
    ...nameless.map(
      ({ Id, Size }): Prunable => ({
        ...{ image: text(Id), id: text(Id), size: number(Size), reason: "it has no name" },
      }),
    ),
    ...surplus.map(
      ({ tag, image: { Id, Size } }): Prunable => ({
        ...{ image: tag, id: text(Id), size: number(Size), reason: "an earlier one of the stack" },
      }),
    ),
  ];
}

function canonicalName(reference: string): string {
  const { tag, digest } = splitReference(reference);
  return `${repositoryOf(reference)}:${tag ?? digest ?? "latest"}`;
}

/** Its tags, or else its digests; 20.10 writes `<none>` where there are none. */
function namesOf({ RepoTags, RepoDigests }: JsonObject): readonly string[] {
  const said = (names: JsonObject["RepoTags"]) =>
    list(names)
      .map(text)
      .filter((name) => !name.startsWith("<none>"));
  const tags = said(RepoTags);
  return tags.length > 0 ? tags : said(RepoDigests);
}
