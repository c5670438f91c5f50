import { mountedImages } from "../../attributes/container/storage/mount-codec.ts";
import { record, text } from "../../attributes/values/json.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Address, Condition, Dependency, Resource } from "../../model/stack.ts";
import { type Container, type Model, replicas } from "../model/model.ts";
import { pluginNeeds } from "../model/plugins.ts";

/** An image, and the keys of the containers that run it. */
interface FoundImage {
  readonly resource: Resource;
  readonly users: ReadonlySet<string>;
}

/** The address of a key's replica, counted from 0. */
export function replica(key: string, index: number): Address {
  return index === 0 ? `container.${key}` : `container.${key}[${index + 1}]`;
}

const CONDITIONS: Readonly<Record<string, Condition>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

/** What must be there, and how, before the container is made or started. */
export function dependenciesOf(
  container: Container,
  spec: JsonObject,
  images: readonly FoundImage[],
  model: Model,
): readonly Dependency[] {
  const mounts = mountedImages(spec.volumes);
  const started = (on: Address): Dependency => ({ on, condition: "started", required: true });
  const image = images
    .filter(({ users, resource }) => users.has(container.key) || mounts.includes(resource.name))
    .map(({ resource }) => resource.address);
  const networks = Object.keys(record(spec.networks)).map((name) =>
    addressOf("network", name, model),
  );
  const mounted = Object.values(record(spec.volumes)).flatMap((mount) => {
    const { type, source } = record(mount);
    return type === "volume" && source !== undefined
      ? [addressOf("volume", text(source), model)]
      : [];
  });
  const awaited = container.dependencies.flatMap(({ on, condition, required, bound, restart }) => {
    const target = model.containers.get(on);
    // Whoever shares something shares it with the first replica.
    const count = target ? Math.min(replicas(target), bound ? 1 : Number.POSITIVE_INFINITY) : 0;
    return Array.from(
      { length: count },
      (_, index): Dependency => ({
        on: replica(on, index),
        condition: CONDITIONS[condition] ?? "started",
        required,
        ...(bound && { bound }),
        ...(restart && { restart }),
      }),
    );
  });
  const driver = pluginNeeds(record(spec.logging).driver, model);
  return [...[...new Set([...image, ...networks, ...mounted])].map(started), ...driver, ...awaited];
}

function addressOf(kind: "network" | "volume", name: string, model: Model): Address {
  const all = kind === "network" ? model.networks : model.volumes;
  const found = [...all.values()].find((one) => one.name === name);
  return `${kind}.${found?.key ?? "default"}`;
}
