import type { Note } from "../../model/plan.ts";
import type { Paint } from "../words/colors.ts";
import { sanitize } from "../words/sanitize.ts";

/** What is good to know of some objects; no lines where nothing is. */
export function noteLines(
  { notes = [] }: { readonly notes?: readonly Note[] },
  paint: Paint,
): readonly string[] {
  if (notes.length === 0) return [];
  const lines = notes.map(({ address, message }) => `  ${sanitize(address)}: ${sanitize(message)}`);
  return [paint.strong("Notes:"), ...lines];
}
