import { isCdi } from "../attributes/container/resources/devices.ts";
import { configLabels, recordedSpec } from "../attributes/core/ownership.ts";
import { BUILD_LABEL } from "../attributes/image/build-record.ts";
import { tokensIn } from "../attributes/secrets/sensitive.ts";
import { at, equal, isMap, list, record, text, texts } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";

/* What an engine holds of an object and a stack file has no words for. */

type Look = (value: Json, json: JsonObject) => string | undefined;

const HOST: Readonly<Record<string, Look>> = {
  AutoRemove: () => "`--rm`: what a stack has made stays when it ends",
  PublishAllPorts: () =>
    "`-P`, each exposed port on a free port of the host: name them under `ports`",
  Links: (links, json) =>
    isBridged(json)
      ? `\`--link\` (${texts(links).map(linked).join(", ")}): on a network of the stack, names are enough`
      : undefined,
  VolumeDriver: (driver) => `\`--volume-driver ${text(driver)}\`: give it to the volume`,
  Isolation: (mode) => (mode === "default" ? undefined : `\`--isolation ${text(mode)}\``),
  KernelMemory: () => "`--kernel-memory`, which newer engines do not know",
  KernelMemoryTCP: () => "`KernelMemoryTCP`, which newer engines do not know",
  CpuCount: () => "`--cpu-count`, which is Windows' alone",
  CpuPercent: () => "`--cpu-percent`, which is Windows' alone",
  IOMaximumIOps: () => "`--io-maxiops`, which is Windows' alone",
  IOMaximumBandwidth: () => "`--io-maxbandwidth`, which is Windows' alone",
  DeviceRequests: (requests) => {
    const others = list(requests).filter((each) => !isCdi(each) && !isGpu(each));
    return others.length > 0
      ? `a device request of the driver ${text(record(others[0]).Driver)}`
      : undefined;
  },
};

const CONFIG: Readonly<Record<string, Look>> = {
  NetworkDisabled: (value) =>
    value === true ? "`NetworkDisabled`: use `network_mode: none`" : undefined,
  MacAddress: (mac, json) =>
    isBridged(json)
      ? `\`--mac-address ${text(mac)}\`: only a network of the stack takes one`
      : undefined,
};

const isBridged = (json: JsonObject): boolean =>
  /^(default|bridge)$/.test(text(at(json, "HostConfig", "NetworkMode")));

const isGpu = (request: Json): boolean =>
  list(record(request).Capabilities).some((all) => texts(all).includes("gpu"));

/** `NAME:ALIAS` of `/NAME:/CONTAINER/ALIAS`. */
const linked = (link: string): string => link.replace(/^\//, "").replace(/:\/.*\/([^/]*)$/, ":$1");

/** What is lost of a container, a phrase each. */
export function unwritten(json: JsonObject, image: JsonObject | undefined): readonly string[] {
  const found = [
    ...looked(HOST, record(json.HostConfig), json),
    ...looked(CONFIG, record(json.Config), json),
  ];
  const labels = configLabels(json);
  const { post_start, pre_stop } = recordedSpec(labels);
  return [
    ...found,
    ...(tokensIn([post_start ?? null, pre_stop ?? null]).length > 0
      ? ["its hooks, which have sensitive values"]
      : []),
    ...(configLabels(image)[BUILD_LABEL] === undefined
      ? []
      : ["`build`: its image was built by a stack"]),
  ];
}

/** What is lost of a network, a phrase each. */
export function unwrittenOfNetwork(json: JsonObject): readonly string[] {
  return looked(
    {
      ConfigOnly: () => "`--config-only`: it only lends its settings to others",
      ConfigFrom: (from) =>
        text(record(from).Network) === ""
          ? undefined
          : `\`--config-from ${text(record(from).Network)}\``,
    },
    json,
    json,
  );
}

function looked(
  looks: Readonly<Record<string, Look>>,
  part: JsonObject,
  json: JsonObject,
): readonly string[] {
  return Object.entries(looks).flatMap(([name, say]) => {
    const value = part[name];
    const said = value === undefined || isNothing(value) ? undefined : say(value, json);
    return said === undefined ? [] : [said];
  });
}

function isNothing(value: Json): boolean {
  if (isMap(value) || Array.isArray(value)) return Object.keys(value).length === 0;
  return [null, "", 0, false].some((none) => equal(none, value));
}
