import { text } from "../../../src/attributes/values/json.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Address } from "../../../src/model/stack.ts";
import { understand } from "../fixtures/stackfile.ts";
import { type Applied, type Bench, changed } from "./live.ts";
import { type Expected, expected, FILES, fileOf, type Track } from "./live-tracks.ts";

/** One step of one attribute: what the plan said of it, and what the engine made of it. */
export interface Pace {
  readonly round: number;
  readonly expected: Expected;
  /** The plan's words: `update mem_limit memswap_limit`. */
  readonly planned: string;
  /** Whether the object is another one afterwards. */
  readonly another: boolean;
  /** The plan after it: `nothing`. */
  readonly second: string;
}

export interface Refused {
  readonly message: string;
  readonly planned: string;
}

export interface Walked {
  readonly paces: ReadonlyMap<Track, readonly Pace[]>;
  /** The engine refused to run it, in these words, and what the next plan said of it. */
  readonly refused: ReadonlyMap<Track, Refused>;
  /** What the engine or its kernel cannot do, in the engine's words. */
  readonly unsupported: ReadonlyMap<Track, string>;
}

/**
 * Takes all tracks through their states at once, a round at a time. A track that the engine refuses
 * leaves the walk, so that the others go on.
 */
export async function walk(bench: Bench, name: string, all: readonly Track[], image: JsonObject) {
  const paces = new Map<Track, Pace[]>(all.map((track) => [track, []]));
  const refused = new Map<Track, Refused>();
  const unsupported = new Map<Track, string>();
  const alive = () => all.filter((track) => !refused.has(track));
  const rounds = Math.max(...all.map(({ states }) => states.length));
  const allowDataLoss = all.filter(({ kind }) => kind === "volume").map(({ key }) => key);
  let ids = new Map<Address, string>();

  for (let round = 0; round < rounds; round++) {
    const file = () => fileOf(name, alive(), round);
    const specs = round === 0 ? undefined : specsOf(fileOf(name, alive(), round - 1));
    // Without permission, so that a volume's replacement is seen to be held.
    const made = await bench.plan(file(), { files: FILES });
    for (;;) {
      const applied = await bench.apply(file(), { files: FILES, allowDataLoss });
      const before = refused.size;
      for (const track of alive()) {
        const warning = about(applied.warnings, track);
        if (warning) unsupported.set(track, warning);
      }
      if (applied.outcome === "completed") break;
      const next = await bench.plan(file(), { files: FILES });
      for (const track of alive()) {
        const message = about(applied.failures, track);
        if (message) refused.set(track, { message, planned: planned(next, track) });
      }
      if (refused.size === before) throw new Error(`round ${round}: ${explain(applied)}`);
    }
    const now = await idsOf(bench, file());
    const second = await bench.plan(file(), { files: FILES });
    for (const track of alive()) {
      if (round > 0 && round >= track.states.length) continue;
      const address = addressOf(track);
      const was = specs?.get(address);
      const is = specsOf(file()).get(address) ?? {};
      paces.get(track)?.push({
        round,
        expected: was ? expected(track, was, is, image) : "nothing",
        planned: was ? planned(made, track) : "nothing",
        another: was !== undefined && ids.get(address) !== now.get(address),
        second: planned(second, track),
      });
    }
    ids = now;
  }
  return { paces, refused, unsupported } satisfies Walked;
}

const addressOf = ({ kind, key }: Track): Address => `${kind}.${key}`;

const about = (lines: readonly string[], track: Track): string | undefined =>
  lines.find((line) => line.startsWith(addressOf(track)));

const explain = ({ outcome, failures, plan }: Applied): string =>
  [outcome, ...failures, ...plan.conflicts.map(({ message }) => message)].join("; ");

function specsOf(file: JsonObject): ReadonlyMap<Address, JsonObject> {
  const { stack } = understand(file, { files: FILES });
  return new Map(stack.resources.map(({ address, spec }) => [address, spec]));
}

/** A volume's replacement is held; the second replica is the same attribute's affair. */
function planned(made: Plan, track: Track): string {
  const address = addressOf(track);
  const { changes } = made;
  const held = made.blocked.filter(({ required }) => required).map(({ change }) => change);
  const own = [...changes, ...held].filter((change) => change.address === address);
  const replica = changes.find((change) => change.address === `${address}[2]`);
  if (replica) return `${replica.action} another replica`;
  if (own.length > 1) return own.map(({ action }) => action).join(" and ");
  return changed({ ...made, changes: own }, address);
}

async function idsOf(bench: Bench, file: JsonObject): Promise<Map<Address, string>> {
  const { containers, networks, volumes } = await bench.observe(file, { files: FILES });
  const ours = [
    ...containers.map(({ owner, id }) => ({ owner, id })),
    ...networks.map(({ owner, id }) => ({ owner, id })),
    // A volume's id is its name, which its successor bears too.
    ...volumes.map(({ owner, json }) => ({ owner, id: text(json.CreatedAt) })),
  ];
  const ids = new Map<Address, string>();
  for (const { owner, id } of ours) {
    if (owner && owner.stack === file.name) ids.set(owner.address, id);
  }
  return ids;
}
