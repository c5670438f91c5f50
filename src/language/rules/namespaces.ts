import { SHARING, sharedKey, sharedName } from "../../attributes/container/namespaces/sharing.ts";
import { fromParts } from "../../attributes/container/storage/volumes.ts";
import { text, texts } from "../../attributes/values/json.ts";
import { type Container, containerNames, type Model, replicas } from "../model/model.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";

/** What belongs to a network of one's own: the engine refuses it (400) beside another's. */
const OWN_NETWORK = [
  "ports",
  "expose",
  "hostname",
  "domainname",
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
  const all = [...model.containers.values()];
  const ending = new Set(all.flatMap(awaitedEnds));
  const own = new Map(
    all.flatMap((one) => containerNames(model.stack, one).map((name) => [name, one.key])),
  );
  for (const container of all) {
    withoutNetwork(container, model);
    shareableMemory(container, model);
    foreigners(container, own, model);
    hosts(container, ending, model);
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
  const other = containers.get(sharedKey(authored.ipc) ?? "");
  if (!other || other.values.ipc === "shareable") return;
  const at = placeOf(root, ["containers", key, "ipc"]);
  report.error(`\`${other.key}\` does not share its memory`, at, `give it \`ipc: shareable\``);
}

/** A container of the stack that is named as if it were somebody else's would have no order. */
function foreigners(
  { key, authored }: Container,
  own: ReadonlyMap<string, string>,
  { root, report }: Model,
): void {
  const named = [
    ...SHARING.map((name) => [text(authored[name]), [name]] as const),
    ...texts(authored.volumes_from).map((item, index) => [item, ["volumes_from", index]] as const),
  ];
  for (const [said, path] of named) {
    if (!said.startsWith("container:")) continue;
    const { name } = fromParts(said);
    const other = own.get(name);
    if (other === undefined) continue;
    const instead = path.length === 1 ? `service:${other}` : other;
    const at = placeOf(root, ["containers", key, ...path]);
    report.error(`${name} is this stack's own \`${other}\``, at, `write \`${instead}\``);
  }
}

/** Those that the container wants to have ended. */
const awaitedEnds = ({ dependencies }: Container): readonly string[] =>
  dependencies.flatMap(({ on, condition }) =>
    condition === "service_completed_successfully" ? [on] : [],
  );

/** There must be a first replica to share with, and its namespaces last as long as it runs. */
function hosts(
  container: Container,
  ending: ReadonlySet<string>,
  { containers, root, report }: Model,
): void {
  for (const { on, bound, path } of container.dependencies) {
    const other = containers.get(on);
    if (!bound || !other) continue;
    const at = placeOf(root, ["containers", container.key, ...path]);
    if (replicas(other) === 0)
      report.error(`\`${on}\` has no replica to share with`, at, "give it at least one");
    else if (bound === "namespaces" && ending.has(on))
      report.error(
        `\`${on}\` ends, and what it shares ends with it`,
        at,
        "others wait for `service_completed_successfully`; share with one that goes on",
      );
    else if (bound === "namespaces" && other.values.job === true)
      report.error(
        `\`${on}\` is a job, and what it shares ends with it`,
        at,
        "share with one that goes on",
      );
  }
}
