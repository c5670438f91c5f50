/** In single quotes, as every shell takes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word of a command line that people may copy: in quotes where a shell would take it apart. */
export function shellWord(text: string): string {
  if (text.startsWith("-") && text !== "-") return shellWord(`./${text}`);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}
