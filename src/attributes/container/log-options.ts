import type { JsonObject } from "../../model/json.ts";
import { member, text } from "../compare.ts";
import { must, nearest } from "../shapes.ts";

/* Options of the two log drivers that keep files, and of every driver (Docker's manual, "logging drivers"). */

const SIZE = /^\d+(\.\d+)? ?([kmgtp]i?b?|b)?$/i;
const COUNT = /^[1-9]\d{0,8}$/;
const YES_OR_NO = /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;
const ANY = /^/;

const COMMON: Readonly<Record<string, RegExp>> = {
  mode: /^(blocking|non-blocking)$/,
  "max-buffer-size": SIZE,
};
const FILES: Readonly<Record<string, RegExp>> = {
  "max-size": SIZE,
  "max-file": COUNT,
  compress: YES_OR_NO,
};
const TAGS = { labels: ANY, "labels-regex": ANY, env: ANY, "env-regex": ANY, tag: ANY };
const DRIVERS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  "json-file": { ...COMMON, ...FILES, ...TAGS },
  local: { ...COMMON, ...FILES, ...TAGS },
};

const yes = (value: string): boolean => /^(1|t)/i.test(value);

/** Throws `Invalid` for what the driver refuses, at the creation of a container or only at its start. */
export function checkLogOptions(driver: string, given: JsonObject): void {
  const all = Object.entries(given).map(([name, value]): [string, string] => [name, text(value)]);
  const known = member(DRIVERS, driver);
  for (const [name, value] of all) {
    const form = known ? member(known, name) : (member(COMMON, name) ?? ANY);
    const near = nearest(name, Object.keys(known ?? {}));
    must(form !== undefined, `\`${name}\` is no option of the log driver ${driver}`, {
      path: [name],
      key: true,
      ...(near && { hint: `did you mean \`${near}\`?` }),
    });
    must(form?.test(value) ?? false, `\`${value}\` cannot be \`${name}\``, { path: [name] });
  }
  const options = new Map(all);
  const path = ["max-buffer-size"];
  const buffered = options.get("mode") === "non-blocking" || !options.has("max-buffer-size");
  must(buffered, "`max-buffer-size` is for `mode: non-blocking`", { path, key: true });
  if (known) checkRotation(driver, options);
}

/** Only a file that is no longer written is compressed. */
function checkRotation(driver: string, options: ReadonlyMap<string, string>): void {
  const local = driver === "local";
  const compress = options.has("compress") ? yes(options.get("compress") ?? "") : local;
  const rotated =
    Number(options.get("max-file") ?? (local ? 5 : 1)) > 1 && (local || options.has("max-size"));
  must(!compress || rotated, `${driver} compresses only what it rotates`, {
    path: [options.has("compress") ? "compress" : "max-file"],
    hint: local
      ? "`compress: false`, or `max-file: 2`"
      : "give `max-size`, and `max-file` of at least 2",
  });
}
