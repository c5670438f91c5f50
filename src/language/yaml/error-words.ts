/* What the YAML parser finds, in words for whoever has written the file. */

/** A mistake as the parser tells it: its place as offsets, its code, its own words. */
interface Problem {
  readonly pos: readonly [number, number];
  readonly code: string;
  readonly message: string;
}

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  TAB_AS_INDENT: ["a tab is used for indentation", "YAML allows spaces only"],
  MULTIPLE_DOCS: ["the file holds several documents", "use one file for each: -f a.yaml -f b.yaml"],
  NON_STRING_KEY: ["a key must be text", "write it in quotes"],
  BLOCK_AS_IMPLICIT_KEY: [
    "a map cannot begin here",
    "check the indentation, or put text that contains `: ` in quotes",
  ],
  MULTILINE_IMPLICIT_KEY: ["a key must end with `:` on its own line", "check the line above too"],
  BAD_DQ_ESCAPE: ["this escape is not known in double quotes", "single quotes take text as it is"],
  MISSING_CHAR: ["something is not closed, or a `:` is missing", "check quotes and brackets"],
  BAD_INDENT: ["the indentation is wrong", "what belongs together begins in the same column"],
  BAD_SCALAR_START: ["text without quotes cannot begin with this", "put the text in quotes"],
  UNEXPECTED_TOKEN: [
    "this cannot stand here",
    "check the line above too: quotes, brackets, a `:`, a `- `",
  ],
  BLOCK_IN_FLOW: [
    "within brackets everything is written with brackets and commas",
    "write `[a, b]`, or close the bracket before",
  ],
  BAD_PROP_ORDER: ["an anchor or a tag must stand before its value", "write `key: &name value`"],
  BAD_ALIAS: ["this is no alias", "an alias is `*` and the name of an anchor; else use quotes"],
  ALIAS_PROPS: ["an alias takes no anchor and no tag", "leave them out"],
  MULTIPLE_ANCHORS: ["a value can have one anchor only", "leave the other out"],
  MULTIPLE_TAGS: ["a value can have one tag only", "leave the other out"],
  BAD_DIRECTIVE: ["this directive is not known", "remove the line that begins with `%`"],
  BAD_COLLECTION_TYPE: ["the tag does not fit the value", "leave the tag out"],
  KEY_OVER_1024_CHARS: ["a key is longer than 1024 characters", "is a `:` or a line end missing?"],
};

/** What one code of the parser stands for in several cases, by a part of its message. */
const CASES: readonly (readonly [RegExp, string, string])[] = [
  [/^Flow (sequence|map) in block/, "a bracket is not closed", "close it, or indent what is in it"],
  [/^Missing closing .quote/, "a quote is not closed", "close it on the same line"],
  [/followed by map values/, "a `:` is missing after this key", "write `key: value`"],
  [
    /block-seq-ind on same line/,
    "a list cannot begin on the line of its key",
    "begin it on the next line, or write [a, b]",
  ],
  [/flow-(seq|map)-end/, "this bracket was never opened", "remove it, or open it before"],
  [/at node end/, "the value has ended before this", "put the whole value in quotes"],
  [/^Not a YAML token/, "no text may follow here", "begin the text on the next line, indented"],
];

interface Slip {
  readonly code: string;
  /** What stands at the place of the error, to the end of its line. */
  readonly begins: RegExp;
  /** And before it on that line. */
  readonly after?: RegExp;
  readonly message: string;
  readonly hint: string;
}

const COLON = {
  message: "text without quotes cannot contain `: `",
  hint: "put the whole text in quotes",
};

/** What people write who mean something else, by what the line looks like. */
const SLIPS: readonly Slip[] = [
  { code: "BLOCK_IN_FLOW", begins: /^[^-\s].*:(\s|$)/, ...COLON },
  { code: "BLOCK_AS_IMPLICIT_KEY", begins: /:(\s|$)/, after: /:\s+$/, ...COLON },
  {
    code: "BLOCK_AS_IMPLICIT_KEY",
    begins: /^-\s/,
    after: /^\s*$/,
    message: "an item of a list cannot stand among the keys of a map",
    hint: "write all as `key: value`, or all as `- item`",
  },
  ...["MISSING_CHAR", "MULTILINE_IMPLICIT_KEY"].flatMap((code) => [
    {
      ...{ code, begins: /^-[^\s-]/, after: /^\s*$/ },
      message: "a blank is missing after the `-`",
      hint: "an item of a list is written `- item`",
    },
    {
      ...{ code, begins: /^[\w-]+:\S/, after: /^\s*$/ },
      message: "a blank is missing after the `:`",
      hint: "write `key: value`",
    },
  ]),
];

/** Whatever has no words yet is told in the parser's own. */
export function inWords(problem: Problem, text: string): readonly [string, string | undefined] {
  const [start] = visible(problem, text);
  const line = /^.*/.exec(text.slice(start))?.[0] ?? "";
  const before = /.*$/.exec(text.slice(0, start))?.[0] ?? "";
  const slip = SLIPS.find(
    ({ code, begins, after }) =>
      code === problem.code && begins.test(line) && (after?.test(before) ?? true),
  );
  if (slip) return [slip.message, slip.hint];
  const [, message, hint] = CASES.find(([part]) => part.test(problem.message)) ?? [];
  if (message !== undefined) return [message, hint];
  const own = problem.message.charAt(0).toLowerCase() + problem.message.slice(1);
  return WORDS[problem.code] ?? [own, undefined];
}

/**
 * Where a problem is seen, as offsets: where a parser shows the blanks before it, it is shown by
 * itself. Tabs are themselves what is wrong.
 */
export function visible({ pos: [start, end], code }: Problem, text: string): [number, number] {
  const blanks = code === "TAB_AS_INDENT" ? 0 : (/^ */.exec(text.slice(start))?.[0].length ?? 0);
  const from = /^(\r?\n|$)/.test(text.slice(start + blanks)) ? start : start + blanks;
  return [from, Math.max(end, from + 1)];
}
