import { splitReference } from "../../attributes/values/image-reference.ts";
import { list, record, text, texts } from "../../attributes/values/json.ts";
import { apiAtLeast } from "../../attributes/values/units.ts";
import type { JsonObject } from "../../model/json.ts";
import type { EngineFacts } from "../../model/observed-state.ts";
import type { Stack } from "../../model/stack.ts";
import { elapsed, size } from "../../render/words/quantities.ts";
import type { Space } from "../host/host.ts";

export interface Check {
  readonly name: string;
  readonly result: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hint?: string;
}

interface Here {
  now(): number;
  space(path: string): Space | undefined;
}

/** What an engine tells of itself (`GET /info`), judged. */
export function aboutEngine(facts: EngineFacts, info: JsonObject, here: Here): readonly Check[] {
  const { endpoint, server, api } = facts;
  const ok = (name: string, message: string): Check => ({ name, result: "ok", message });
  return [
    ok("engine", `${server} at ${endpoint}`),
    apiCheck(api),
    clock(text(info.SystemTime), here.now()),
    storage(info),
    ok("registry mirrors", mirrors(info)),
    insecure(info),
    ...room(text(info.DockerRootDir), endpoint, here),
    ...list(info.Warnings).map(
      (told): Check => ({ name: "engine's warning", result: "warn", message: text(told) }),
    ),
  ];
}

function apiCheck(api: string): Check {
  const name = "API";
  if (apiAtLeast(api, "1.44")) return { name, result: "ok", message: api };
  const hint = "Docker 25 and later know more: `start_interval`, several networks at creation.";
  return { name, result: "warn", message: `${api}, which works`, hint };
}

/** Milliseconds by which clocks may differ before times in listings mislead, and TLS fails. */
const SKEW = { warn: 5000, fail: 300_000 };

function clock(theirs: string, mine: number): Check {
  const name = "clock";
  const skew = Math.abs(Date.parse(theirs) - mine);
  if (Number.isNaN(skew)) return { name, result: "warn", message: "the engine tells no time" };
  const message = `${elapsed(skew)} apart from this machine's`;
  if (skew < SKEW.warn) return { name, result: "ok", message };
  const hint = "Set both by NTP: ages, and certificates of registries, depend on it.";
  return { name, result: skew < SKEW.fail ? "warn" : "fail", message, hint };
}

const SLOW = ["vfs", "devicemapper", "aufs", "overlay"];

function storage(info: JsonObject): Check {
  const name = "storage driver";
  const driver = text(info.Driver);
  const containerd = texts(list(info.DriverStatus).flatMap((pair) => list(pair))).some((word) =>
    word.startsWith("io.containerd."),
  );
  const message = containerd ? `${driver}, images in containerd` : driver;
  if (!SLOW.includes(driver)) return { name, result: "ok", message };
  return { name, result: "warn", message, hint: "It is slow or deprecated: use overlay2." };
}

function mirrors(info: JsonObject): string {
  const all = texts(record(info.RegistryConfig).Mirrors);
  if (all.length === 0) return "none in the engine's configuration";
  return `${all.join(", ")} for Docker Hub, before any other source`;
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"];

function insecure(info: JsonObject): Check {
  const name = "insecure registries";
  const config = record(info.RegistryConfig);
  const named = Object.entries(record(config.IndexConfigs))
    .filter(([, index]) => record(index).Secure === false)
    .map(([host]) => host);
  const ranges = texts(config.InsecureRegistryCIDRs).filter((each) => !LOOPBACK.includes(each));
  const all = [...named, ...ranges];
  if (all.length === 0) return { name, result: "ok", message: "none but this machine's own" };
  const hint = "Anybody on the way can change what comes from there.";
  return { name, result: "warn", message: all.join(", "), hint };
}

const LOW = { part: 0.1, bytes: 5e9 };
const FULL = 500e6;

/** Known only where the engine runs on this machine. */
function room(root: string, endpoint: string, here: Here): readonly Check[] {
  const space = endpoint.startsWith("unix://") && root ? here.space(root) : undefined;
  if (!space) return [];
  const message = `${size(space.free)} of ${size(space.total)} free under ${root}`;
  const low = space.free < LOW.bytes && space.free < space.total * LOW.part;
  const hint = "`docker system df` shows what uses it.";
  if (space.free < FULL) return [{ name: "space", result: "fail", message, hint }];
  if (low) return [{ name: "space", result: "warn", message, hint }];
  return [{ name: "space", result: "ok", message }];
}

/** Each registry that an image of the stack, or a mirror of it, comes from. */
export function registriesOf({ resources }: Stack): readonly string[] {
  const images = resources.filter(({ kind, build }) => kind === "image" && !build);
  const mirrored = images.flatMap(({ spec }) =>
    texts(spec.mirrors).map((mirror) => mirror.split("/")[0] ?? ""),
  );
  return [...new Set([...images.map(({ name }) => splitReference(name).host), ...mirrored])].sort();
}
