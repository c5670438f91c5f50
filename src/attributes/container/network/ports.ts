import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { byValue, must, object, oneOf, parseEach, string, under } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, at, isMap, list, record, text } from "../../values/json.ts";
import { address } from "../../values/units.ts";

/**
 * Published ports by `port/protocol`, each a sorted list of `ip:host port`; an empty ip is all
 * addresses, an empty host port one that the engine chooses, `8000-8010` one out of a range.
 */
type Ports = Readonly<Record<string, readonly string[]>>;

interface Binding {
  readonly target: string;
  readonly protocol: string;
  readonly ip: string;
  readonly published: string;
}

const SHORT =
  /^(?:(?<ip>\[[0-9a-fA-F:.]+\]|\d[\d.]*\.\d+):)?(?:(?<host>\d*(?:-\d+)?):)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>\w+))?$/;
const FORMS = 'write "8080:80", "127.0.0.1:8080:80/udp", "8000-8010:8000-8010" or the long form';

function range(source: string): readonly number[] {
  const [first = 0, last = first] = source.split("-").map(Number);
  const fits = /^\d+(-\d+)?$/.test(source) && first >= 1 && last <= 65535 && last >= first;
  must(fits, `\`${source}\` is no port or range of ports`, { hint: "ports are 1 to 65535" });
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** One port, or the first and the last, without leading zeros. */
const spell = (ports: readonly number[]): string =>
  [...new Set([ports[0], ports.at(-1)])].join("-");

/** Pairs the ports of a range; one container port may have a range of host ports to choose from. */
function pair(target: string, given: string, rest: Pick<Binding, "ip" | "protocol">): Binding[] {
  const inside = range(target);
  // Port 0 is the engine's choice, as none is.
  const published = /^0+$/.test(given) ? "" : given;
  if (published === "" || inside.length === 1) {
    const choice = published === "" ? "" : spell(range(published));
    return inside.map((port) => ({ ...rest, target: String(port), published: choice }));
  }
  const outside = range(published);
  if (outside.length !== inside.length) {
    throw new Invalid(`${target} and ${published} have different lengths`, { hint: FORMS });
  }
  return inside.map((port, index) => ({
    ...rest,
    target: String(port),
    published: String(outside[index]),
  }));
}

function hostIp(source: string): string {
  const canonical = source === "" ? "" : address(source);
  must(canonical !== undefined, `\`${source}\` is no IP address`, {
    hint: "for example 127.0.0.1",
  });
  return canonical ?? "";
}

function protocolOf(source: Json | undefined): string {
  const protocol = text(source).toLowerCase() || "tcp";
  const known = ["tcp", "udp", "sctp"].includes(protocol);
  must(known, `\`${protocol}\` is no protocol`, { hint: "tcp, udp or sctp" });
  return protocol;
}

function parseShort(source: string): readonly Binding[] {
  const { ip = "", host = "", target = "", protocol } = SHORT.exec(source)?.groups ?? {};
  if (target === "") throw new Invalid(`\`${source}\` is no port mapping`, { hint: FORMS });
  return pair(target, host, { ip: hostIp(ip), protocol: protocolOf(protocol) });
}

function parseLong(given: JsonObject): readonly Binding[] {
  const rest = {
    ip: under("host_ip", () => hostIp(text(given.host_ip))),
    protocol: under("protocol", () => protocolOf(given.protocol)),
  };
  under("target", () => range(text(given.target)));
  return under("published", () => pair(text(given.target), text(given.published), rest));
}

function parsePorts(authored: Json): Ports {
  const result: Record<string, readonly string[]> = {};
  const bindings = parseEach(authored, (item) =>
    isMap(item) ? parseLong(item) : parseShort(text(item)),
  ).flat();
  for (const { target, protocol, ip, published } of bindings) {
    const key = `${target}/${protocol}`;
    result[key] = asSet([...(result[key] ?? []), `${ip}:${published}`]);
  }
  return result;
}

/** `ip:host port` into its parts; the ip itself may hold colons. */
export function splitBinding(binding: string): { ip: string; port: string } {
  const index = binding.lastIndexOf(":");
  return { ip: binding.slice(0, index), port: binding.slice(index + 1) };
}

/** Each binding in the short form. */
function writePorts(value: Ports): readonly string[] {
  return Object.entries(value).flatMap(([target, all]) =>
    all.map((binding) => {
      const { ip, port } = splitBinding(binding);
      const where = ip.includes(":") ? `[${ip}]` : ip;
      const outside = where === "" ? port : `${where}:${port}`;
      return [outside, target.replace(/\/tcp$/, "")].filter(Boolean).join(":");
    }),
  );
}

function bindings(json: Json | undefined): Ports {
  return Object.fromEntries(
    Object.entries(record(json))
      .filter(([, value]) => list(value).length > 0)
      .map(([port, value]) => [
        port,
        asSet(
          list(value).map((each) => {
            const { HostIp, HostPort } = record(each);
            return `${address(text(HostIp)) ?? text(HostIp)}:${text(HostPort) === "0" ? "" : text(HostPort)}`;
          }),
        ),
      ]),
  );
}

const exposable = (item: string): string =>
  item.includes("/") ? item.toLowerCase() : `${item}/tcp`;

function parseExpose(authored: Json): readonly string[] {
  const expanded = parseEach(authored, (item) => {
    const [ports = "", protocol, ...more] = text(item).split("/");
    must(protocol !== "" && more.length === 0, `\`${text(item)}\` is no port`, {
      hint: 'for example "9000/udp"',
    });
    return range(ports).map((port) => exposable(`${port}/${protocolOf(protocol)}`));
  });
  return asSet(expanded.flat());
}

/** Compose's key of a port, by which a later file's entry stands for an earlier one's. */
function bindingKey(item: Json): string {
  const given = isMap(item) ? item : SHORT.exec(text(item))?.groups;
  const { host_ip, ip, published, host, target, protocol } = record(
    given as JsonObject | undefined,
  );
  const outside = `${text(host_ip ?? ip)}:${text(published ?? host)}`;
  return `${outside}:${text(target)}/${text(protocol) || "tcp"}`;
}

/** A range port by port, since a later file's entry may stand for one of them. */
function eachPort(item: Json): readonly Json[] {
  const { target = "" } = SHORT.exec(isMap(item) ? "" : text(item))?.groups ?? {};
  if (!target.includes("-")) return [item];
  try {
    return parseShort(text(item)).flatMap(({ protocol, ip, ...ports }) =>
      writePorts({ [`${ports.target}/${protocol}`]: [`${ip}:${ports.published}`] }),
    );
  } catch (error) {
    // It is told where the merged list is parsed.
    if (error instanceof Invalid) return [item];
    throw error;
  }
}

export const ports = {
  ports: attribute<Ports>({
    description: "Published ports, short (`[ip:][host:]container[/protocol]`, ranges too) or long.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          { type: ["string", "integer"] },
          object(
            {
              target: { type: ["integer", "string"] },
              published: { type: ["integer", "string"] },
              host_ip: string,
              protocol: oneOf("tcp", "udp", "sctp"),
              mode: oneOf("host", "ingress"),
              name: string,
              app_protocol: string,
            },
            ["target"],
          ),
        ],
      },
    },
    examples: [
      ["127.0.0.1:18481:80"],
      ["127.0.0.1:18481:8080/udp", "127.0.0.1:18482-18483:90-91"],
      [{ target: 80, published: "18484", host_ip: "127.0.0.1" }, 443],
      ["[::1]:18485:80"],
    ],
    absent: { is: "value", value: {} },
    merge: { list: { key: bindingKey, spread: eachPort } },
    parse: parsePorts,
    write: writePorts,
    docker: {
      // Both keys are needed: an engine below 29 publishes nothing for a port that is not exposed.
      toEngine: (value) => ({
        ExposedPorts: Object.fromEntries(Object.keys(value).map((port) => [port, {}])),
        HostConfig: {
          PortBindings: Object.fromEntries(
            Object.entries(value).map(([port, each]) => [
              port,
              each.map((binding) => {
                const { ip, port: HostPort } = splitBinding(binding);
                return { HostIp: ip, HostPort };
              }),
            ]),
          ),
        },
      }),
      fromEngine: (live) => bindings(at(live.json, "HostConfig", "PortBindings")),
    },
  }),

  expose: attribute<readonly string[]>({
    description: "Ports that the container declares without publishing them.",
    schema: { type: "array", items: { type: ["string", "integer"] } },
    examples: [["9000"], ["9000-9001/udp", 9100]],
    absent: { is: "image" },
    merge: byValue,
    parse: parseExpose,
    write: (ports) => ports.map((port) => port.replace(/\/tcp$/, "")),
    docker: {
      toEngine: (value) => ({ ExposedPorts: Object.fromEntries(value.map((port) => [port, {}])) }),
      // A published port is exposed too; it counts here only where it is wanted here.
      fromEngine: (live, want) => {
        const published = bindings(at(live.json, "HostConfig", "PortBindings"));
        const wanted = new Set(want ?? []);
        const toPublish = record(live.spec.ports);
        const exposed = Object.keys(record(at(live.json, "Config", "ExposedPorts")));
        const own = exposed.filter((port) => wanted.has(port) || published[port] === undefined);
        return asSet([...own, ...[...wanted].filter((port) => toPublish[port] !== undefined)]);
      },
      merged: (asked, image) =>
        asSet([
          ...(asked ?? []),
          ...Object.keys(record(at(image, "Config", "ExposedPorts"))).map(exposable),
        ]),
    },
  }),
};
