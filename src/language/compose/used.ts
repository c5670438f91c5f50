import type { Address } from "../../model/stack.ts";
import { list, textOf } from "../yaml/forms.ts";
import { child, type Entry, type Mapping, type Node } from "../yaml/tree.ts";

/* Compose makes only those networks, volumes, configs and secrets that an active service uses. */

const SECTIONS = ["networks", "volumes", "configs", "secrets"] as const;
type Section = (typeof SECTIONS)[number];

/** The document without what no service uses, and the networks and volumes among that. */
export function usedOnly(root: Mapping): {
  readonly root: Mapping;
  readonly unused: readonly Address[];
} {
  const containers = child(root, "containers");
  const services = containers?.kind === "map" ? [...containers.entries.values()] : [];
  const entries = new Map(root.entries);
  const unused: Address[] = [];
  for (const section of SECTIONS) {
    const entry = entries.get(section);
    if (entry?.value.kind !== "map") continue;
    const used = new Set(services.flatMap(({ value }) => USES[section](value)));
    const kept = new Map<string, Entry>();
    for (const [key, each] of entry.value.entries) {
      if (used.has(key)) kept.set(key, each);
      else if (section === "networks" || section === "volumes")
        unused.push(`${section === "networks" ? "network" : "volume"}.${key}`);
    }
    entries.set(section, { ...entry, value: { ...entry.value, entries: kept } });
  }
  return { root: { ...root, entries }, unused };
}

const USES: Readonly<Record<Section, (service: Node) => readonly string[]>> = {
  networks(service) {
    const networks = child(service, "networks");
    const named = networks ? namesIn(networks) : [];
    return named.length === 0 && !child(service, "network_mode") ? ["default"] : named;
  },
  volumes: (service) =>
    itemsOf(child(service, "volumes")).flatMap((item) => {
      if (item.kind === "scalar") return textOf(item).split(":", 1);
      const source = child(item, "source");
      return source ? [textOf(source)] : [];
    }),
  configs: (service) => granted(child(service, "configs")),
  secrets: (service) => [
    ...granted(child(service, "secrets")),
    ...granted(child(child(service, "build"), "secrets")),
  ],
};

const itemsOf = (node: Node | undefined): readonly Node[] => (node ? list(node).items : []);

function granted(node: Node | undefined): readonly string[] {
  return itemsOf(node).flatMap((item) => {
    const source = item.kind === "map" ? child(item, "source") : item;
    return source ? [textOf(source)] : [];
  });
}

const namesIn = (node: Node): readonly string[] =>
  node.kind === "map" ? [...node.entries.keys()] : itemsOf(node).map(textOf);
