import { Invalid } from "./invalid.ts";

const BYTES = /^(\d+(?:\.\d+)?)\s*(b|k|kb|kib|m|mb|mib|g|gb|gib|t|tb|tib)?$/i;
const POWER: Record<string, number> = { b: 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * A byte value in bytes: a number, or text with b, k, kb, m, mb, g, gb (1024-based; Compose
 * Specification, "Specifying byte values"). Throws `Invalid`.
 */
export function bytes(value: unknown): number {
  const size = sizeOf(value);
  if (size <= Number.MAX_SAFE_INTEGER) return size;
  throw new Invalid(`\`${String(value)}\` is more than any engine counts`, {
    hint: "at most 8191t",
  });
}

function sizeOf(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const match = BYTES.exec(String(value).trim());
  if (!match) {
    throw new Invalid(`\`${String(value)}\` is no byte value`, {
      hint: "for example 64m, 2gb, 1048576",
    });
  }
  const unit = (match[2] ?? "b").charAt(0).toLowerCase();
  return Math.round(Number(match[1]) * 1024 ** (POWER[unit] ?? 0));
}

/** A byte value as people write it: in the largest unit that leaves no fraction. */
export function showBytes(value: number): string | number {
  const unit = ["t", "g", "m", "k"].find(
    (each) => value > 0 && value % 1024 ** (POWER[each] ?? 0) === 0,
  );
  return unit ? `${value / 1024 ** (POWER[unit] ?? 0)}${unit}` : value;
}

/** A byte value, or -1 for "unlimited". */
export function bytesOrUnlimited(value: unknown): number {
  return value === -1 || value === "-1" ? -1 : bytes(value);
}

/**
 * Permission bits of a file, as Compose reads them: text is octal (`"0440"`, `"440"`, and here `0o440` too), and a number
 * is a number, so that 256 is 0400. YAML's own octal numbers arrive as their text. Throws `Invalid`.
 */
export function fileMode(value: unknown): number {
  const octal = /^(0o)?([0-7]{1,5})$/.exec(String(value));
  const bits = typeof value === "number" ? value : Number.parseInt(octal?.[2] ?? "", 8);
  if (Number.isInteger(bits) && bits >= 0 && bits <= 0o7777) return bits;
  throw new Invalid(`\`${String(value)}\` is no file mode`, { hint: 'octal, for example "0440"' });
}

/** A mode as people write it: `0440`. */
export function showMode(bits: number): string {
  return bits.toString(8).padStart(4, "0");
}

const NANOSECONDS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};
const DURATION = /(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)/g;

/** Nanoseconds, some 292 years: engines count in 64 bits (Go, `time.Duration`). */
const LONGEST = 2 ** 63;

/**
 * A duration in nanoseconds, as the engine counts: `1m30s`, `500ms`, `1.5h` (Compose
 * Specification, "Specifying durations"). What is not 0 is at least 1 ns. Throws `Invalid`.
 */
export function duration(value: unknown): number {
  const source = String(value).trim();
  if (source === "0") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h|d))+$/.test(source)) {
    throw new Invalid(`\`${source}\` is no duration`, { hint: "for example 10s, 1m30s, 500ms" });
  }
  let total = 0;
  for (const [, amount, unit] of source.matchAll(DURATION)) {
    total += Number(amount) * (NANOSECONDS[unit ?? "ns"] ?? 1);
  }
  if (total >= LONGEST)
    throw new Invalid(`\`${source}\` is longer than an engine can count`, { hint: "292 years" });
  return total > 0 ? Math.max(1, Math.round(total)) : 0;
}

/** A duration in nanoseconds as people write it: `1m30s`, `1500ms`. */
export function showDuration(nanoseconds: number): string {
  if (nanoseconds % 1e9 !== 0) {
    const unit = ["ms", "us"].find((each) => nanoseconds % (NANOSECONDS[each] ?? 1) === 0) ?? "ns";
    return `${nanoseconds / (NANOSECONDS[unit] ?? 1)}${unit}`;
  }
  const seconds = nanoseconds / 1e9;
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts.map(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : "")).join("") || "0s";
}

/**
 * An IP address in its canonical text: IPv6 compressed and lower-case without brackets, IPv4 as
 * it is. `undefined`: not an address.
 */
export function address(value: string): string | undefined {
  const bare = value.replace(/^\[|\]$/g, "");
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(bare)) {
    // Some read a leading zero as octal, so engines refuse it.
    const fits = (part: string) => Number(part) <= 255 && !/^0\d/.test(part);
    return bare.split(".").every(fits) ? bare : undefined;
  }
  if (!/^[0-9a-f:.]+$/i.test(bare) || !bare.includes(":")) return undefined;
  return URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1);
}

/**
 * A hardware address in canonical text: lower-case, with colons. `undefined`: not one that an interface can have
 * (a group's has an odd first byte).
 */
export function hardwareAddress(value: string): string | undefined {
  const pairs = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(value);
  const unassignable = Number.parseInt(value.slice(0, 2), 16) % 2 === 1 || /^0[0:-]*$/.test(value);
  return pairs && !unassignable ? value.toLowerCase().replaceAll("-", ":") : undefined;
}

/** A network prefix in canonical text; `undefined`: not one. */
export function subnet(value: string): string | undefined {
  const [ip = "", bits = "", ...rest] = value.split("/");
  const canonical = address(ip);
  if (!canonical || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  return Number(bits) <= (canonical.includes(":") ? 128 : 32) ? `${canonical}/${bits}` : undefined;
}

/** Whether an engine's API version is at least the other: `1.41`, `1.44`. */
export function apiAtLeast(api: string, since: string): boolean {
  const minor = (version: string): number => Number(version.split(".")[1]);
  return minor(api) >= minor(since);
}
