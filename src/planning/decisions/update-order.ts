import { list, record, text } from "../../attributes/values/json.ts";
import type { Rollout } from "../../model/change.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import { isUp } from "../context/container-status.ts";
import type { Survey } from "../context/context.ts";
import { carriedTo, mountedBy, volumesOf } from "../context/create-body.ts";
import { portsHeld, sharedAddresses, sharedMacs } from "../context/host-resources.ts";
import { isJob, stateOf } from "../diff/run-state.ts";
import type { Verdict } from "./container.ts";

/** A replacement, seen by the rules. */
interface Case extends Pick<Verdict, "resource" | "image" | "follows"> {
  readonly found: FoundContainer;
  readonly survey: Survey;
  readonly replacedVolumes: ReadonlySet<string>;
  /** Who takes over what the container has, if somebody does. */
  readonly heir: Address | undefined;
}

interface Rule {
  /**
   * `moot`: there is nothing to win; `cannot`: the engine would refuse it; `unsafe`: it can be done,
   * and is when it is asked for.
   */
  readonly kind: "moot" | "cannot" | "unsafe";
  /** Why the successor cannot run beside its predecessor, as a clause. */
  clash(replacement: Case): string | undefined;
}

/** What keeps a successor from starting first; all that clash are told. */
const RULES: readonly Rule[] = [
  {
    kind: "moot",
    clash: ({ found, resource, replacedVolumes }) =>
      [...volumesOf(resource.spec), ...mountedBy(found)].some((name) => replacedVolumes.has(name))
        ? "a volume that it uses is replaced"
        : undefined,
  },
  { kind: "moot", clash: ({ found }) => (isUp(found) ? undefined : "it does not run") },
  {
    kind: "moot",
    clash: ({ survey, resource }) =>
      isJob(survey, resource) ? "it is a job, which runs to its end" : undefined,
  },
  {
    kind: "moot",
    clash: ({ resource }) =>
      stateOf(resource) === "running" ? undefined : `it is to be ${stateOf(resource)}`,
  },
  {
    kind: "moot",
    clash: ({ follows }) => (follows ? "what it shares with another changes" : undefined),
  },
  { kind: "moot", clash: ({ heir }) => heir && `${heir} takes over what it has` },
  {
    kind: "cannot",
    clash: ({ found, resource }) => {
      const ports = [...new Set(portsHeld(found, resource.spec).map((port) => port.split("/")[0]))];
      if (ports.length === 0) return undefined;
      return ports.length === 1
        ? `host port ${ports[0]} is fixed`
        : `host ports ${ports.join(", ")} are fixed`;
    },
  },
  {
    kind: "cannot",
    clash: ({ found, resource }) => {
      const networks = sharedAddresses(found, resource.spec);
      return networks.length > 0 ? `its address on ${networks.join(", ")} is fixed` : undefined;
    },
  },
  {
    kind: "unsafe",
    clash: ({ resource }) => {
      const mode = text(resource.spec.network_mode);
      return /^(host$|container:|service:)/.test(mode) ? "it has no network of its own" : undefined;
    },
  },
  {
    kind: "unsafe",
    clash: ({ found, resource }) => {
      const networks = sharedMacs(found, resource.spec);
      return networks.length > 0 ? `its MAC address on ${networks.join(", ")} is fixed` : undefined;
    },
  },
  { kind: "unsafe", clash: sharedWrites },
  {
    kind: "unsafe",
    clash: ({ survey, found, resource, image }) => {
      const { size } = carriedTo(survey, resource, found.json, image);
      if (size === 0) return undefined;
      return size === 1
        ? "its anonymous volume is carried over"
        : "its anonymous volumes are carried over";
    },
  },
];

/** A socket serves many; any other directory or file with two writers may be spoilt. */
function sharedWrites({ found, resource: { spec }, replacedVolumes }: Case): string | undefined {
  const written = new Set(
    list(found.json.Mounts).flatMap((each) => {
      const { Type, Name, Source, RW } = record(each);
      if (RW === false) return [];
      return Type === "volume" ? [`volume ${text(Name)}`] : [`bind ${text(Source)}`];
    }),
  );
  const both = Object.values(record(spec.volumes)).flatMap((each) => {
    const { type, source, read_only } = record(each);
    const isNew = type === "volume" && replacedVolumes.has(text(source));
    if (read_only === true || isNew || text(source).endsWith(".sock")) return [];
    if (!written.has(`${text(type)} ${text(source)}`)) return [];
    return [`${type === "volume" ? "the volume " : ""}${text(source)}`];
  });
  return both.length > 0 ? `both would write to ${[...new Set(both)].join(", ")}` : undefined;
}

export interface Rollouts {
  readonly rollouts: ReadonlyMap<Address, Rollout>;
  /** Orders that were asked for, and cannot be. */
  readonly conflicts: readonly Conflict[];
}

/** Decides for every replacement which of the two containers runs first, and says why. */
export function rollOut(
  survey: Survey,
  verdicts: readonly Verdict[],
  replacedVolumes: ReadonlySet<string>,
  heirs: ReadonlyMap<string, Address>,
): Rollouts {
  const rollouts = new Map<Address, Rollout>();
  const conflicts: Conflict[] = [];
  for (const { resource, found, image, action, follows } of verdicts) {
    if (action !== "replace" || !found) continue;
    const heir = heirs.get(found.id);
    const more = follows ? { follows } : {};
    const facing: Case = { survey, resource, found, image, replacedVolumes, heir, ...more };
    const asked = resource.update?.order;
    const clashes = RULES.flatMap(({ kind, clash }) => {
      const reason = clash(facing);
      return reason ? [{ kind, reason }] : [];
    });
    const [first] = clashes;
    const { address } = resource;
    const moot = first?.kind === "moot";
    if (moot) rollouts.set(address, { order: "stop-first", reason: allOf(clashes) });
    else rollouts.set(address, orderOf(asked, clashes));
    const impossible = clashes.filter(({ kind }) => kind === "cannot");
    if (asked === "start-first" && !moot && impossible.length > 0) {
      const message = `\`order: start-first\` is not possible, because ${allOf(impossible)}`;
      conflicts.push({ address, message, hint: "use `order: stop-first`, or leave `order` out" });
    }
  }
  return { rollouts, conflicts };
}

function orderOf(
  asked: Rollout["order"] | undefined,
  clashes: readonly { readonly kind: Rule["kind"]; readonly reason: string }[],
): Rollout {
  if (asked) {
    const risk =
      asked === "start-first" && clashes.length > 0 ? `, although ${allOf(clashes)}` : "";
    return { order: asked, reason: `the file asks for it${risk}` };
  }
  return clashes.length > 0
    ? { order: "stop-first", reason: allOf(clashes) }
    : { order: "start-first" };
}

/** Rules in words, each once. */
function allOf(clashes: readonly { readonly reason: string }[]): string {
  return AND.format([...new Set(clashes.map(({ reason }) => reason))]);
}

const AND = new Intl.ListFormat("en");
