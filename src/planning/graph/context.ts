import type { Rollout } from "../../model/change.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import type { Survey } from "../context/context.ts";
import type { Verdict } from "../decisions/container.ts";
import type { Chosen } from "./chosen-addresses.ts";
import type { Draft, Drafts, Remedy } from "./step-graph.ts";

/** What the containers' recipes find already drafted. */
export interface Ground {
  readonly survey: Survey;
  readonly drafts: Drafts;
  readonly pulls: ReadonlyMap<string, Draft>;
  /** By engine name: the draft that makes the network or volume. */
  readonly networks: Map<string, Draft>;
  readonly volumes: Map<string, Draft>;
  /** Names of networks that go before others come: every container leaves, and may come back. */
  readonly leavingNetworks: ReadonlySet<string>;
  /** Names of volumes that are replaced: their users go before, and come after. */
  readonly replacedVolumes: ReadonlySet<string>;
  /** The connects that bring containers back to networks that are replaced. */
  readonly comebacks: Set<Draft>;
  /** By container: what takes it off networks that go, before anything else happens to it. */
  readonly leaves: Map<string, readonly Draft[]>;
  /** Addresses that are chosen for who would be given another one's. */
  readonly chosen: Chosen;
  /** How each container that is replaced is rolled out. */
  readonly rollouts: ReadonlyMap<Address, Rollout>;
  /** By container: who takes over its name, a port or an address. */
  readonly heirs: ReadonlyMap<string, Address>;
  /** By name of a network that makes room: what makes it again. */
  readonly formerNetworks: Map<string, Remedy>;
  /** Containers that go back when others do, from which they take something over. */
  readonly exchanged: ReadonlySet<Address>;
  /** Containers that swap their names with others, and must therefore step aside first. */
  readonly swapping: ReadonlySet<string>;
}

/** The drafts of one container that others order themselves by. */
export interface Built {
  readonly verdict: Verdict;
  /** The container as it will be when the plan is through. */
  readonly ref: Ref;
  /** Makes it, or its successor. */
  readonly create?: Draft;
  /** Gives it the name by which others know it. */
  readonly named?: Draft;
  start?: Draft;
  /** Stops it for a restart, once what it depends on is ready again. */
  readonly stop?: Draft;
  /** Of a replacement: the first step that touches what runs. */
  readonly first?: Draft | undefined;
  /** Of a replacement: after it others may go on, though the successor may have to prove itself yet. */
  passed?(): Draft;
  /** Of a replacement: the predecessor is stopped. */
  readonly stopped?: Draft | undefined;
  /** Of a replacement: the successor has proved itself, or will not be asked to. */
  proved?: Draft;
  /** Of a replacement: what brings the predecessor back as long as that is there. */
  readonly back?: readonly Remedy[];
  /** Removes the predecessor, once it is no longer needed. */
  readonly remove?: Draft;
}

export const refOf = ({ name, id }: FoundContainer): Ref => ({ name, id });

/** The container has left the networks that go. */
export function leavesOf({ leaves }: Ground, { id }: FoundContainer): readonly Draft[] {
  return leaves.get(id) ?? [];
}

/** Everything is here before the first thing stops. */
export function allPulls({ pulls }: Ground): Iterable<Draft> {
  return pulls.values();
}
