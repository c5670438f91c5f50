import { text } from "../attributes/values/json.ts";
import type { JsonObject } from "../model/json.ts";
import type { Choice } from "./selection.ts";

const CONDITIONS = ["service_started", "service_healthy", "service_completed_successfully"];

/**
 * What Compose's label says of dependencies: `db:service_healthy:false,cache:service_started:true`
 * (docker/compose, `com.docker.compose.depends_on`). Only those that are imported too;
 * `down` are not to run, and nobody may insist on them.
 */
export function dependsOn(
  labels: JsonObject,
  services: ReadonlySet<string>,
  { project }: Choice,
  down: ReadonlySet<string>,
): JsonObject {
  if (project === undefined) return {};
  const entries = text(labels["com.docker.compose.depends_on"])
    .split(",")
    .map((entry) => entry.split(":"))
    .filter(([service = ""]) => services.has(service))
    .map(([service = "", condition = "", restart = ""]): [string, string, boolean] => [
      service,
      CONDITIONS.includes(condition) ? condition : "service_started",
      restart === "true",
    ]);
  if (entries.length === 0) return {};
  const plain = entries.every(
    ([service, condition, restart]) =>
      condition === "service_started" && !restart && !down.has(service),
  );
  return {
    depends_on: plain
      ? entries.map(([service]) => service)
      : Object.fromEntries(
          entries.map(([service, condition, restart]) => [
            service,
            {
              condition,
              ...(restart ? { restart } : {}),
              ...(down.has(service) ? { required: false } : {}),
            },
          ]),
        ),
  };
}

/** Whether somebody waits until the service has completed. */
export function isAwaited(service: string, all: readonly JsonObject[]): boolean {
  return all.some((labels) =>
    text(labels["com.docker.compose.depends_on"])
      .split(",")
      .some((entry) => entry.startsWith(`${service}:service_completed_successfully`)),
  );
}
