import { parse, stringify } from "yaml";
import { isMap, record } from "../../attributes/values/json.ts";
import { unpinned } from "../../language/pins.ts";
import type { Json } from "../../model/json.ts";
import type { Pin, Pins } from "../../model/pins.ts";
import type { Stack } from "../../model/stack.ts";
import { CliError } from "../host/exit-codes.ts";

const FORMAT = "stackwright.lock/1";
const HEAD =
  "# Which content each image's tag stands for. `stack lock` writes it; commit it with the stack.\n";

/** @throws Stop where the text is no lock file: what it held could else go unnoticed */
export function parseLock(text: string, file: string): Pins {
  let document: Json;
  try {
    document = parse(text) as Json;
  } catch {
    document = null;
  }
  const { format, images } = record(document);
  const entries = Object.entries(record(images));
  if (format !== FORMAT || !isMap(images) || !entries.every(([, pin]) => isPin(pin)))
    throw new CliError(
      "invalid-lock-file",
      `${file} is no lock file`,
      "Mend it, or delete it and run `stack lock`.",
    );
  return record(images) as unknown as Pins;
}

function isPin(value: Json | undefined): boolean {
  const { digest, platforms, ids = [], locked } = record(value) as Partial<Pin>;
  const listed = [platforms, ids].every(
    (all) => Array.isArray(all) && all.every((each) => typeof each === "string"),
  );
  const day = typeof locked === "string" && /^\d{4}-\d\d-\d\d$/.test(locked);
  return /^sha256:[0-9a-f]{64}$/.test(digest ?? "") && listed && day;
}

export function lockText(pins: Pins): string {
  const images = Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
  return HEAD + stringify({ format: FORMAT, images }, { lineWidth: 100 });
}

/** `--locked`: nothing is to be run whose content the lock file does not fix. */
export function refuseUnlocked(stack: Stack, pins: Pins): void {
  const missing = unpinned(stack, pins);
  if (missing.length === 0) return;
  const hint = "`stack lock` adds them.";
  throw new CliError("invalid-lock-file", `not in the lock file: ${missing.join(", ")}`, hint);
}
