import type { JsonObject } from "../../../model/json.ts";
import { must, nearest } from "../../core/shapes.ts";
import { member, text } from "../../values/json.ts";
import { expressionMistake, templateMistake } from "./go-template.ts";

/* Options of the engine's own log drivers (Docker's manual, "logging drivers"; moby, `daemon/logger`). */

/** What is wrong with a value, as the end of a sentence that begins with it; `undefined`: nothing. */
type Check = (value: string) => string | undefined;
type Options = Readonly<Record<string, Check>>;

const like =
  (form: RegExp, expected = "has another form"): Check =>
  (value) =>
    form.test(value) ? undefined : expected;

const any: Check = () => undefined;
const size = like(/^\d+(\.\d+)? ?([kmgtp]i?b?|b)?$/i, "is no size: for example 10m");
const flag = like(/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/, "is neither true nor false");
const flagOrNothing: Check = (value) => (value === "" ? undefined : flag(value));
const count = like(/^[1-9]\d{0,8}$/, "is no whole number above 0");
const whole = like(/^\d{1,9}$/, "is no whole number");
const duration = like(
  /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/,
  "is no duration: for example 1s",
);
const level = like(/^(-1|\d)$/, "is none of -1 to 9");
const among = (...known: readonly string[]): Check =>
  like(new RegExp(`^(${known.join("|")})$`), `is none of ${known.join(", ")}`);

const UNITS = "bkmgtp";
/** The largest number of bytes that an engine counts. */
const MOST_BYTES = 2 ** 63;

/** A file must be able to hold a byte. */
const fileSize: Check = (value) => {
  const [, amount, unit = "b"] = /^([\d.]+) ?([a-z])?/i.exec(value) ?? [];
  const bytes = Math.floor(Number(amount) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
  return size(value) ?? (bytes >= 1 && bytes < MOST_BYTES ? undefined : "is no size of a file");
};

const COMMON: Options = {
  mode: among("blocking", "non-blocking"),
  "max-buffer-size": size,
};
const FILES: Options = { "max-size": fileSize, "max-file": count, compress: flag };
/** What an engine keeps beside a driver that cannot be read from. */
const CACHE: Options = {
  "cache-disabled": flagOrNothing,
  "cache-max-size": any,
  "cache-max-file": any,
  "cache-compress": any,
};
const EXTRA: Options = {
  labels: any,
  "labels-regex": expressionMistake,
  env: any,
  "env-regex": expressionMistake,
};
const TAGS: Options = { ...EXTRA, tag: templateMistake };
const REMOTE: Options = { ...COMMON, ...CACHE, ...TAGS };

const PORT = "(?::(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|\\d{1,4}))";
const address = (form: string, example: string): Check =>
  like(new RegExp(`^${form}$`, "i"), `is no address: for example ${example}`);
const HOST = "(?:[\\w.-]+|\\[[0-9a-f:.%]+\\])";

const DRIVERS: Readonly<Record<string, Options>> = {
  "json-file": { ...COMMON, ...FILES, ...TAGS },
  local: { ...COMMON, ...FILES, "max-size": size },
  journald: REMOTE,
  syslog: {
    ...REMOTE,
    "syslog-address": address(
      `(?:|(?:unix|unixgram):///.+|(?:udp|tcp|tcp\\+tls)://${HOST}?${PORT}?)`,
      "udp://192.168.0.1:514",
    ),
    "syslog-facility": like(
      /^(|kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]|1?\d|2[0-3])$/,
      "is no facility: for example local0",
    ),
    "syslog-format": like(
      /^(|rfc3164|rfc5424|rfc5424micro)$/,
      "is none of rfc3164, rfc5424, rfc5424micro",
    ),
    "syslog-tls-ca-cert": any,
    "syslog-tls-cert": any,
    "syslog-tls-key": any,
    "syslog-tls-skip-verify": any,
  },
  gelf: {
    ...REMOTE,
    "gelf-address": address(`(?:udp|tcp)://${HOST}?${PORT}(?:/.*)?`, "udp://192.168.0.1:12201"),
    "gelf-compression-type": among("gzip", "zlib", "none"),
    "gelf-compression-level": level,
    "gelf-tcp-max-reconnect": whole,
    "gelf-tcp-reconnect-delay": whole,
  },
  fluentd: {
    ...REMOTE,
    "fluentd-address": address(
      `(?:|unix://.+|(?:(?:tcp|tls)://)?${HOST}${PORT}?)`,
      "192.168.0.1:24224",
    ),
    "fluentd-async": flagOrNothing,
    "fluentd-async-connect": flagOrNothing,
    "fluentd-async-reconnect-interval": (value) =>
      value === "" ? undefined : (duration(value) ?? interval(value)),
    "fluentd-buffer-limit": (value) => (value === "" ? undefined : size(value)),
    "fluentd-retry-wait": (value) => (value === "" ? undefined : duration(value)),
    "fluentd-max-retries": (value) => (value === "" ? undefined : whole(value)),
    "fluentd-request-ack": flagOrNothing,
    "fluentd-sub-second-precision": flagOrNothing,
    "fluentd-write-timeout": (value) => (value === "" ? undefined : duration(value)),
  },
  awslogs: {
    ...COMMON,
    ...CACHE,
    tag: templateMistake,
    "awslogs-region": any,
    "awslogs-endpoint": any,
    "awslogs-group": any,
    "awslogs-stream": any,
    "awslogs-create-group": flag,
    "awslogs-create-stream": flag,
    "awslogs-credentials-endpoint": any,
    "awslogs-datetime-format": any,
    "awslogs-multiline-pattern": expressionMistake,
    "awslogs-force-flush-interval-seconds": count,
    "awslogs-max-buffered-events": count,
    "awslogs-format": among("json/emf"),
  },
  splunk: {
    ...REMOTE,
    "splunk-url": address(`https?://${HOST}${PORT}?/?`, "https://splunk.example:8088"),
    "splunk-token": any,
    "splunk-source": any,
    "splunk-sourcetype": any,
    "splunk-index": any,
    "splunk-capath": any,
    "splunk-caname": any,
    "splunk-insecureskipverify": flag,
    "splunk-format": among("inline", "json", "raw"),
    "splunk-verify-connection": flag,
    "splunk-gzip": flag,
    "splunk-gzip-level": level,
    "splunk-index-acknowledgment": flag,
  },
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  gelf: ["gelf-address"],
  awslogs: ["awslogs-group"],
  splunk: ["splunk-url", "splunk-token"],
};

function interval(value: string): string | undefined {
  const [, amount = "", unit = ""] = /^([\d.]+)(ms|s)$/.exec(value) ?? [];
  const milliseconds = Number(amount) * (unit === "s" ? 1000 : 1);
  const fits = unit === "" || (milliseconds >= 100 && milliseconds <= 10_000);
  return fits ? undefined : "is not within 100ms and 10s";
}

const yes = (value: string): boolean => /^(1|t)/i.test(value);

/**
 * Throws `Invalid` for what the driver refuses, at the creation of a container or only at its start; of a driver
 * that is no engine's own, only what the engine itself reads is known.
 */
export function checkLogOptions(driver: string, given: JsonObject): void {
  const all = Object.entries(given).map(([name, value]): [string, string] => [name, text(value)]);
  const known = member(DRIVERS, driver);
  for (const [name, value] of all) {
    const check = known ? member(known, name) : (member(COMMON, name) ?? any);
    const near = nearest(name, Object.keys(known ?? {}));
    must(check !== undefined, `\`${name}\` is no option of the log driver ${driver}`, {
      path: [name],
      ...(near && { hint: `did you mean \`${near}\`?` }),
    });
    const [wrong, hint] = (check?.(value) ?? "").split(/: (for example .*)/);
    must(wrong === "", `\`${value}\` cannot be \`${name}\`: it ${wrong}`, {
      path: [name],
      ...(hint && { hint }),
    });
  }
  const options = new Map(all);
  for (const name of member(REQUIRED, driver) ?? [])
    must(options.get(name) !== undefined, `the log driver ${driver} needs \`${name}\``);
  const path = ["max-buffer-size"];
  const buffered = options.get("mode") === "non-blocking" || !options.has("max-buffer-size");
  must(buffered, "`max-buffer-size` is for `mode: non-blocking`", { path });
  if (driver === "json-file" || driver === "local") checkRotation(driver, options);
  if (driver === "gelf") checkGelf(options);
  const [first, second] = ["awslogs-datetime-format", "awslogs-multiline-pattern"] as const;
  const both = driver === "awslogs" && options.has(first) && options.has(second);
  must(!both, `\`${first}\` and \`${second}\` cannot stand together`, { path: [second] });
}

/** It compresses datagrams, and reconnects streams. */
function checkGelf(options: ReadonlyMap<string, string>): void {
  const stream = /^tcp:/i.test(options.get("gelf-address") ?? "");
  const wrong = [...options.keys()].find((name) =>
    name.startsWith(stream ? "gelf-compression" : "gelf-tcp"),
  );
  must(wrong === undefined, `\`${wrong}\` is for ${stream ? "udp" : "tcp"} alone`, {
    path: [wrong ?? ""],
  });
}

/** Only a file that is no longer written is compressed. */
function checkRotation(driver: string, options: ReadonlyMap<string, string>): void {
  const local = driver === "local";
  const compress = options.has("compress") ? yes(options.get("compress") ?? "") : local;
  const rotated =
    Number(options.get("max-file") ?? (local ? 5 : 1)) > 1 && (local || options.has("max-size"));
  must(!compress || rotated, `${driver} compresses only what it rotates`, {
    path: [options.has("compress") ? "compress" : "max-file"],
    hint: local
      ? "`compress: false`, or `max-file: 2`"
      : "give `max-size`, and `max-file` of at least 2",
  });
}
