/* Version numbers in the tags of images. */

const TAG = /^(v?)(\d+(?:\.\d+)*)(-.*)?$/;

/**
 * The tags that name later versions than `tag`, the latest first: of the same shape, that is with as
 * many numbers, the same `v` and the same suffix, since `1.37` is not what follows `1.36-alpine`.
 * A tag without a version (`latest`) has none.
 */
export function laterVersions(tag: string, tags: readonly string[]): readonly string[] {
  const mine = version(tag);
  if (!mine) return [];
  const later = tags.flatMap((name) => {
    const other = version(name);
    const alike = other && other.shape === mine.shape && compare(other.numbers, mine.numbers) > 0;
    return alike ? [{ name, numbers: other.numbers }] : [];
  });
  return later.sort((a, b) => compare(b.numbers, a.numbers)).map(({ name }) => name);
}

function version(tag: string) {
  const match = TAG.exec(tag);
  if (!match) return undefined;
  const [, v, digits = "", suffix = ""] = match;
  const numbers = digits.split(".").map(Number);
  return { numbers, shape: `${v}${numbers.length}${suffix}` };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((number, at) => number !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
