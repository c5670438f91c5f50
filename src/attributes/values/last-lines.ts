/**
 * The last lines of a text, of at most so many characters. Not half of a line: what is left of a
 * sensitive value that was cut could not be told as one any more.
 */
export function ending(text: string, most: number): string {
  if (text.length <= most) return text;
  const rest = text.slice(-most);
  const line = rest.indexOf("\n");
  return line < 0 ? rest : rest.slice(line + 1);
}
