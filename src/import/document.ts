import type { JsonObject } from "../model/json.ts";
import type { ObservedState } from "../model/observed-state.ts";
import { containerSection } from "./containers.ts";
import { type Frame, networkSection, volumeSection } from "./networks-volumes.ts";
import { Vault, type Withheld } from "./secrets.ts";
import { type Choice, selected } from "./selection.ts";
import { unwrittenOfNetwork } from "./unwritten.ts";

export interface Imported {
  /** A stack file as a value. */
  readonly document: JsonObject;
  /** Values that look secret, and are variables of the document without a default. */
  readonly withheld: readonly Withheld[];
  /** What could not be written, a sentence each. */
  readonly warnings: readonly string[];
  readonly counts: {
    readonly container: number;
    readonly network: number;
    readonly volume: number;
  };
}

export interface Importing {
  readonly name: string;
  readonly choice: Choice;
  readonly withSecrets: boolean;
  /** The engine's own host name; `undefined`: it is not known. */
  readonly machine?: string | undefined;
  digest(text: string): string;
}

/**
 * A stack file that describes what is on the engine: planning with it finds nothing to do. Pure;
 * `observed` holds the containers of the choice.
 */
export function imported(observed: ObservedState, importing: Importing): Imported {
  const frame: Frame = { ...importing, observed, selection: selected(observed, importing.choice) };
  const warnings = new Set<string>();
  const vault = new Vault();
  const networks = networkSection(frame);
  const volumes = volumeSection(frame);
  const sections = { networks, volumes, vault };
  for (const { name, json } of frame.selection.networks)
    for (const what of unwrittenOfNetwork(json))
      warnings.add(`network ${name}: not written: ${what}`);
  const containers = containerSection(frame, sections, (message) => warnings.add(message));
  const parts = {
    variables: vault.section(),
    networks: networks.entries,
    volumes: volumes.entries,
  };
  const filled = Object.entries({ ...parts, containers }).filter(
    ([, section]) => Object.keys(section).length > 0,
  );
  return {
    document: { name: importing.name, ...Object.fromEntries(filled) },
    withheld: vault.withheld,
    warnings: [...warnings],
    counts: {
      container: frame.selection.containers.length,
      network: networks.keys.size,
      volume: volumes.keys.size,
    },
  };
}
