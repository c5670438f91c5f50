import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, Invalid } from "../attribute.ts";
import { asSet, at, list, record, text, texts } from "../compare.ts";
import { object, string } from "../shapes.ts";

/** What a CDI specification names fully: `vendor.com/class=name` (CDI 0.8, "kind" and "name"). */
const CDI = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[A-Za-z0-9][\w.:-]*$/;
const DRIVER = "cdi";

/** By the path inside the container, or by its name the device of a CDI specification, with nothing. */
type Devices = Readonly<Record<string, JsonObject>>;

function parseDevice(item: Json): [string, JsonObject] {
  const { source, target, permissions } = record(item);
  const line = typeof item === "string" ? item : text(source);
  if (CDI.test(line)) {
    if (target === undefined && permissions === undefined) return [line, {}];
    const hint = "its specification says where it appears and with which rights";
    throw new Invalid(`the CDI device \`${line}\` takes no \`target\` and no \`permissions\``, {
      hint,
    });
  }
  if (typeof item === "string") return parsePath(item);
  return parsePath([line, text(target ?? source), text(permissions ?? "rwm")].join(":"));
}

function parsePath(line: string): [string, JsonObject] {
  const [source = "", target = source, permissions = "rwm"] = line.split(":");
  if (!source.startsWith("/") || !/^[rwm]+$/.test(permissions)) {
    throw new Invalid(`\`${line}\` is no device mapping`, {
      hint: "write /dev/host[:/dev/container[:rwm]], or vendor.com/class=name of a CDI specification",
    });
  }
  return [target, { source, permissions }];
}

function targetOf(item: Json): string {
  const { source, target } = record(item);
  const line = typeof item === "string" ? item : text(target ?? source);
  return CDI.test(line) ? line : (line.split(":")[1] ?? line);
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
    about:
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
    parse: (authored) => Object.fromEntries(list(authored).map(parseDevice)),
    write: (value) =>
      Object.entries(value).map(([target, { source, permissions }]) => {
        if (source === undefined) return target;
        const parts = [text(source), text(target), text(permissions)];
        if (permissions === "rwm") parts.pop();
        return (parts.length === 2 && source === target ? [target] : parts).join(":");
      }),
    docker: {
      send,
      read: ({ json }) => read(json),
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
