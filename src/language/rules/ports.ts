import { catalogue } from "../../attributes/catalogue.ts";
import { splitBinding } from "../../attributes/container/network/ports.ts";
import { Invalid } from "../../attributes/values/invalid.ts";
import { list, record, texts } from "../../attributes/values/json.ts";
import type { Json } from "../../model/json.ts";
import { type Container, type Model, replicas } from "../model/model.ts";
import type { Span } from "../source/source-text.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";

/** A host port that is fixed; one out of a range or of the engine's choice cannot clash. */
interface Taken {
  readonly container: Container;
  readonly ip: string;
  readonly port: string;
  readonly protocol: string;
  readonly at: Span;
}

/** Host ports are taken once per address and protocol; `0.0.0.0`, `::` and no address are all. */
export function ports(model: Model): void {
  const taken = new Map<string, Taken[]>();
  for (const container of model.containers.values()) {
    ignored(container, model);
    for (const one of fixed(container, model)) {
      const key = `${one.port}/${one.protocol}`;
      const earlier = taken.get(key) ?? [];
      const clash = earlier.find((other) => overlap(one.ip, other.ip));
      if (clash) complain(one, clash, model);
      else if (replicas(container) > 1) tooMany(one, model);
      taken.set(key, [...earlier, one]);
    }
  }
}

function ignored({ key, authored, values }: Container, { root, report }: Model): void {
  const mode = values.network_mode;
  if (authored.ports === undefined || (mode !== "host" && mode !== "none")) return;
  const at = keyPlace(root, ["containers", key, "ports"]);
  report.warn(`\`ports\` has no effect with \`network_mode: ${mode}\``, at);
}

function fixed(container: Container, model: Model): readonly Taken[] {
  if (container.values.ports === undefined) return [];
  return list(container.authored.ports).flatMap((item, index) => {
    const at = placeOf(model.root, ["containers", container.key, "ports", index]);
    return Object.entries(parsed(item, container, model)).flatMap(([target, bindings]) => {
      const protocol = target.split("/")[1] ?? "tcp";
      const split = texts(bindings).map(splitBinding);
      return split
        .filter(({ port }) => /^\d+$/.test(port) && port !== "0")
        .map(({ ip, port }) => ({ container, ip, port, protocol, at }));
    });
  });
}

/** One item alone, since the canonical form of the whole list no longer tells who said what. */
function parsed(item: Json, { key }: Container, model: Model): Readonly<Record<string, Json>> {
  try {
    return record(catalogue.container.ports.parse([item], model.scope(key))) as Record<
      string,
      Json
    >;
  } catch (error) {
    if (error instanceof Invalid) return {};
    throw error;
  }
}

function overlap(a: string, b: string): boolean {
  const all = (ip: string) => ip === "" || ip === "0.0.0.0" || ip === "::";
  const six = (ip: string) => ip.includes(":");
  if (a === b || a === "" || b === "") return true;
  return six(a) === six(b) && (all(a) || all(b));
}

function complain(one: Taken, other: Taken, { report }: Model): void {
  const owner = one.container === other.container ? "above" : `by \`${other.container.key}\``;
  const where = other.at.file === one.at.file ? `in line ${other.at.line}` : `in ${other.at.file}`;
  report.error(
    `host port ${one.port}/${one.protocol} is published ${owner} already`,
    one.at,
    `it is taken ${where}`,
  );
}

function tooMany({ container, port, at }: Taken, { report }: Model): void {
  report.error(
    `${replicas(container)} replicas cannot share host port ${port}`,
    at,
    "publish a range of host ports, or only the container port",
  );
}
