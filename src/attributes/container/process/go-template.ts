/* Regular expressions and templates as an engine reads them: Go's `regexp/syntax` and `text/template`. */

/** The largest repetition of an expression. */
const MOST_REPEATED = 1000;

/** Why `source` is no regular expression, as the end of a sentence; `undefined`: it is one. */
export function expressionMistake(source: string): string | undefined {
  const plain = source.replace(/\\Q[\s\S]*?(\\E|$)/g, "x");
  const outside = plain.replace(/\\[\s\S]|\[\^?\]?(\[:\^?\w+:\]|\\[\s\S]|[^\]])*\]/g, (part) =>
    /^\\[1-9]/.test(part) ? part : "x",
  );
  if (/\(\?<?[=!]/.test(outside)) return "looks ahead or behind, which engines cannot";
  if (/\\[1-9]/.test(outside)) return "refers back to a group, which engines cannot";
  const counts = [...outside.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, a, b]) => [a, b]);
  if (counts.some((count) => Number(count ?? 0) > MOST_REPEATED))
    return `repeats more than ${MOST_REPEATED} times`;
  const known = plain
    .replace(/\(\?P</g, "(?<")
    .replace(/\(\?[imsU-]+\)/g, "")
    .replace(/\(\?[imsU-]+:/g, "(?:");
  try {
    new RegExp(known);
    return undefined;
  } catch {
    return "is no regular expression";
  }
}

/** What an engine tells a tag of a container (moby, `logger.Info`). */
const FIELDS = (
  "Command Config ContainerArgs ContainerCreated ContainerEntrypoint ContainerEnv ContainerID ContainerImageID " +
  "ContainerImageName ContainerLabels ContainerName DaemonName ExtraAttributes FullID Hostname ID ImageFullID " +
  "ImageID ImageName LogPath Name"
).split(" ");
const FUNCTIONS = (
  "and call eq ge gt html index join js json le len lower lt ne nil not or pad print printf println slice split " +
  "title truncate upper urlquery true false"
).split(" ");
const OPENING = ["if", "range", "with", "block", "define"];
const KEYWORDS = [...OPENING, "else", "end", "template", "break", "continue"];

/** Why `source` is no template of a tag, as the end of a sentence; `undefined`: none is seen. */
export function templateMistake(source: string): string | undefined {
  const actions = source.match(/\{\{(?:"(?:\\.|[^"\\])*"|`[^`]*`|(?!\}\})[\s\S])*\}\}/g) ?? [];
  if (actions.reduce((rest, action) => rest.replace(action, ""), source).includes("{{"))
    return "has a `{{` that is not closed";
  const inner = actions
    .map((action) => action.slice(2, -2).replace(/^- | -$/g, ""))
    .filter((action) => !/^\s*\/\*/.test(action))
    .map((action) => action.replace(/"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*'/g, '""').trim());
  if (inner.includes("")) return "has an empty `{{}}`";
  // Inside of these a dot is another value.
  const moved = inner.some((action) => /^(range|with|block|define|template)\b/.test(action));
  for (const action of inner) {
    const words = [...action.matchAll(/(?<![\w.$])([A-Za-z_]\w*)/g)].map(([, word = ""]) => word);
    const stranger = words.find((word) => !FUNCTIONS.includes(word) && !KEYWORDS.includes(word));
    if (stranger !== undefined) return `calls \`${stranger}\`, which no engine knows`;
    const fields = [...action.matchAll(/(?<![\w.$)])\.([A-Za-z_]\w*)/g)].map(
      ([, name = ""]) => name,
    );
    const unknown = fields.find((name) => !FIELDS.includes(name));
    if (unknown !== undefined && !moved)
      return `names \`.${unknown}\`, which no engine knows: for example {{.Name}}`;
  }
  const depth = inner.reduce((open, action) => {
    const [first = ""] = action.split(/\W/);
    if (open < 0) return open;
    return open + (OPENING.includes(first) ? 1 : first === "end" ? -1 : 0);
  }, 0);
  return depth === 0 ? undefined : depth > 0 ? "lacks an `{{end}}`" : "has an `{{end}}` too many";
}
