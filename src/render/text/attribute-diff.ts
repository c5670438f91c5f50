import { MASK, mask } from "../../attributes/secrets/sensitive.ts";
import type { Change, Delta } from "../../model/change.ts";
import type { Paint } from "../words/colors.ts";
import { hang, padded, widthOf } from "../words/layout.ts";
import { plural } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";
import { condense, difference, inline, parts } from "./values.ts";

const INDENT = "      ";
const FIT = 76;

type Sign = "+" | "-" | "~";

/** The lines under a change: one or more for each delta, then how many attributes are unchanged. */
export function deltaLines(change: Change, paint: Paint): string[] {
  const width = Math.min(34, Math.max(0, ...change.deltas.map((delta) => widthOf(nameOf(delta)))));
  const lines = change.deltas.flatMap((delta) => deltaLine(delta, change, width, paint));
  // Of a new or a vanishing object everything is new or gone: a count says nothing.
  if (change.unchanged > 0 && change.action !== "create" && change.action !== "remove") {
    const hidden = `# (${plural(change.unchanged, "unchanged attribute")} hidden)`;
    lines.push(`${INDENT}  ${paint.faint(hidden)}`);
  }
  return lines;
}

function deltaLine(delta: Delta, change: Change, width: number, paint: Paint): string[] {
  const sign = signOf(delta);
  const head = `${INDENT}${colour(sign, paint)(sign)} ${padded(nameOf(delta), width)} = `;
  const note = noteOf(delta, change, paint);
  const whole = oneLine(delta, sign);
  const room = Math.min(FIT, paint.columns - widthOf(head));
  const tall = delta.sensitive ? undefined : tallLines(delta, whole, room, paint);
  return [...hang(head, (tall?.open ?? whole) + note, paint.columns), ...(tall?.lines ?? [])];
}

function signOf(delta: Delta): Sign {
  if (delta.before === undefined) return "+";
  return delta.after === undefined && delta.unknown === undefined ? "-" : "~";
}

function nameOf(delta: Delta): string {
  return sanitize(delta.attribute, 120);
}

function oneLine(delta: Delta, sign: Sign): string {
  const untold = (value: Delta["before"]) => value === undefined || mask(value) === MASK;
  if (delta.sensitive && untold(delta.before) && untold(delta.after)) return MASK;
  const after = delta.unknown ? `(${delta.unknown})` : inline(delta.after);
  if (sign === "+") return after;
  return sign === "-" ? inline(delta.before) : `${inline(delta.before)} -> ${after}`;
}

/** A list or a text too long for one line, item by item. */
function tallLines(delta: Delta, whole: string, room: number, paint: Paint) {
  const [old, now] = withoutLastEnds(delta.before, delta.after);
  const before = parts(old);
  const after = parts(now);
  if ((!before && !after) || delta.unknown) return undefined;
  const text = isText(delta.before) || isText(delta.after);
  if (!text && widthOf(whole) <= room) return undefined;
  const [open, close] = text ? ["<<", ">>"] : ["[", "]"];
  const items = difference(before ?? single(old), after ?? single(now));
  const inner = `${INDENT}    `;
  const lines = condense(items).flatMap((item) => {
    if (typeof item === "number")
      return [`${inner}  ${paint.faint(`# (${item} unchanged hidden)`)}`];
    const sign = item.sign === " " ? " " : colour(item.sign, paint)(item.sign);
    return hang(`${inner}${sign} `, item.text.trimEnd(), paint.columns).map((line) =>
      line.trimEnd(),
    );
  });
  return { open, lines: [...lines, `${INDENT}  ${close}`] };
}

/** The line end of a text's last line says nothing, unless it is what differs. */
function withoutLastEnds(before: Delta["before"], after: Delta["after"]) {
  const both = [before, after] as const;
  const ended = both.every((value) => !isText(value) || value.endsWith("\n"));
  return ended ? both.map((value) => (isText(value) ? value.slice(0, -1) : value)) : both;
}

/** Of more than one line, wherever it ends. */
function isText(value: Delta["before"]): value is string {
  return typeof value === "string" && value.trimEnd().includes("\n");
}

function single(value: Delta["before"]): readonly string[] {
  if (value === undefined || value === "") return [];
  return [typeof value === "string" ? sanitize(mask(value)) : inline(value)];
}

/** That the file asks for something new is what a plan is about, and goes without saying. */
const MAKERS: Partial<Record<Delta["origin"], string>> = {
  engine: "on the engine",
  unknown: "in the file or on the engine",
};

function noteOf(delta: Delta, change: Change, paint: Paint): string {
  const notes: string[] = [];
  if (change.action === "replace" && !delta.inPlace) notes.push(paint.bad("forces replacement"));
  const by = change.action === "create" ? undefined : MAKERS[delta.origin];
  if (by) notes.push(`changed ${by}`);
  return notes.length > 0 ? `  # ${notes.join(", ")}` : "";
}

export function colour(sign: string, paint: Paint): (text: string) => string {
  if (sign === "+" || sign === ">") return paint.good;
  if (sign === "-") return paint.bad;
  return sign === "<=" || sign === "<<" ? paint.note : paint.warn;
}
