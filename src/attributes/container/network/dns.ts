import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import {
  byValue,
  must,
  parseEach,
  splitOnce,
  stringList,
  stringOrList,
  under,
} from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, isMap, text, texts } from "../../values/json.ts";
import { address } from "../../values/units.ts";

function hostLine(line: string): string {
  const separator = line.includes("=") ? "=" : ":";
  const [name, ip] = splitOnce(line, separator);
  if (!ip) throw new Invalid(`\`${line}\` is no host line`, { hint: "write name:ip or name=ip" });
  return hostEntry(name, ip);
}

const isHostName = (name: string): boolean => /^[^\s:=,#]+$/.test(name);

function hostEntry(name: string, source: string): string {
  const ip = source.replace(/^\[(.*)\]$/, "$1");
  must(isHostName(name), `\`${name}\` is no host name`);
  const fits = ip === "host-gateway" || (!/[[\]]/.test(ip) && address(ip) !== undefined);
  must(fits, `\`${source}\` is no IP address`, {
    hint: "an address, or `host-gateway` for the host",
  });
  return `${name}:${ip}`;
}

function nameserver(given: string): string {
  const bare = given.replace(/%[\w.-]+$/, "");
  const fits = !bare.startsWith("[") && address(bare) !== undefined;
  must(fits && (bare === given || bare.includes(":")), `\`${given}\` is no IP address`, {
    hint: "a nameserver is an address without a port, for example 192.0.2.53",
  });
  return given;
}

/** A word of /etc/resolv.conf. */
function resolverWord(given: string): string {
  must(/^[^\s#;]+$/.test(given), `\`${given}\` is no word of /etc/resolv.conf`);
  return given;
}

const listOf = (authored: Json): readonly Json[] =>
  Array.isArray(authored) ? authored : [authored];

/** How names are looked up inside the container. */
export const resolver = {
  dns: attribute<readonly string[]>({
    description: "DNS servers, in order.",
    schema: stringOrList,
    examples: ["192.0.2.53", ["192.0.2.53", "192.0.2.54"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) => parseEach(listOf(authored), (item) => nameserver(text(item))),
    docker: hostConfig("Dns", { from: texts }),
  }),

  dns_search: attribute<readonly string[]>({
    description: "DNS search domains, in order.",
    schema: stringOrList,
    examples: ["example.com", ["a.example", "b.example"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) => parseEach(listOf(authored), (item) => resolverWord(text(item))),
    docker: hostConfig("DnsSearch", { from: texts }),
  }),

  extra_hosts: attribute<readonly string[]>({
    description: "Lines for /etc/hosts: `name:ip`, `name=ip` or a map; `host-gateway` is the host.",
    schema: { anyOf: [stringList, { type: "object", additionalProperties: stringOrList }] },
    examples: [["db.internal:192.0.2.9"], { "cache.internal": "192.0.2.10" }],
    absent: { is: "value", value: [] },
    merge: "lines",
    parse: (authored) => {
      if (!isMap(authored)) return asSet(parseEach(authored, (line) => hostLine(text(line))));
      const lines = Object.entries(authored).flatMap(([name, ips]) => {
        must(isHostName(name), `\`${name}\` is no host name`, { path: [name], key: true });
        return under(name, () =>
          Array.isArray(ips)
            ? parseEach(ips, (ip) => hostEntry(name, text(ip)))
            : [hostEntry(name, text(ips))],
        );
      });
      return asSet(lines);
    },
    docker: hostConfig("ExtraHosts", { from: (json) => asSet(texts(json)) }),
  }),

  dns_opt: attribute<readonly string[]>({
    description: "Options of the DNS resolver: `ndots:2`.",
    schema: stringList,
    examples: [["ndots:2"], ["ndots:2", "timeout:3"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored) => asSet(parseEach(authored, (item) => resolverWord(text(item)))),
    docker: hostConfig("DnsOptions", { from: (json) => asSet(texts(json)) }),
  }),
};
