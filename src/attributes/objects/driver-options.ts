import type { Json, JsonObject } from "../../model/json.ts";
import { text } from "../values/json.ts";
import { address } from "../values/units.ts";

/* Options of the engine's own network drivers, which it reads when a network is made (moby, `drivers/`). */

interface OptionMistake {
  readonly option: string;
  readonly message: string;
  readonly hint: string;
}

interface Rule {
  /** What the option's value must be, for the end of a sentence. */
  readonly must: string;
  readonly hint: string;
  fits(value: string): boolean;
}

const among = (...words: readonly string[]): Rule => ({
  must: `one of ${words.join(", ")}`,
  hint: `for example ${words[0]}`,
  fits: (value) => words.includes(value),
});

/** As Go's `strconv.ParseBool` reads them. */
const FLAG: Rule = {
  must: "true or false",
  hint: 'write "true" or "false"',
  fits: (value) => /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value),
};

/** 0 is the driver's usual; the kernel takes 68 to 65535. */
const MTU: Rule = {
  must: "a whole number from 68 to 65535",
  hint: "for example 1450",
  fits: (value) =>
    /^\d+$/.test(value) && (Number(value) === 0 || (Number(value) >= 68 && Number(value) <= 65535)),
};

const HOST_ADDRESS: Rule = {
  must: "an IP address",
  hint: "for example 127.0.0.1",
  fits: (value) => address(value) !== undefined,
};

const INTERFACE: Rule = {
  must: "a name of at most 15 characters without blanks and slashes",
  hint: "for example br-shop",
  fits: isInterfaceName,
};

const GATEWAY_MODE: Rule = among("nat", "nat-unprotected", "routed", "isolated");

const BRIDGE: Readonly<Record<string, Rule>> = {
  "com.docker.network.driver.mtu": MTU,
  "com.docker.network.bridge.name": INTERFACE,
  "com.docker.network.bridge.enable_icc": FLAG,
  "com.docker.network.bridge.enable_ip_masquerade": FLAG,
  "com.docker.network.bridge.inhibit_ipv4": FLAG,
  "com.docker.network.bridge.default_bridge": FLAG,
  "com.docker.network.bridge.host_binding_ipv4": HOST_ADDRESS,
  "com.docker.network.bridge.gateway_mode_ipv4": GATEWAY_MODE,
  "com.docker.network.bridge.gateway_mode_ipv6": GATEWAY_MODE,
};

const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  bridge: BRIDGE,
  macvlan: {
    "com.docker.network.driver.mtu": MTU,
    macvlan_mode: among("bridge", "private", "vepa", "passthru"),
  },
  ipvlan: {
    "com.docker.network.driver.mtu": MTU,
    ipvlan_mode: among("l2", "l3", "l3s"),
    ipvlan_flag: among("bridge", "private", "vepa"),
  },
};

/** A name that the kernel takes for an interface. */
export function isInterfaceName(value: string): boolean {
  return /^[^\s/:]{1,15}$/.test(value) && value !== "." && value !== "..";
}

/** What the driver would refuse; nothing is known of drivers that are no engine's own. */
export function driverMistakes(driver: string, options: JsonObject): readonly OptionMistake[] {
  const rules = RULES[driver] ?? {};
  return Object.entries(options).flatMap(([option, value]: [string, Json | undefined]) => {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
    if (!rule || rule.fits(text(value))) return [];
    const message = `\`${option}\` must be ${rule.must}, not \`${text(value)}\``;
    return [{ option, message, hint: rule.hint }];
  });
}
