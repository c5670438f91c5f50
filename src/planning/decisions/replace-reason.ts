import { catalogue } from "../../attributes/catalogue.ts";
import type { Catalogue } from "../../attributes/core/attribute.ts";
import { configLabels, recordedSpec } from "../../attributes/core/ownership.ts";
import { equal } from "../../attributes/values/json.ts";
import type { Delta } from "../../model/change.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import type { Resource } from "../../model/stack.ts";
import type { PlanContext } from "../context/context.ts";
import type { Candidate } from "../diff/candidates.ts";
import { isCompleted, type Restart } from "../diff/run-state.ts";

/** What other decisions mean for a container. */
export interface Constraints {
  /** Why it must be replaced, whatever its own differences. */
  replace(found: ObservedContainer): string | undefined;
  /** Another container that it is bound to comes, goes, starts or changes its name. */
  readonly follows: boolean;
  /** Why it must be started again, although it runs. */
  restart(found: ObservedContainer): Restart | undefined;
  containerId(name: string): string | undefined;
}

const nameOf = (attribute: string): string => attribute.split(".")[0] ?? "";

/** The attributes of the deltas, each once. */
export function names(deltas: readonly Delta[]): string {
  return [...new Set(deltas.map(({ attribute }) => nameOf(attribute)))].join(", ");
}

/** Why only a replacement will do; `undefined`: none is needed. */
export function replaceReason(
  context: PlanContext,
  resource: Resource,
  { found, difference: { deltas, inPlace } }: Candidate,
  must: Constraints,
): string | undefined {
  const forced = must.replace(found);
  if (forced) return forced;
  if (context.options.replacing?.includes(resource.address)) return "asked by --replace";
  if (!inPlace) {
    const forcing = deltas.filter(
      ({ inPlace, attribute }) => !inPlace && !fromImage(resource, attribute, deltas),
    );
    return forcedBy(forcing);
  }
  const then = recordedSpec(configLabels(found.json));
  const asked = deltas.filter(({ attribute }) => {
    const name = nameOf(attribute);
    return !equal(resource.spec[name], then[name]);
  });
  return asked.length > 0 && isCompleted(context, resource, found)
    ? `a job runs again when what is asked of it changes: ${names(asked)}`
    : undefined;
}

/** An attribute may be changed in place as a rule, and yet not from this value to that one. */
function forcedBy(deltas: readonly Delta[]): string {
  const attributes: Catalogue = catalogue.container;
  const isFixed = ({ attribute }: Delta) => !attributes[nameOf(attribute)]?.docker?.update;
  const [fixed, others] = [deltas.filter(isFixed), deltas.filter((each) => !isFixed(each))];
  const reasons = [
    ...(fixed.length > 0 ? [`${names(fixed)} can only be set when it is created`] : []),
    ...(others.length > 0 ? [`this change of ${names(others)} cannot be made in place`] : []),
  ];
  return reasons.join("; ");
}

/** A line that only follows from another image: it forces nothing by itself. */
function fromImage({ spec }: Resource, attribute: string, deltas: readonly Delta[]): boolean {
  return (
    spec[nameOf(attribute)] === undefined && deltas.some((delta) => delta.attribute === "image")
  );
}
