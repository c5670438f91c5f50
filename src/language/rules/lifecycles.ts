import { text } from "../../attributes/values/json.ts";
import type { Container, Model } from "../model/model.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";

/** A dependency on a container that is not to be in the state that the condition needs. */
export function lifecycles({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    soundJob(container, { root, report });
    if (isDown(container)) continue;
    for (const { on, condition, required, bound, path } of container.dependencies) {
      const other = containers.get(on);
      const never = other && required && bound !== "volumes" && neverComesTrue(other, condition);
      if (!never) continue;
      const place = placeOf(root, ["containers", container.key, ...path]);
      const hint = "change its `state` or `restart`, or write `required: false`";
      report.error(`\`${on}\` ${never}, so \`${container.key}\` would never start`, place, hint);
    }
  }
}

const stateOf = ({ values }: Container): string => text(values.state) || "running";
const isDown = (container: Container): boolean =>
  ["stopped", "created"].includes(stateOf(container));

function neverComesTrue(other: Container, condition: string): string | undefined {
  const state = stateOf(other);
  if (isDown(other)) return `is to be ${state}`;
  if (condition === "service_healthy") {
    if (state === "paused") return "is to be paused, and cannot be found healthy";
    if (other.values.job === true) return "is a job, which ends and is not found healthy";
  }
  if (condition !== "service_completed_successfully") return undefined;
  if (state === "paused") return "is to be paused, and does not complete";
  return restartsForEver(other) ? "is started again by its restart policy" : undefined;
}

const restartsForEver = ({ values }: Container): boolean =>
  ["always", "unless-stopped"].includes(text(values.restart));

/** A job ends by itself, once, and so can be neither held nor started again. */
function soundJob(container: Container, { root, report }: Pick<Model, "root" | "report">): void {
  if (container.values.job !== true) return;
  const at = (name: string) => keyPlace(root, ["containers", container.key, name]);
  if (stateOf(container) !== "running") {
    const hint = "leave one of them out";
    report.error(`a job runs to its end, so it cannot be ${stateOf(container)}`, at("state"), hint);
  }
  if (!restartsForEver(container)) return;
  const message = `a job ends, and \`restart: ${text(container.values.restart)}\` would start it again`;
  report.error(message, at("restart"), "leave it out, or write `on-failure`");
}
