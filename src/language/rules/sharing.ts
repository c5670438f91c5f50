import { text, texts } from "../../attributes/compare.ts";
import { SHARING, sharedKey, sharedName } from "../../attributes/container/sharing.ts";
import { fromParts } from "../../attributes/container/storage.ts";
import { type Container, containerNames, dependencies, type Model, replicas } from "../model.ts";
import { keyPlace, placeOf } from "../tree.ts";

/** What belongs to a network of one's own: the engine refuses it (400) beside another's. */
const OWN_NETWORK = [
  "ports",
  "expose",
  "hostname",
  "dns",
  "extra_hosts",
  "mac_address",
  "links",
  "external_links",
];
/** What becomes part of an endpoint, of which the engine's own modes have none that is ours. */
const ENDPOINT = ["mac_address", "links", "external_links"];

/** Containers that use what another one has: its network, its processes, its memory, its mounts. */
export function sharing(model: Model): void {
  for (const container of model.containers) {
    withoutNetwork(container, model);
    shareableMemory(container, model);
    foreigners(container, model);
    hosts(container, model);
  }
}

function withoutNetwork({ key, authored, values }: Container, { root, report }: Model): void {
  const mode = values.network_mode;
  if (mode === undefined) return;
  const shared = sharedName(mode) !== undefined;
  for (const name of shared ? OWN_NETWORK : ENDPOINT) {
    if (authored[name] === undefined) continue;
    const at = keyPlace(root, ["containers", key, name]);
    const other = sharedKey(authored.network_mode);
    report.error(
      `\`${name}\` cannot stand together with \`network_mode: ${text(authored.network_mode)}\``,
      at,
      other === undefined ? "remove one of them" : `\`${other}\`, whose network it is, can have it`,
    );
  }
}

/** An engine lets nobody join memory that was not made for it. */
function shareableMemory({ key, authored }: Container, { containers, root, report }: Model): void {
  const other = containers.find((one) => one.key === sharedKey(authored.ipc));
  if (!other || other.values.ipc === "shareable") return;
  const at = placeOf(root, ["containers", key, "ipc"]);
  report.error(`\`${other.key}\` does not share its memory`, at, `give it \`ipc: shareable\``);
}

/** A container of the stack that is named as if it were somebody else's would have no order. */
function foreigners({ key, authored }: Container, model: Model): void {
  const { containers, root, report, stack } = model;
  const named = [
    ...SHARING.map((name) => [text(authored[name]), [name]] as const),
    ...texts(authored.volumes_from).map((item, index) => [item, ["volumes_from", index]] as const),
  ];
  for (const [said, path] of named) {
    if (!said.startsWith("container:")) continue;
    const { name } = fromParts(said);
    const own = containers.find((one) => containerNames(stack, one).includes(name));
    if (!own) continue;
    const instead = path.length === 1 ? `service:${own.key}` : own.key;
    const at = placeOf(root, ["containers", key, ...path]);
    report.error(`${name} is this stack's own \`${own.key}\``, at, `write \`${instead}\``);
  }
}

/** There must be a first replica to share with, and its namespaces last as long as it runs. */
function hosts(container: Container, { containers, root, report }: Model): void {
  const over = containers.flatMap((one) =>
    dependencies(one).flatMap(({ on, condition }) =>
      condition === "service_completed_successfully" ? [on] : [],
    ),
  );
  const isJob = (key: string) =>
    containers.some((one) => one.key === key && one.values.job === true);
  for (const { on, bound, path } of dependencies(container)) {
    const other = containers.find(({ key }) => key === on);
    if (!bound || !other) continue;
    const at = placeOf(root, ["containers", container.key, ...path]);
    if (replicas(other) === 0)
      report.error(`\`${on}\` has no replica to share with`, at, "give it at least one");
    else if (bound === "namespaces" && over.includes(on))
      report.error(
        `\`${on}\` ends, and what it shares ends with it`,
        at,
        "others wait for `service_completed_successfully`; share with one that goes on",
      );
    else if (bound === "namespaces" && isJob(on))
      report.error(
        `\`${on}\` is a job, and what it shares ends with it`,
        at,
        "share with one that goes on",
      );
  }
}
