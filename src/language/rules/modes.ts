import { list, record } from "../../attributes/values/json.ts";
import { showMode } from "../../attributes/values/units.ts";
import type { Json } from "../../model/json.ts";
import type { Model } from "../model/model.ts";
import { type Path, placeOf } from "../yaml/tree.ts";

/** A file mode in decimal digits that could be octal ones: it is read as Compose reads it, and few mean that. */
export function modes({ containers, root, report }: Model): void {
  const judge = (mode: Json | undefined, path: Path) => {
    if (typeof mode !== "number" || mode < 8 || !/^[0-7]+$/.test(String(mode))) return;
    const octal = showMode(Number.parseInt(String(mode), 8));
    const message = `${mode} is a decimal number, and the mode ${showMode(mode)}, as in Compose`;
    report.warn(message, placeOf(root, path), `for the mode ${octal} write "${octal}"`);
  };
  for (const { key, authored } of containers.values()) {
    for (const section of ["configs", "secrets", "volumes"])
      for (const [index, item] of list(authored[section]).entries()) {
        const path = ["containers", key, section, index];
        judge(record(item).mode, [...path, "mode"]);
        judge(record(record(item).tmpfs).mode, [...path, "tmpfs", "mode"]);
      }
  }
}
