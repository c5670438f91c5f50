import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { must, object, parseEach, string } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, at, list, record, text, texts } from "../../values/json.ts";

/** What a CDI specification names fully: `vendor.com/class=name` (CDI 0.8, "kind" and "name"). */
const CDI = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[A-Za-z0-9][\w.:-]*$/;
const DRIVER = "cdi";

/** By the path inside the container, or by its name the device of a CDI specification, with nothing. */
type Devices = Readonly<Record<string, JsonObject>>;

const FORMS =
  "write /dev/host[:/dev/container[:rwm]], or vendor.com/class=name of a CDI specification";

function parseDevice(item: Json): [string, JsonObject] {
  const { source, target, permissions } = record(item);
  const line = typeof item === "string" ? item : text(source);
  if (CDI.test(line)) {
    if (target === undefined && permissions === undefined) return [line, {}];
    const hint = "its specification says where it appears and with which rights";
    throw new Invalid(`the CDI device \`${line}\` takes no \`target\` and no \`permissions\``, {
      hint,
      path: [target === undefined ? "permissions" : "target"],
      key: true,
    });
  }
  if (typeof item !== "string") return longMapping(line, text(target), text(permissions));
  const parts = item.split(":");
  must(parts.length <= 3, `\`${item}\` is no device mapping`, {
    hint: "where a path has a colon, use the long form with `source` and `target`",
  });
  return mapping(item, parts);
}

/** What is empty is left out, as in Compose. */
function longMapping(source: string, target: string, permissions: string) {
  const path = (part: string) => ({ path: [part], hint: "it begins with /" });
  must(source.startsWith("/"), `\`${source}\` is no path of a device`, path("source"));
  must(/^(\/|$)/.test(target), `\`${target}\` is no path of a device`, path("target"));
  must(/^[rwm]{0,3}$/.test(permissions), `\`${permissions}\` is no permission for a device`, {
    path: ["permissions"],
    hint: "r, w and m, for example rwm",
  });
  return mapping(source, [source, target, permissions]);
}

/** `source:target:permissions`; what is empty is left out, as in Compose. */
function mapping(said: string, [source = "", target, permissions]: readonly string[]) {
  const inside = target || source;
  const rights = permissions || "rwm";
  const fits = source.startsWith("/") && inside.startsWith("/") && /^[rwm]{1,3}$/.test(rights);
  must(fits, `\`${said}\` is no device mapping`, {
    hint: /^[rwm]+$/.test(inside) ? `write ${source}:${source}:${inside}` : FORMS,
  });
  return [inside, { source, permissions: rights }] as [string, JsonObject];
}

function parseDevices(authored: Json): Devices {
  const taken = new Set<string>();
  const all = parseEach(authored, (item) => {
    const device = parseDevice(item);
    must(!taken.has(device[0]), `two devices have the target ${device[0]}`, {
      path: ["target"],
      hint: "keep one of them",
    });
    taken.add(device[0]);
    return device;
  });
  return Object.fromEntries(all);
}

function targetOf(item: Json): string {
  const { source, target } = record(item);
  if (typeof item !== "string") return text(target) || text(source);
  return CDI.test(item) ? item : item.split(":")[1] || (item.split(":")[0] ?? item);
}

/** Whether a device request of the engine is one for CDI devices; the others are graphics processors. */
export function isCdi(request: Json): boolean {
  const { Driver, Capabilities } = record(request);
  return Driver === DRIVER && !list(Capabilities).some((all) => texts(all).includes("gpu"));
}

function send(value: Devices): JsonObject {
  const names = asSet(Object.keys(value).filter((name) => CDI.test(name)));
  const paths = Object.entries(value).filter(([target]) => !CDI.test(target));
  return {
    HostConfig: {
      Devices: paths.map(([target, { source, permissions }]) => ({
        PathOnHost: text(source),
        PathInContainer: target,
        CgroupPermissions: text(permissions),
      })),
      ...(names.length > 0 ? { DeviceRequests: [{ Driver: DRIVER, DeviceIDs: names }] } : {}),
    },
  };
}

function read(json: JsonObject): Devices {
  const paths = list(at(json, "HostConfig", "Devices")).map((each): [string, JsonObject] => {
    const { PathInContainer, PathOnHost, CgroupPermissions } = record(each);
    const permissions = text(CgroupPermissions) || "rwm";
    return [text(PathInContainer), { source: text(PathOnHost), permissions }];
  });
  const names = list(at(json, "HostConfig", "DeviceRequests"))
    .filter(isCdi)
    .flatMap((request) => texts(record(request).DeviceIDs));
  return Object.fromEntries([...paths, ...names.map((name): [string, JsonObject] => [name, {}])]);
}

export const devices = {
  devices: attribute<Devices>({
    description:
      "Devices of the host: `/dev/host[:/dev/container[:rwm]]`, or maps; `vendor.com/class=name` is one of a CDI specification on the engine's machine.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          string,
          object({ source: string, target: string, permissions: string }, ["source"]),
        ],
      },
    },
    examples: [["/dev/null:/dev/nothing"], ["/dev/null:/dev/nothing:r", "/dev/zero"]],
    absent: { is: "value", value: {} },
    merge: targetOf,
    parse: parseDevices,
    write: (value) =>
      Object.entries(value).map(([target, { source, permissions }]) => {
        if (source === undefined) return target;
        if (`${text(source)}${target}`.includes(":"))
          return { source, target, ...(permissions === "rwm" ? {} : { permissions }) };
        const parts = [text(source), text(target), text(permissions)];
        if (permissions === "rwm") parts.pop();
        return (parts.length === 2 && source === target ? [target] : parts).join(":");
      }),
    docker: {
      toEngine: send,
      fromEngine: ({ json }) => read(json),
      // Docker 25 brought them; older engines know no driver of that name.
      newer: (value) =>
        Object.fromEntries(
          Object.keys(value)
            .filter((name) => CDI.test(name))
            .map((name) => [name, "1.44"]),
        ),
    },
  }),
};
