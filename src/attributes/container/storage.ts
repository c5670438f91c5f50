import { attribute } from "../attribute.ts";
import { hostConfig } from "../codecs.ts";
import { isMap, record, text } from "../compare.ts";
import { boolean, byteValue, object, oneOf, parseEach, splitOnce, string } from "../shapes.ts";
import { type Mounts, PROPAGATION, parseMounts, targetOf } from "./mount.ts";
import { mounts } from "./mount-codec.ts";
import { writeMounts } from "./mount-write.ts";

export const storage = {
  volumes: attribute<Mounts>({
    about:
      "Mounts, short (`source:target[:options]`) or long: a key of `volumes:`, a path of the host, tmpfs, or a lone target for an anonymous volume. A missing host path is an error.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          string,
          object(
            {
              type: oneOf("volume", "bind", "tmpfs"),
              source: string,
              target: string,
              read_only: boolean,
              volume: object({ nocopy: boolean }),
              bind: object({
                propagation: oneOf(...PROPAGATION),
                create_host_path: boolean,
                selinux: oneOf("z", "Z"),
              }),
              tmpfs: object({ size: byteValue, mode: { type: "integer" } }),
            },
            ["type", "target"],
          ),
        ],
      },
    },
    examples: [
      ["data:/data"],
      ["data:/data:ro", "/tmp:/host-tmp:ro", "/cache"],
      [
        { type: "tmpfs", target: "/scratch", tmpfs: { size: "8m" } },
        { type: "volume", source: "data", target: "/d2" },
      ],
    ],
    absent: { is: "value", value: {} },
    merge: (item) => (isMap(item) ? text(item.target) : (text(item).split(":")[1] ?? text(item))),
    parse: parseMounts,
    write: writeMounts,
    docker: mounts,
  }),

  tmpfs: attribute<Readonly<Record<string, string>>>({
    about: "Paths held in memory, with mount options after a colon: `/run:size=8m`.",
    schema: { anyOf: [string, { type: "array", items: string }] },
    examples: ["/run", ["/run:size=8m", "/cache"]],
    absent: { is: "value", value: {} },
    merge: (item) => splitOnce(text(item), ":")[0],
    parse: (authored) =>
      Object.fromEntries(
        parseEach(typeof authored === "string" ? [authored] : authored, (line) => {
          const [path, options] = splitOnce(text(line), ":");
          return [targetOf(path), options ?? ""];
        }),
      ),
    write: (paths) =>
      Object.entries(paths).map(([path, options]) => (options ? `${path}:${options}` : path)),
    docker: hostConfig("Tmpfs", { from: (json) => record(json) as Record<string, string> }),
  }),
};
