import { at, list, record, text } from "../attributes/compare.ts";
import { anonymousVolumes } from "../attributes/container/mount-codec.ts";
import type { Rollout } from "../model/change.ts";
import type { FoundContainer } from "../model/observed.ts";
import type { Conflict } from "../model/plan.ts";
import type { Address } from "../model/stack.ts";
import { mountedBy, volumesOf } from "./body.ts";
import type { Verdict } from "./decide.ts";
import { portsHeld, sharedAddresses } from "./hand-over.ts";
import { isJob, stateOf } from "./state.ts";
import { isUp } from "./status.ts";
import type { Survey } from "./survey.ts";

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

/** What keeps a successor from starting first; the first that clashes is told. */
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
    clash: ({ survey, resource }) => (isJob(survey, resource) ? "it runs to its end" : undefined),
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
      const [port] = portsHeld(found, resource.spec);
      return port && `host port ${port.split("/")[0]} is fixed`;
    },
  },
  {
    kind: "cannot",
    clash: ({ found, resource }) => {
      const [network] = sharedAddresses(found, resource.spec);
      return network && `its address on ${network} is fixed`;
    },
  },
  {
    kind: "unsafe",
    clash: ({ resource }) => {
      const mode = text(resource.spec.network_mode);
      return /^(host$|container:|service:)/.test(mode) ? "it has no network of its own" : undefined;
    },
  },
  { kind: "unsafe", clash: ({ found, resource }) => sharedWrites(found, resource.spec) },
  {
    kind: "unsafe",
    clash: ({ found, resource, image }) => {
      const declared = image && Object.keys(record(at(image, "Config", "Volumes")));
      const asked = Object.keys(record(resource.spec.volumes));
      const carried = [...anonymousVolumes(found.json).keys()].filter(
        (target) => !declared || declared.includes(target) || asked.includes(target),
      );
      return carried.length > 0 ? "its anonymous volume is carried over" : undefined;
    },
  },
];

/** A socket serves many; any other directory or file with two writers may be spoilt. */
function sharedWrites(found: FoundContainer, spec: Case["resource"]["spec"]): string | undefined {
  const written = new Set(
    list(found.json.Mounts).flatMap((each) => {
      const { Type, Name, Source, RW } = record(each);
      if (RW === false) return [];
      return Type === "volume" ? [`volume ${text(Name)}`] : [`bind ${text(Source)}`];
    }),
  );
  for (const each of Object.values(record(spec.volumes))) {
    const { type, source, read_only } = record(each);
    if (read_only === true || text(source).endsWith(".sock")) continue;
    if (written.has(`${text(type)} ${text(source)}`))
      return `both would write to ${type === "volume" ? "the volume " : ""}${text(source)}`;
  }
  return undefined;
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
    if (first?.kind === "moot")
      rollouts.set(address, { order: "stop-first", reason: first.reason });
    else rollouts.set(address, orderOf(asked, clashes));
    const impossible = clashes.find(({ kind }) => kind === "cannot");
    if (asked === "start-first" && first?.kind !== "moot" && impossible) {
      const message = `\`order: start-first\` is not possible, because ${impossible.reason}`;
      conflicts.push({ address, message, hint: "use `order: stop-first`, or leave `order` out" });
    }
  }
  return { rollouts, conflicts };
}

function orderOf(
  asked: Rollout["order"] | undefined,
  clashes: readonly { readonly kind: Rule["kind"]; readonly reason: string }[],
): Rollout {
  const [first] = clashes;
  if (asked) return { order: asked, reason: "the file asks for it" };
  return first ? { order: "stop-first", reason: first.reason } : { order: "start-first" };
}
