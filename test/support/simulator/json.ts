import { cleanPath, environmentOf } from "../../../src/attributes/container/process/program.ts";
import {
  at,
  isMap,
  list,
  number,
  record,
  text,
  texts,
} from "../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";

/* What a real engine makes of a create body: engine-facts, "defaults" and "image merge rules". */

/** JSON that the simulation itself may change. */
export type Loose = { [key: string]: Json | undefined };

/** Engines of API 1.41 are 20.10, those of 1.51 are 28. */
export const minor = (api: string): number => Number(api.split(".")[1]);

const nonEmpty = (value: Json | undefined): boolean => list(value).length > 0;

function mergedProcess(body: JsonObject, image: JsonObject): JsonObject {
  const inherits = !nonEmpty(body.Entrypoint);
  const cmd = inherits && !nonEmpty(body.Cmd) ? at(image, "Config", "Cmd") : body.Cmd;
  const entrypoint =
    body.Entrypoint === undefined || body.Entrypoint === null
      ? at(image, "Config", "Entrypoint")
      : body.Entrypoint;
  const reset = list(entrypoint).length === 1 && list(entrypoint)[0] === "";
  return { Cmd: cmd ?? null, Entrypoint: reset ? null : (entrypoint ?? null) };
}

function mergedHealth(body: JsonObject, image: JsonObject): JsonObject {
  const own = record(body.Healthcheck);
  const inherited = record(at(image, "Config", "Healthcheck"));
  if (!isMap(body.Healthcheck) && !isMap(at(image, "Config", "Healthcheck"))) return {};
  const set = Object.entries(own).filter(([, value]) => value !== 0 && list(value).length !== 0);
  const numbers = Object.entries(own).filter(([, value]) => typeof value === "number" && value);
  const tests = set.filter(([, value]) => Array.isArray(value));
  return { Healthcheck: { ...inherited, ...Object.fromEntries([...tests, ...numbers]) } };
}

export function configOf(body: JsonObject, image: JsonObject, id: string): JsonObject {
  const inherited = record(image.Config);
  const own = texts(body.Env);
  const keys = new Set(own.map((line) => line.split("=")[0]));
  const missing = Object.entries(environmentOf(inherited.Env))
    .filter(([key]) => !keys.has(key))
    .map(([key, value]) => `${key}=${value}`);
  const exposed = { ...record(inherited.ExposedPorts), ...record(body.ExposedPorts) };
  const volumes = { ...record(inherited.Volumes), ...record(body.Volumes) };
  const inheritedText = (field: string) => text(body[field]) || text(inherited[field]);
  const mode = text(record(body.HostConfig).NetworkMode);
  return {
    Hostname: text(body.Hostname) || (mode === "host" ? "the-host" : id.slice(0, 12)),
    Domainname: text(body.Domainname),
    User: inheritedText("User"),
    Tty: body.Tty === true,
    OpenStdin: body.OpenStdin === true,
    Env: [...own, ...missing],
    ...mergedProcess(body, image),
    ...mergedHealth(body, image),
    Image: text(body.Image),
    Volumes: Object.keys(volumes).length > 0 ? volumes : null,
    WorkingDir: cleanPath(inheritedText("WorkingDir")),
    Labels: { ...record(inherited.Labels), ...record(body.Labels) },
    ...(Object.keys(exposed).length > 0 ? { ExposedPorts: exposed } : {}),
    ...(inheritedText("StopSignal") ? { StopSignal: inheritedText("StopSignal") } : {}),
    ...(body.StopTimeout === undefined ? {} : { StopTimeout: body.StopTimeout }),
  };
}

/** As a daemon.json with log options and default ulimits would have it: nobody can ask for these. */
const DAEMON_LOG = { "max-size": "10m" };
const DAEMON_ULIMIT = { Name: "nofile", Soft: 65_536, Hard: 65_536 };

export function hostConfigOf(body: JsonObject, api: string): Loose {
  const asked = record(body.HostConfig);
  const memory = number(asked.Memory);
  const mode = text(asked.NetworkMode);
  const log = record(asked.LogConfig);
  const daemons = text(log.Type) === "" || log.Type === "json-file";
  const options = Object.entries({ ...(daemons ? DAEMON_LOG : {}), ...record(log.Config) });
  const ulimits = list(asked.Ulimits);
  const limited = ulimits.some((each) => record(each).Name === DAEMON_ULIMIT.Name);
  const policy = record(asked.RestartPolicy);
  const labelled = asked.Privileged === true ? ["label=disable"] : [];
  const security = [...texts(asked.SecurityOpt), ...labelled];
  return {
    Binds: null,
    PortBindings: {},
    CapAdd: null,
    CapDrop: null,
    Dns: minor(api) < 44 ? [] : null,
    DnsSearch: minor(api) < 44 ? [] : null,
    ExtraHosts: null,
    GroupAdd: null,
    IpcMode: "private",
    Privileged: false,
    ReadonlyRootfs: false,
    NanoCpus: 0,
    CpuShares: 0,
    CpusetCpus: "",
    MemoryReservation: 0,
    Devices: [],
    Init: null,
    OomKillDisable: false,
    Runtime: "runc",
    ...asked,
    NetworkMode:
      mode === "" || mode === "default" ? (minor(api) < 45 ? "default" : "bridge") : mode,
    RestartPolicy: {
      Name: text(policy.Name) || (minor(api) < 44 ? "" : "no"),
      MaximumRetryCount: policy.Name === "on-failure" ? number(policy.MaximumRetryCount) : 0,
    },
    LogConfig: { Type: text(log.Type) || "json-file", Config: Object.fromEntries(options) },
    Memory: memory,
    MemorySwap: number(asked.MemorySwap) || memory * 2,
    // As on most machines: their kernels have no weights any more.
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    PidsLimit: number(asked.PidsLimit) > 0 ? number(asked.PidsLimit) : null,
    ShmSize: number(asked.ShmSize) || 67_108_864,
    Ulimits: limited ? ulimits : [...ulimits, DAEMON_ULIMIT],
    SecurityOpt: security.length > 0 ? security : null,
  };
}

/** The mounts that a container has in the end; a volume without a name is one to be made. */
export function mountsOf(
  body: JsonObject,
  config: JsonObject,
): { target: string; json: JsonObject }[] {
  const host = record(body.HostConfig);
  const structured = list(host.Mounts).map((each) => {
    const { Type, Source, Target, ReadOnly } = record(each);
    return { Type, Source, Target, RW: ReadOnly !== true };
  });
  const plain = texts(host.Binds).map((line) => {
    const [Source = "", Target = "", options = ""] = line.split(":");
    const Type = Source.startsWith("/") ? "bind" : "volume";
    return { Type, Source, Target, RW: !options.split(",").includes("ro") };
  });
  const asked = [...structured, ...plain];
  const covered = new Set([
    ...asked.map(({ Target }) => cleanPath(text(Target))),
    ...Object.keys(record(host.Tmpfs)).map(cleanPath),
  ]);
  const implicit = Object.keys(record(config.Volumes))
    .map(cleanPath)
    .filter((target) => !covered.has(target))
    .map((Target) => ({ Type: "volume", Source: "", Target, RW: true }));
  return [...asked, ...implicit].map(({ Type, Source, Target, RW }) => ({
    target: cleanPath(text(Target)),
    json: { Type: Type ?? "", Name: text(Source), Source: text(Source), RW },
  }));
}

/** Fixed host ports: `port/protocol`, with the address in front unless it is every one. */
export function portsOf({ host }: { readonly host: JsonObject }): string[] {
  return Object.entries(record(host.PortBindings)).flatMap(([target, bindings]) =>
    list(bindings).flatMap((each) => {
      const { HostIp, HostPort } = record(each);
      return /^\d+$/.test(text(HostPort))
        ? [`${text(HostIp) || "0.0.0.0"}:${text(HostPort)}/${target.split("/")[1]}`]
        : [];
    }),
  );
}
