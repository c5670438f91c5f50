import { list, record, text } from "../../attributes/values/json.ts";
import type { Rollout } from "../../model/change.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Conflict } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import { isActive } from "../context/container-status.ts";
import type { PlanContext } from "../context/context.ts";
import { inheritedVolumes, mountedVolumes, referencedVolumes } from "../context/create-body.ts";
import {
  conflictingAddresses,
  conflictingMacs,
  conflictingPorts,
  crowdedNetworks,
  networksThatChoose,
} from "../context/host-resources.ts";
import { isJob, stateOf } from "../diff/run-state.ts";
import type { ContainerDecision } from "./container.ts";
import type { NetworkVolumeDecision } from "./networks-volumes.ts";

/** A replacement, seen by the rules. */
interface Replacement extends Pick<ContainerDecision, "resource" | "image" | "follows"> {
  readonly found: ObservedContainer;
  readonly planContext: PlanContext;
  readonly replacedVolumes: ReadonlySet<string>;
  /** Names of networks that have too few addresses for two containers each. */
  readonly crowded: ReadonlySet<string>;
  /** Who takes over what the container has, if somebody does. */
  readonly heir: Address | undefined;
}

interface Rule {
  /**
   * `moot`: there is nothing to win; `cannot`: the engine would refuse it; `unsafe`: it can be done,
   * and is when it is asked for.
   */
  readonly kind: "moot" | "cannot" | "unsafe";
  /** Why the new container cannot run beside the old container, as a clause. */
  clash(replacement: Replacement): string | undefined;
}

/** What keeps a replacement from starting first; all that clash are told. */
const RULES: readonly Rule[] = [
  {
    kind: "moot",
    clash: ({ found, resource, replacedVolumes }) =>
      [...referencedVolumes(resource.spec), ...mountedVolumes(found)].some((name) =>
        replacedVolumes.has(name),
      )
        ? "a volume that it uses is replaced"
        : undefined,
  },
  { kind: "moot", clash: ({ found }) => (isActive(found) ? undefined : "it does not run") },
  {
    kind: "moot",
    clash: ({ planContext: context, resource }) =>
      isJob(context, resource) ? "it is a job, which runs to its end" : undefined,
  },
  {
    kind: "moot",
    clash: ({ resource }) =>
      stateOf(resource) === "running" ? undefined : `desired state is ${stateOf(resource)}`,
  },
  {
    kind: "moot",
    clash: ({ follows }) =>
      follows ? "the namespaces or mounts that it shares change" : undefined,
  },
  { kind: "moot", clash: ({ heir: takeover }) => takeover && `${takeover} takes over what it has` },
  {
    kind: "cannot",
    clash: ({ found, resource }) => {
      const ports = [
        ...new Set(conflictingPorts(found, resource.spec).map((port) => port.split("/")[0])),
      ];
      if (ports.length === 0) return undefined;
      return ports.length === 1
        ? `host port ${ports[0]} is fixed`
        : `host ports ${ports.join(", ")} are fixed`;
    },
  },
  {
    kind: "cannot",
    clash: ({ found, resource }) => {
      const networks = conflictingAddresses(found, resource.spec);
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
      const networks = conflictingMacs(found, resource.spec);
      return networks.length > 0 ? `its MAC address on ${networks.join(", ")} is fixed` : undefined;
    },
  },
  {
    kind: "unsafe",
    clash: ({ resource, crowded }) => {
      const networks = networksThatChoose(resource).filter((name) => crowded.has(name));
      return networks.length > 0
        ? `${networks.join(", ")} has no free address for a second container`
        : undefined;
    },
  },
  { kind: "unsafe", clash: sharedWrites },
  {
    kind: "unsafe",
    clash: ({ planContext, found, resource, image }) => {
      const { size } = inheritedVolumes(planContext, resource, found.json, image);
      if (size === 0) return undefined;
      return size === 1
        ? "its anonymous volume is carried over"
        : "its anonymous volumes are carried over";
    },
  },
];

/** A socket serves many; any other directory or file with two writers may be spoilt. */
function sharedWrites({
  found,
  resource: { spec },
  replacedVolumes,
}: Replacement): string | undefined {
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

export interface UpdateOrders {
  readonly byAddress: ReadonlyMap<Address, Rollout>;
  /** Orders that were asked for, and cannot be. */
  readonly conflicts: readonly Conflict[];
}

/** Decides for every replacement which of the two containers runs first, and says why. */
export function decideUpdateOrders(
  context: PlanContext,
  decisions: readonly ContainerDecision[],
  networks: readonly NetworkVolumeDecision[],
  replacedVolumes: ReadonlySet<string>,
  takeovers: ReadonlyMap<string, Address>,
): UpdateOrders {
  const staying = networks.filter(({ action }) => action === "none");
  const crowded = crowdedNetworks(
    context.observed,
    decisions,
    staying.map(({ resource }) => resource.name),
  );
  const updateOrders = new Map<Address, Rollout>();
  const conflicts: Conflict[] = [];
  for (const { resource, found, image, action, follows } of decisions) {
    if (action !== "replace" || !found) continue;
    const takeover = takeovers.get(found.id);
    const more = follows ? { follows } : {};
    const facing: Replacement = {
      planContext: context,
      resource,
      found,
      image,
      replacedVolumes,
      crowded,
      heir: takeover,
      ...more,
    };
    const asked = resource.update?.order;
    const clashes = RULES.flatMap(({ kind, clash }) => {
      const reason = clash(facing);
      return reason ? [{ kind, reason }] : [];
    });
    const [first] = clashes;
    const { address } = resource;
    const moot = first?.kind === "moot";
    if (moot) updateOrders.set(address, { order: "stop-first", reason: allOf(clashes) });
    else updateOrders.set(address, orderOf(asked, clashes));
    const impossible = clashes.filter(({ kind }) => kind === "cannot");
    if (asked === "start-first" && !moot && impossible.length > 0) {
      const message = `\`order: start-first\` is not possible, because ${allOf(impossible)}`;
      conflicts.push({ address, message, hint: "use `order: stop-first`, or leave `order` out" });
    }
  }
  return { byAddress: updateOrders, conflicts };
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
