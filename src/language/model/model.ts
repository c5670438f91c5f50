import { SHARING, sharedKey } from "../../attributes/container/namespaces/sharing.ts";
import { fromParts } from "../../attributes/container/storage/volumes.ts";
import type { Scope } from "../../attributes/core/attribute.ts";
import { splitOnce } from "../../attributes/core/shapes.ts";
import { list, record, text, texts } from "../../attributes/values/json.ts";
import type { Building } from "../../model/build.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Dependency } from "../../model/stack.ts";
import type { Report } from "../source/diagnostics.ts";
import type { Mapping, Path } from "../yaml/tree.ts";
import type { Image, Named } from "./named-objects.ts";

/** A container as the file has it, beside the canonical form of what could be read. */
export interface Container {
  readonly key: string;
  readonly authored: JsonObject;
  readonly values: Readonly<Record<string, Json>>;
  readonly build?: Building;
  readonly dependencies: readonly DeclaredDependency[];
}

/** The whole stack before it becomes resources: what rules judge. */
export interface Model {
  readonly stack: string;
  readonly root: Mapping;
  readonly report: Report;
  readonly plugins: ReadonlyMap<string, Named>;
  readonly networks: ReadonlyMap<string, Named>;
  readonly volumes: ReadonlyMap<string, Named>;
  readonly images: ReadonlyMap<string, Image>;
  readonly containers: ReadonlyMap<string, Container>;
  scope(key: string): Scope;
}

export function replicas(container: Container): number {
  const asked = container.values.replicas;
  return typeof asked === "number" ? asked : 1;
}

/** The engine's name of a container's first replica, by what the file says of it. */
export function firstName(stack: string, key: string, authored: JsonObject): string {
  return text(authored.container_name) || `${stack}-${key}-1`;
}

/** Engine names of a container's replicas. */
export function containerNames(stack: string, container: Container): readonly string[] {
  const fixed = text(container.values.container_name);
  const count = replicas(container);
  return Array.from({ length: count }, (_, index) =>
    fixed && index === 0 ? fixed : `${stack}-${container.key}-${index + 1}`,
  );
}

export interface DeclaredDependency {
  readonly on: string;
  readonly condition: string;
  readonly required: boolean;
  readonly restart?: boolean;
  readonly bound?: Dependency["bound"];
  /** Where it stands below the container. */
  readonly path: Path;
}

/** What the container says in `depends_on`, and what its other attributes imply. */
export function dependencies({
  authored,
  values,
}: Pick<Container, "authored" | "values">): readonly DeclaredDependency[] {
  const listed = Array.isArray(authored.depends_on)
    ? list(authored.depends_on).map(text)
    : undefined;
  const said = Object.entries(record(values.depends_on)).map(([on, value]): DeclaredDependency => {
    const { condition, required, restart } = record(value);
    return {
      on,
      condition: text(condition) || "service_started",
      required: required !== false,
      ...(restart === true && { restart }),
      path: ["depends_on", listed ? listed.indexOf(on) : on],
    };
  });
  // What could not be parsed has been told.
  const parsed = implied(authored).filter(({ path: [name = ""] }) => values[name] !== undefined);
  return [...said, ...parsed];
}

/** Compose Specification: `links`, `volumes_from`, and a namespace of `service:KEY`. */
function implied(authored: JsonObject): readonly DeclaredDependency[] {
  const started = { condition: "service_started", required: true };
  const namespaces = SHARING.flatMap((name): DeclaredDependency[] => {
    const on = sharedKey(authored[name]);
    return on === undefined ? [] : [{ ...started, on, bound: "namespaces", path: [name] }];
  });
  const mounts = texts(authored.volumes_from).flatMap((item, index): DeclaredDependency[] => {
    const { key: on } = fromParts(item);
    if (on === undefined) return [];
    return [{ ...started, on, bound: "volumes", path: ["volumes_from", index] }];
  });
  const links = texts(authored.links).map((link, index): DeclaredDependency => {
    const [on] = splitOnce(link, ":");
    return { ...started, on, path: ["links", index] };
  });
  return [...namespaces, ...mounts, ...links];
}
