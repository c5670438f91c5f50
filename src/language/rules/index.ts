import { nearest } from "../../attributes/core/shapes.ts";
import { record, text } from "../../attributes/values/json.ts";
import { type Container, containerNames, type Model, replicas } from "../model/model.ts";
import type { Span } from "../source/source-text.ts";
import { keyPlace, type Mapping, type Path, placeOf } from "../yaml/tree.ts";
import { builds } from "./builds.ts";
import { lifecycles } from "./lifecycles.ts";
import { modes } from "./modes.ts";
import { mounts } from "./mounts.ts";
import { sharing } from "./namespaces.ts";
import { networks } from "./networks.ts";
import { plugins } from "./plugins.ts";
import { ports } from "./ports.ts";
import { ownBridges, roomForAll } from "./room.ts";
import { together } from "./together.ts";
import { volumes } from "./volumes.ts";

/** A rule over the whole stack; the schema and each attribute's parser have spoken before it. */
export type Rule = (model: Model) => void;

export const rules: readonly Rule[] = [
  imageNeeded,
  knownDependencies,
  noCycles,
  healthIsAwaitable,
  networksOrMode,
  oneName,
  distinctContainerNames,
  distinctEngineNames,
  onePlatform,
  oneCpuLimit,
  builds,
  networks,
  roomForAll,
  ownBridges,
  volumes,
  ports,
  mounts,
  modes,
  lifecycles,
  sharing,
  together,
  plugins,
];

const at = (container: Container, ...rest: Path): Path => ["containers", container.key, ...rest];

function imageNeeded({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    if (container.authored.image !== undefined || container.authored.build !== undefined) continue;
    const hint = "a key of `images:` or a reference, `image: busybox:1.36`, or how to `build` it";
    report.error(
      `the container \`${container.key}\` has no \`image\``,
      keyPlace(root, at(container)),
      hint,
    );
  }
}

function knownDependencies({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    for (const { on, path } of container.dependencies) {
      if (containers.has(on)) continue;
      const near = nearest(on, [...containers.keys()]);
      const place = named(root, at(container, ...path));
      const hint = near
        ? `did you mean \`${near}\`?`
        : `\`${path[0]}\` names keys of \`containers:\``;
      report.error(
        `\`${on}\` is not among the stack's containers`,
        place,
        hint,
        "unknown-reference",
      );
    }
  }
}

/** Where another container is named: a key below `depends_on`, and a value elsewhere. */
function named(root: Mapping, path: Path): Span {
  return path.includes("depends_on") ? keyPlace(root, path) : placeOf(root, path);
}

/** Each cycle once, shown whole from its first container in the file. */
function noCycles({ containers, root, report }: Model): void {
  const done = new Set<string>();
  const visit = (container: Container, trail: readonly string[]): void => {
    for (const { on, path } of container.dependencies) {
      const next = containers.get(on);
      const known = trail.indexOf(on);
      if (known !== -1) {
        const cycle = [...trail.slice(known), on].join(" → ");
        const place = named(root, at(container, ...path));
        report.error(`the dependencies form a cycle: ${cycle}`, place);
      } else if (next && !done.has(on)) visit(next, [...trail, on]);
    }
    done.add(container.key);
  };
  for (const container of containers.values())
    if (!done.has(container.key)) visit(container, [container.key]);
}

function healthIsAwaitable({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    for (const { on, condition, path } of container.dependencies) {
      const test = record(containers.get(on)?.values.healthcheck).test;
      const disabled = Array.isArray(test) && test[0] === "NONE";
      if (condition !== "service_healthy" || !disabled) continue;
      const place = placeOf(root, at(container, ...path));
      report.error(`\`${on}\` can never become healthy: its healthcheck is disabled`, place);
    }
  }
}

/** Compose Specification, "network_mode". */
function networksOrMode({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    const { authored } = container;
    if (authored.network_mode === undefined || authored.networks === undefined) continue;
    const place = keyPlace(root, at(container, "network_mode"));
    report.error(
      "`network_mode` and `networks` cannot stand together",
      place,
      "remove one of them",
    );
  }
}

/** Compose Specification, "container_name". */
function oneName({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    if (container.values.container_name === undefined || replicas(container) < 2) continue;
    const place = keyPlace(root, at(container, "container_name"));
    report.error(`\`container_name\` cannot name ${replicas(container)} replicas`, place);
  }
}

function distinctContainerNames({ containers, root, report, stack }: Model): void {
  const owners = new Map<string, string>();
  for (const container of containers.values()) {
    for (const name of containerNames(stack, container)) {
      const other = owners.get(name);
      owners.set(name, other ?? container.key);
      if (other === undefined || other === container.key) continue;
      const named = container.values.container_name !== undefined;
      const place = keyPlace(root, at(container, ...(named ? ["container_name"] : [])));
      report.error(`\`${container.key}\` and \`${other}\` have the same name, ${name}`, place);
    }
  }
}

function distinctEngineNames({ plugins, networks, volumes, root, report }: Model): void {
  for (const [section, all] of [
    ["plugins", plugins],
    ["networks", networks],
    ["volumes", volumes],
  ] as const) {
    const owners = new Map<string, string>();
    for (const { key, name, values } of all.values()) {
      const other = owners.get(name);
      owners.set(name, other ?? key);
      if (other === undefined) continue;
      const place = keyPlace(root, [section, key, ...(text(values.name) ? ["name"] : [])]);
      report.error(`\`${key}\` and \`${other}\` have the same name, ${name}`, place);
    }
  }
}

/** A reference names one image on an engine, so it can be there for one platform only. */
function onePlatform({ containers, images, root, report }: Model): void {
  const platforms = new Map<string, { platform: string; key: string }>();
  for (const container of containers.values()) {
    const reference = text(container.values.image);
    const declared = [...images.values()].find(({ source }) => source === reference);
    const platform = text(container.values.platform) || declared?.platform;
    if (!platform) continue;
    const other = platforms.get(reference);
    platforms.set(reference, other ?? { platform, key: container.key });
    if (!other || other.platform === platform) continue;
    const place = placeOf(root, at(container, container.authored.platform ? "platform" : "image"));
    const message = `${reference} is wanted for ${platform} here, and for ${other.platform} by \`${other.key}\``;
    report.error(
      message,
      place,
      "an engine holds a reference for one platform; give one a tag of its own",
    );
  }
}

/** The engine refuses both at creation (400). */
function oneCpuLimit({ containers, root, report }: Model): void {
  for (const container of containers.values()) {
    const { cpus, cpu_period, cpu_quota } = container.values;
    if (!cpus || !(cpu_period || cpu_quota)) continue;
    const name = cpu_quota ? "cpu_quota" : "cpu_period";
    const place = keyPlace(root, at(container, name));
    report.error(`\`${name}\` and \`cpus\` cannot stand together`, place, "remove one of them");
  }
}
