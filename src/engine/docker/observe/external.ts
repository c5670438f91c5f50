import { SHARING, sharedName } from "../../../attributes/container/namespaces/sharing.ts";
import { record, text, texts } from "../../../attributes/values/json.ts";
import type { ObservedContainer, Owner } from "../../../model/observed-state.ts";
import type { Kind, Stack } from "../../../model/stack.ts";

/** Objects that the file declares external, even if they have this stack's labels. */
export interface External {
  /** By name. */
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
  container(found: Pick<ObservedContainer, "id" | "name">, owner: Owner): boolean;
}

/**
 * The file overrides labels, which stay on an object for ever. An object declared `external` is not
 * the stack's; nor is an undeclared container that a spec refers to by name (`container:NAME`,
 * `external_links`).
 */
export function externalOf({ resources }: Stack): External {
  const named = (kind: Kind) =>
    new Set(
      resources.filter((each) => each.kind === kind && each.external).map(({ name }) => name),
    );
  const containers = resources.filter(({ kind }) => kind === "container");
  const blocks = new Set(containers.map(({ address }) => address));
  const own = new Set(containers.map(({ name }) => name));
  const others = [...new Set(containers.flatMap(({ spec }) => containersIn(spec)))].filter(
    (name) => name !== "" && !own.has(name),
  );
  return {
    networks: named("network"),
    volumes: named("volume"),
    container: ({ id, name }, owner) =>
      !blocks.has(owner.address) && others.some((other) => other === name || id.startsWith(other)),
  };
}

/** Names or ID prefixes of the containers that a container's spec refers to. */
function containersIn(spec: Stack["resources"][number]["spec"]): readonly string[] {
  const links = Object.values(record(spec.networks)).flatMap((each) => texts(record(each).links));
  return [
    ...SHARING.flatMap((name) => sharedName(spec[name]) ?? []),
    ...texts(spec.volumes_from).map((item) => item.replace(/:ro$/, "")),
    ...links.map((link) => text(link.split(":")[0])),
  ];
}
