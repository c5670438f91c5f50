import { Composer, type CST, type Document, isNode, Parser, visit, YAMLParseError } from "yaml";
import { DEEPEST } from "../../attributes/values/json.ts";
import type { Report } from "../source/diagnostics.ts";
import { type Source, span } from "../source/source-text.ts";
import { inWords, visible } from "./error-words.ts";
import { convert, tooDeep } from "./to-tree.ts";
import type { Mapping } from "./tree.ts";

/** What a file is for, where it is not what it should be. */
interface Kind {
  readonly noMap: string;
  /** The hint where it is empty; absent: it may be. */
  readonly empty?: string;
}

const STACK_FILE: Kind = {
  noMap: "a stack file is a map: `containers:` and so on",
  empty: "`stack init` writes a first stack file",
};

export const VARIABLES: Kind = { noMap: "a file of variables is a map: `name: value`" };

/**
 * Text to a tree with places. Says everything that is wrong, and returns `undefined`, when the
 * text is not one YAML 1.2 document that is a map. The parser's own checks of duplicate keys
 * (quadratic time) and of aliases (a count that honest files exceed) are replaced by ours.
 */
export function parse(from: Source, report: Report, kind = STACK_FILE): Mapping | undefined {
  const former = report.phase("syntax");
  const root = parsed(from, report, kind);
  report.phase(former);
  return root;
}

function parsed(from: Source, report: Report, kind: Kind): Mapping | undefined {
  const document = composed(from, report);
  if (!document || !sound(document, from, report)) return undefined;
  if (document.contents === null) {
    const at = { file: from.file, line: 1, column: 1 };
    if (kind.empty !== undefined) report.error("the file is empty", at, kind.empty);
    return undefined;
  }
  const root = convert(document.contents, from, report);
  if (root && root.kind !== "map") {
    report.error(kind.noMap, root.at);
    return undefined;
  }
  return root;
}

/** The first document; the parser works without recursion, and the composer only where it is safe. */
function composed(from: Source, report: Report): Document.Parsed | undefined {
  const tokens = [...new Parser().parse(from.text)];
  const deep = tokens.map(nestedAt).find((offset) => offset !== undefined);
  if (deep !== undefined) {
    report.error(tooDeep, span(from, deep, deep + 1));
    return undefined;
  }
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    merge: true,
    stringKeys: true,
    intAsBigInt: true,
    prettyErrors: false,
  });
  const [document, next] = composer.compose(tokens, true, from.text.length);
  if (document && next) {
    const [start, end] = next.range;
    const message = "several documents";
    document.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", message));
  }
  return document as Document.Parsed | undefined;
}

/** The offset of the first collection that is nested deeper than allowed; `undefined`: there is none. */
function nestedAt(top: CST.Token): number | undefined {
  let level: readonly CST.Token[] = top.type === "document" && top.value ? [top.value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    const inner = level.flatMap((token) =>
      "items" in token
        ? token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat())
        : [],
    );
    const [first] = inner;
    if (depth >= DEEPEST && first) return first.offset;
    level = inner;
  }
  return undefined;
}

function sound(document: Document.Parsed, from: Source, report: Report): boolean {
  const yaml = document.directives.yaml;
  if (yaml.explicit && yaml.version !== "1.2") {
    const at = Math.max(0, from.text.indexOf("%YAML"));
    report.error(
      `the file asks for YAML ${yaml.version}; stack files are YAML 1.2`,
      span(from, at, at + 9),
      "remove the %YAML line",
    );
    return false;
  }
  // An unresolved tag is a warning here; `convert` knows which are ours and refuses the others.
  const warnings = document.warnings.filter(({ code }) => code !== "TAG_RESOLVE_FAILED");
  const lines = new Set<number>();
  for (const problem of [...document.errors, ...warnings]) {
    const opened = UNCLOSED.test(problem.message) ? unclosed(document, from.text) : undefined;
    const at = span(
      from,
      ...(opened === undefined ? visible(problem, from.text) : ([opened, opened + 1] as const)),
    );
    // One slip makes a cascade of errors; of each line the first tells it, and five are enough.
    if (lines.has(at.line) || lines.size >= 5) continue;
    lines.add(at.line);
    const [message, hint] = inWords(problem, from.text);
    report.error(message, at, hint);
  }
  return lines.size === 0;
}

const UNCLOSED = /^Missing closing .quote|^Flow (sequence|map) in block/;
const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };

/** The innermost bracket or quote that nothing closes: the parser tells where it missed the end. */
function unclosed(document: Document.Parsed, text: string): number | undefined {
  let found: number | undefined;
  visit(document, (_, node) => {
    if (!isNode(node) || !node.range) return;
    const [start, end] = node.range;
    const close = CLOSING[text[start] ?? ""];
    if (close !== undefined && (end - start < 2 || text[end - 1] !== close)) found = start;
  });
  return found;
}
