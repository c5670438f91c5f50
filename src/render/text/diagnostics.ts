import { MASK } from "../../attributes/secrets/sensitive.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Place } from "../../model/stack.ts";
import type { Paint } from "../words/colors.ts";
import { between, hang, widthOf } from "../words/layout.ts";
import { plural } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";

const MOST_ERRORS = 20;
const WIDTH = 100;
/** Columns before an excerpt, and for what tells that it was cut. */
const GUTTER = 10;
const TAB = 4;

/**
 * Each diagnostic with its line, a caret and a hint; errors first, at most 20 of them. A line with a
 * sensitive value is shown without it.
 */
export function diagnosticsText(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  paint: Paint,
  redact: (text: string) => string,
): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const warnings = diagnostics.filter(({ severity }) => severity === "warning");
  const blocks = [...errors.slice(0, MOST_ERRORS), ...warnings.slice(0, MOST_ERRORS)].map((one) =>
    diagnosticLines(one, texts, paint, redact).join("\n"),
  );
  const hidden =
    Math.max(0, errors.length - MOST_ERRORS) + Math.max(0, warnings.length - MOST_ERRORS);
  if (hidden > 0) blocks.push(`… and ${hidden} more`);
  if (errors.length > 0) blocks.push(`${plural(errors.length, "error")}.`);
  return blocks.length > 0 ? `${blocks.join("\n")}\n` : "";
}

function diagnosticLines(
  diagnostic: Diagnostic,
  texts: ReadonlyMap<string, string>,
  paint: Paint,
  redact: (text: string) => string,
): string[] {
  const { severity, message, place, hint } = diagnostic;
  const colour = severity === "error" ? paint.bad : paint.warn;
  const where = place ? `${sanitize(place.file)}:${place.line}:${place.column}: ` : "";
  const head = `${paint.strong(where)}${colour(`${severity}:`)} `;
  const lines = hang("", head + sanitize(redact(message)), paint.columns).slice();
  const source = place && sourceLine(texts.get(place.file), place.line);
  if (place && source !== undefined) {
    const veiled = redact(source.replace(SECRET, `$1${MASK}`));
    const most = Math.min(WIDTH, paint.columns - GUTTER);
    const shown = excerpt(veiled, place, diagnostic.length ?? 1, most);
    lines.push(`${paint.faint(`${String(place.line).padStart(5)} |`)} ${shown.text}`);
    // Where the text is another one, nothing stands where it stood.
    if (veiled === source)
      lines.push(`${paint.faint("      |")} ${" ".repeat(shown.offset)}${colour(shown.underline)}`);
  }
  if (hint)
    lines.push(...hang(`      ${paint.note("hint:")} `, sanitize(redact(hint)), paint.columns));
  return lines;
}

/** What stands behind a key that looks like a secret's, in YAML or in a file of variables. */
const SECRET =
  /(?<![\w.-])(?!secrets\b)([\w.-]*(?:pass|secret|token|key|cred|auth)[\w.-]*["']?\s*[:=]\s*)(?=[^\s$#&*|>]).*$/i;

function sourceLine(text: string | undefined, line: number): string | undefined {
  return text?.split(/\r\n|\n|\r/)[line - 1];
}

/** The line with tabs widened, cut around the place when it is long, and the caret under it. */
function excerpt(source: string, { column }: Place, length: number, most: number) {
  const start = width(source.slice(0, column - 1));
  const end = Math.max(start + 1, width(source.slice(0, column - 1 + Math.max(1, length))));
  const clean = printable(source);
  const first = start > most - 20 ? Math.max(0, start - Math.floor(0.4 * most)) : 0;
  const { text: shown, from, cut } = between(clean, first, first + most);
  const before = from > 0 ? "…" : "";
  const text = `${before}${shown}${cut ? "…" : ""}`.trimEnd();
  const offset = start - from + before.length;
  const room = Math.max(1, Math.min(end - start, most - (start - from)));
  return { text, offset, underline: `^${"~".repeat(room - 1)}` };
}

/** With a character for each of the source, so that the caret stays below its text. */
function printable(source: string): string {
  return [...source.replaceAll("\t", " ".repeat(TAB))]
    .map((char) => (sanitize(char) === "" ? "?" : char))
    .join("");
}

function width(text: string): number {
  return widthOf(printable(text));
}
