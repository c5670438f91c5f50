import type { Scope } from "../attributes/attribute.ts";
import { list, record, text } from "../attributes/compare.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Image, Named } from "./named.ts";
import type { Report } from "./report.ts";
import type { Mapping } from "./tree.ts";

/** A container as the file has it, beside the canonical form of what could be read. */
export interface Container {
  readonly key: string;
  readonly authored: JsonObject;
  readonly values: Readonly<Record<string, Json>>;
}

/** The whole stack before it becomes resources: what rules judge. */
export interface Model {
  readonly stack: string;
  readonly root: Mapping;
  readonly report: Report;
  readonly networks: ReadonlyMap<string, Named>;
  readonly volumes: ReadonlyMap<string, Named>;
  readonly images: ReadonlyMap<string, Image>;
  readonly containers: readonly Container[];
  scope(key: string): Scope;
}

export function replicas(container: Container): number {
  const asked = container.values.replicas;
  return typeof asked === "number" ? asked : 1;
}

/** Engine names of a container's replicas. */
export function containerNames(stack: string, container: Container): readonly string[] {
  const fixed = text(container.values.container_name);
  const count = replicas(container);
  return Array.from({ length: count }, (_, index) =>
    fixed && index === 0 ? fixed : `${stack}-${container.key}-${index + 1}`,
  );
}

export interface Dependency {
  readonly on: string;
  readonly condition: string;
  readonly required: boolean;
  readonly restart: boolean;
  /** Where it stands below `depends_on`. */
  readonly step: string | number;
}

export function dependencies({ authored, values }: Container): readonly Dependency[] {
  const listed = Array.isArray(authored.depends_on)
    ? list(authored.depends_on).map(text)
    : undefined;
  return Object.entries(record(values.depends_on)).map(([on, value]) => {
    const { condition, required, restart } = record(value);
    return {
      on,
      condition: text(condition) || "service_started",
      required: required !== false,
      restart: restart === true,
      step: listed ? listed.indexOf(on) : on,
    };
  });
}
