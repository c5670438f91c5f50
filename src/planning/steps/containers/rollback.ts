import { configLabels, FAILED, recordedSpec } from "../../../attributes/core/ownership.ts";
import { familiarTag } from "../../../attributes/image/build-record.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { at, record, text, texts } from "../../../attributes/values/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { Operation } from "../../../model/operations/operations.ts";
import type { Address, Resource } from "../../../model/stack.ts";
import { isActive, statusOf } from "../../context/container-status.ts";
import { referencedImages } from "../../context/create-body.ts";
import { REPLACING, retiredName } from "../../context/temporary-names.ts";
import { isJob, shouldRun } from "../../diff/run-state.ts";
import { type GraphContext, refOf } from "../../graph/context.ts";
import { startedAgain } from "../../graph/hooks.ts";
import type { RollbackStep } from "../../graph/step-graph.ts";
import { rejoinNetwork } from "./rejoin-network.ts";

/**
 * Rollback steps of one replacement. Their steps are shared, and each of them tolerates
 * that there is nothing for it to undo. In every rollback the stop of the new container comes first, then come
 * the old container's start, the new container's leave of its name and the old container's return to it: so
 * those of an exchange can wait for each other (exchange.ts).
 */
export interface Rollback {
  /**
   * The old container runs; it only returns to networks that were replaced under it, and its images
   * to their names.
   */
  readonly untouched: readonly RollbackStep[];
  /** The old container has its name. */
  readonly named: readonly RollbackStep[];
  /** The old container runs, under the name that it has. */
  readonly running: readonly RollbackStep[];
  /** The old container runs under its own name, which is free. */
  readonly restored: readonly RollbackStep[];
  /** The same, where the new container had taken its place, and is kept for inspection. */
  readonly replaced: readonly RollbackStep[];
  /** The new container under this name is stopped. */
  stopped(name: string): readonly RollbackStep[];
  /** The new container under this name is kept for inspection, as the only one. */
  keep(name: string): readonly RollbackStep[];
  /** Nothing is left of the new container under this name, which does not run. */
  discard(name: string): readonly RollbackStep[];
  /** The same, where the new container had taken its place, and nothing is left of it: it has not failed. */
  undone(beside: string): readonly RollbackStep[];
  /** The new container returns to the name that it had beside the old container. */
  beside(name: string): RollbackStep;
}

/**
 * @param timeout seconds that the new container has to stop
 * @param written the new container's name beside the old container, and the files that were kept before it
 *   got its own
 */
export function rollback(
  context: GraphContext,
  resource: Resource,
  found: ObservedContainer,
  timeout: number,
  written: { readonly beside: string; readonly files: readonly string[] } = {
    beside: "",
    files: [],
  },
): Rollback {
  const { address, name } = resource;
  const { plan: planContext } = context;
  const failed = name + FAILED;
  const back = REPLACING.test(found.name) ? name : found.name;
  const rollbackStep = (
    work: Operation,
    reason: string,
    more: Pick<RollbackStep, "availability"> = {},
  ): RollbackStep => ({
    work,
    address,
    reason,
    ...more,
  });
  const once = memo((what: string, of: string): RollbackStep => {
    const container: Ref = { name: of };
    if (what === "stop") {
      const serving = of === name ? ({ availability: "down" } as const) : {};
      return rollbackStep(
        { operation: "container.stop", container, timeout },
        "it does not take over",
        serving,
      );
    }
    if (what === "beside") {
      const work = { operation: "container.rename", container: { name }, to: of } as const;
      return rollbackStep(work, "the old container takes its place again");
    }
    if (what === "keep")
      return rollbackStep(
        { operation: "container.rename", container, to: failed },
        "it is kept for inspection",
      );
    return rollbackStep({ operation: "container.remove", container }, "it is not needed");
  });
  const { beside, files } = written;
  const putBack = (of: string) =>
    files.length > 0
      ? [
          rollbackStep(
            { operation: "container.restore_files", container: { name: of }, files },
            "others see them as they were",
          ),
        ]
      : [];
  const untouched = [
    ...putBack(beside),
    ...formerNames(context, resource).map((work) =>
      rollbackStep(work, "what ran before was made of it"),
    ),
    ...reconnects(context, address, found),
  ];
  const oldContainer: Ref = { id: found.id, name: retiredName(name) };
  const start = rollbackStep(
    { operation: "container.start", container: oldContainer },
    "it ran before",
    {
      availability: "up",
    },
  );
  const pause = rollbackStep(
    { operation: "container.pause", container: oldContainer },
    "it was paused before",
  );
  const named = rollbackStep(
    { operation: "container.rename", container: oldContainer, to: back },
    "it has its place again",
  );
  const failures = (planContext.failed.get(address) ?? []).map((each) =>
    rollbackStep(
      { operation: "container.remove", container: refOf(each) },
      "one failed container is kept, the latest",
    ),
  );
  const former = formerState(resource, found);
  const started = [start, ...startedAgain(planContext, found, oldContainer, rollbackStep)];
  const again = isJob(planContext, resource) || former === "down" ? [] : started;
  const running = [...untouched, ...again, ...(former === "paused" ? [pause] : [])];
  const tame = rollbackStep(
    {
      operation: "container.update",
      container: { name: failed },
      resources: { RestartPolicy: { Name: "no", MaximumRetryCount: 0 } },
    },
    "it is not to start again by itself",
  );
  const restarts = /^(always|on-failure)/.test(text(resource.spec.restart));
  const keep = (of: string) => [...failures, once("keep", of), ...(restarts ? [tame] : [])];
  const stopped = (of: string) => [once("stop", of)];
  return {
    untouched,
    named: [named],
    running,
    restored: [...running, named],
    replaced: [...stopped(name), ...putBack(name), ...running, ...keep(name), named],
    stopped,
    keep,
    discard: (of) => [once("discard", of)],
    undone: (of) => [...stopped(name), once("beside", of), ...running, named, once("discard", of)],
    beside: (of) => once("beside", of),
  };
}

/**
 * What the old container did before its replacement. One that is down may have been stopped by a run
 * that was cut short, so it counts as running unless it was, or is, asked not to.
 */
function formerState(resource: Resource, found: ObservedContainer): "running" | "paused" | "down" {
  if (isActive(found)) return statusOf(found) === "paused" ? "paused" : "running";
  const asked = text(recordedSpec(configLabels(found.json)).state);
  if (!shouldRun(resource) || asked === "stopped" || asked === "created") return "down";
  return asked === "paused" ? asked : "running";
}

function memo<V>(make: (a: string, b: string) => V): (a: string, b: string) => V {
  const known = new Map<string, V>();
  return (a, b) => {
    const key = `${a} ${b}`;
    const value = known.get(key) ?? make(a, b);
    known.set(key, value);
    return value;
  };
}

/**
 * Gives names that this plan moves back to the images that had them, so that they lead to what runs:
 * the next plan compares with these.
 */
function formerNames(
  { plan: context, images: pulls }: GraphContext,
  { spec }: Resource,
): readonly Operation[] {
  const { images } = context.observed;
  return referencedImages(spec).flatMap((reference) => {
    const image = context.images.get(reference);
    const former = images[reference];
    if (!image || !former || !pulls.has(reference)) return [];
    const others = [...(image.build?.asked.tags ?? []), ...texts(image.spec.tags)];
    const kept = others.filter((name) => texts(former.RepoTags).includes(familiarTag(name)));
    return [reference, ...new Set(kept)]
      .filter((name) => splitReference(name).digest === undefined)
      .map((to): Operation => ({ operation: "image.tag", image: text(former.Id), to }));
  });
}

/** Networks that go under the old container, which is on them until then. */
function reconnects(context: GraphContext, address: Address, found: ObservedContainer) {
  const attached = Object.keys(record(at(found.json, "NetworkSettings", "Networks")));
  const known = new Map<string, RollbackStep>();
  return attached
    .filter((network) => context.leavingNetworks.has(network))
    .sort()
    .flatMap((network) => rejoinNetwork(context, address, found, network, known));
}
