import type { Json } from "../../../model/json.ts";
import { attribute, type Scope } from "../../core/attribute.ts";
import {
  byValue,
  integer,
  must,
  object,
  parseEach,
  scalar,
  splitOnce,
  string,
  stringList,
  undeclared,
} from "../../core/shapes.ts";
import { isMap, list, number, record, text } from "../../values/json.ts";
import { own, parseMode, shared, writeMode } from "../namespaces/sharing.ts";
import { resolver } from "./dns.ts";
import { type Endpoints, parseEndpoint, parseMac } from "./endpoint.ts";
import { MODES, networks } from "./networks-codec.ts";
import { writeNetworks } from "./write-networks.ts";

function parseNetworks(authored: Json, scope: Scope): Endpoints {
  const named: [string, Json | undefined, string | number][] = isMap(authored)
    ? Object.entries(authored).map(([name, value]) => [name, value, name])
    : list(authored).map((name, index) => [text(name), undefined, index]);
  // The first is the one that an engine below API 1.44 makes the container with.
  const rank = (value: Json | undefined) => number(record(value).priority);
  const inOrder = named.toSorted(([, a], [, b]) => rank(b) - rank(a));
  return Object.fromEntries(
    inOrder.map(([name, value, place]) => {
      const network = scope.network(name);
      if (network === undefined) throw undeclared("networks", name, scope, [place]);
      return [network, parseEndpoint(value, scope.key, name)];
    }),
  );
}

export const network = {
  networks: attribute<Endpoints>({
    description:
      "Networks to join, a list of keys or a map with `aliases`, `ipv4_address`, `ipv6_address`, `link_local_ips`, `mac_address`, `driver_opts`, `gw_priority`, `interface_name` and `priority` (the highest is joined first); the container's key is an alias on each.",
    schema: {
      anyOf: [
        stringList,
        {
          type: "object",
          additionalProperties: {
            anyOf: [
              object({
                aliases: stringList,
                ipv4_address: string,
                ipv6_address: string,
                link_local_ips: stringList,
                mac_address: string,
                driver_opts: { type: "object", additionalProperties: scalar },
                gw_priority: integer,
                priority: integer,
                interface_name: string,
              }),
              { type: "null" },
            ],
          },
        },
      ],
    },
    examples: [
      ["front"],
      { front: null, back: { aliases: ["www"] } },
      { back: { ipv4_address: "10.213.7.9" } },
      { front: { link_local_ips: ["169.254.7.9"], driver_opts: { "example.option": "1" } } },
      { front: { priority: 1 }, back: { mac_address: "02:42:0A:D5:07:0A", priority: 2 } },
    ],
    absent: { is: "value", value: {} },
    merge: { names: null, each: { parts: { aliases: byValue, link_local_ips: byValue } } },
    parse: parseNetworks,
    write: writeNetworks,
    docker: networks,
  }),

  mac_address: attribute<string>({
    description: "The hardware address on the first of its networks.",
    schema: string,
    examples: ["02:42:0a:d5:07:0b"],
    absent: own,
    parse: (authored) => parseMac(authored, []),
    // It becomes part of that network's endpoint.
  }),

  links: attribute<readonly string[]>({
    description:
      "Containers of the stack that come first, each with a name that this container alone has for it: `KEY` or `KEY:alias`.",
    schema: stringList,
    examples: [["db"], ["db:database"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored, scope) =>
      parseEach(authored, (link) => {
        const [key, alias] = linkParts(text(link));
        return `${scope.container(key) ?? key}:${alias ?? key}`;
      }),
    // They become part of every endpoint.
  }),

  external_links: attribute<readonly string[]>({
    description:
      "Containers outside of the stack, each with a name that this container alone has for it: `NAME` or `NAME:alias`.",
    schema: stringList,
    examples: [["legacy-db"], ["legacy-db:db"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) =>
      parseEach(authored, (link) => {
        const [name, alias] = linkParts(text(link));
        return `${name}:${alias ?? name}`;
      }),
    // They become part of every endpoint.
  }),

  network_mode: attribute<string>({
    description:
      "`host`, `none` or `bridge`, instead of networks; the network of another container: `service:KEY`, or `container:NAME` for one outside of the stack.",
    schema: string,
    examples: ["none", "bridge", "service:db"],
    absent: own,
    parse: (authored, scope) => parseMode(text(authored), [...MODES], scope),
    write: writeMode,
    // Engines before 26.1 call the bridge "default"; any other text is a network's name.
    docker: shared("NetworkMode", (live) => {
      const mode = live === "default" ? "bridge" : live;
      return MODES.has(mode) ? mode : "";
    }),
  }),

  ...resolver,
};

/** `NAME` or `NAME:alias`. */
function linkParts(link: string): [string, string | undefined] {
  must(/^[^:]+(:[^:\s]+)?$/.test(link), `\`${link}\` is no link`, {
    hint: "write NAME or NAME:alias",
  });
  return splitOnce(link, ":");
}
