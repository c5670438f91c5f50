import { mask } from "../../attributes/secrets/sensitive.ts";
import type { Delta } from "../../model/change.ts";
import type { Drift, Drifted } from "../../model/drift.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Paint } from "../words/colors.ts";
import { flowed } from "../words/layout.ts";
import { plural } from "../words/quantities.ts";
import { sanitize } from "../words/sanitize.ts";
import { deltaLines } from "./attribute-diff.ts";
import { noteLines } from "./notes.ts";

/** Changes whenever a reader of the former format would be misled. */
const FORMAT = "stackwright.drift/2";

/** What has drifted, for people: each value as it was asked, and as it was found. */
export function driftText(drift: Drift, paint: Paint): string {
  const { stack, engine, applied, drifted } = drift;
  const head = `${paint.strong(`Drift of ${sanitize(stack)}`)} on ${sanitize(engine.endpoint)} (${sanitize(engine.server)}, API ${sanitize(engine.api)})`;
  const blocks = drifted.map((each) => block(each, paint).join("\n"));
  const nothing = `${paint.warn("Nothing of the stack is on this engine:")} it was never applied, or it was destroyed.`;
  const blank = drifted.length > 0 && !applied ? [nothing] : [];
  const notes = noteLines(drift, paint).join("\n");
  const all = [head, ...blocks, ...blank, ...(notes ? [notes] : []), summary(drifted, paint)];
  return `${flowed(all.join("\n\n"), paint.columns)}\n`;
}

function block(drifted: Drifted, paint: Paint): readonly string[] {
  const { address, kind, name, reason, deltas } = drifted;
  // Whose doing it was goes without saying, or is said below; of the file a line says nothing.
  const turned = deltas.map(({ origin: _, ...delta }) => ({
    ...asFound(delta),
    origin: "file" as const,
  }));
  const shown = { address, kind, name, reason, deltas: turned, unchanged: 0 };
  const unsure = deltas.filter(({ origin }) => origin === "unknown");
  const names = [...new Set(unsure.map(({ attribute }) => sanitize(attribute)))].join(", ");
  return [
    `  ${paint.strong(sanitize(address))} (${sanitize(name)}): ${paint.warn(sanitize(reason))}`,
    ...deltaLines({ ...shown, action: "update", origin: "engine" }, paint),
    ...(names
      ? [paint.faint(`      # (or by the file: the labels cannot tell for ${names})`)]
      : []),
  ];
}

/** From what was asked to what is found. */
function asFound({ before, after, ...delta }: Omit<Delta, "origin">): Omit<Delta, "origin"> {
  return {
    ...delta,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  };
}

function summary(drifted: readonly Drifted[], paint: Paint): string {
  if (drifted.length === 0)
    return `${paint.good(paint.strong("No drift."))} Nobody has changed what was made.`;
  return `${paint.strong("Drift:")} ${plural(drifted.length, "object")}. \`stack plan\` shows how it would be repaired.`;
}

export function driftJson({ stack, engine, applied, drifted, notes }: Drift): string {
  const document = {
    format: FORMAT,
    stack,
    engine,
    applied,
    drifted: drifted.map(({ deltas, ...each }) => ({
      ...each,
      differences: deltas.map(({ attribute, before, after, origin, sensitive }) => ({
        attribute,
        ...(after === undefined ? {} : { asked: after }),
        ...(before === undefined ? {} : { found: before }),
        origin,
        ...(sensitive ? { sensitive } : {}),
      })),
    })),
    ...(notes && { notes }),
  };
  return `${JSON.stringify(mask(document as unknown as JsonObject), null, 2)}\n`;
}
