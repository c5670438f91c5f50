import { nearest } from "../../attributes/core/shapes.ts";

/** `did you mean ...?`, or what there is, or nothing. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const begun = word.length > 2 ? known.find((one) => one.startsWith(word)) : undefined;
  const near = nearest(word, known) ?? begun;
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (known.length === 0 || known.length > 8) return undefined;
  return `known: ${known.map((one) => `\`${one}\``).join(", ")}`;
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
