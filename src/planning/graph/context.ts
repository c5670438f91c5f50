import type { Rollout } from "../../model/change.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Ref } from "../../model/operations/fields.ts";
import type { Address } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import type { ContainerDecision } from "../decisions/container.ts";
import type { Chosen } from "./chosen-addresses.ts";
import type { RollbackStep, StepGraph, StepNode } from "./step-graph.ts";

/** Shared state of the builders of container steps: what is in the graph already. */
export interface GraphContext {
  readonly plan: PlanContext;
  readonly graph: StepGraph;
  readonly images: ReadonlyMap<string, StepNode>;
  /** By engine name: the node that makes the network or volume. */
  readonly networks: Map<string, StepNode>;
  readonly volumes: Map<string, StepNode>;
  /** Names of networks that go before others come: every container leaves, and may come back. */
  readonly leavingNetworks: ReadonlySet<string>;
  /** Names of volumes that are replaced: their users go before, and come after. */
  readonly replacedVolumes: ReadonlySet<string>;
  /** The connects that bring containers back to networks that are replaced. */
  readonly reconnects: Set<StepNode>;
  /** By container: what takes it off networks that go, before anything else happens to it. */
  readonly disconnects: Map<string, readonly StepNode[]>;
  /** Addresses that are chosen for who would be given another one's. */
  readonly chosen: Chosen;
  /** How each container that is replaced is rolled out. */
  readonly updateOrders: ReadonlyMap<Address, Rollout>;
  /** By container: who takes over its name, a port or an address. */
  readonly takeovers: ReadonlyMap<string, Address>;
  /** By name of a network that makes room: what makes it again. */
  readonly formerNetworks: Map<string, RollbackStep>;
  /** Containers that are rolled back when others are, from which they take something over. */
  readonly exchanged: ReadonlySet<Address>;
  /** Containers that swap their names with others, and must therefore step aside first. */
  readonly swapping: ReadonlySet<string>;
}

/** The nodes of one container that others are ordered by. */
export interface ContainerNodes {
  readonly decision: ContainerDecision;
  /** The container as it will be when the plan is through. */
  readonly ref: Ref;
  /** Makes it, or its replacement. */
  readonly create?: StepNode;
  /** Gives it the name by which others know it. */
  readonly named?: StepNode;
  start?: StepNode;
  /** Stops it for a restart, once what it depends on is ready again. */
  readonly stop?: StepNode;
  /** Of a replacement: the first step that touches what runs. */
  readonly first?: StepNode | undefined;
  /** Of a replacement: after it others may go on, though the new container may still have to become ready. */
  passed?(): StepNode;
  /** Of a replacement: the old container is stopped. */
  readonly stopped?: StepNode | undefined;
  /** Of a replacement: the new container is ready, or is not waited for. */
  readyWait?: StepNode;
  /** Of a replacement: what restores the old container as long as that is there. */
  readonly back?: readonly RollbackStep[];
  /** Removes the old container, once it is no longer needed. */
  readonly remove?: StepNode;
}

export const refOf = ({ name, id }: ObservedContainer): Ref => ({ name, id });

/** The container has left the networks that go. */
export function leavesOf(
  { disconnects: leaves }: GraphContext,
  { id }: ObservedContainer,
): readonly StepNode[] {
  return leaves.get(id) ?? [];
}

/** Everything is here before the first thing stops. */
export function imageNodes({ images: pulls }: GraphContext): Iterable<StepNode> {
  return pulls.values();
}
