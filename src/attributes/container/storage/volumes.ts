import { attribute, type Scope } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import {
  boolean,
  byteValue,
  byValue,
  must,
  object,
  oneOf,
  parseEach,
  string,
  stringList,
} from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, isMap, text, texts } from "../../values/json.ts";
import { cleanPath } from "../process/program.ts";
import { mounts } from "./mount-codec.ts";
import { type Mounts, PROPAGATION, parseMounts, RECURSION } from "./parse-mounts.ts";
import { tmpfs } from "./tmpfs.ts";
import { writeMounts } from "./write-mounts.ts";

/** `NAME` or `NAME:ro`, with the name that the engine knows. */
function parseFrom(item: string, scope: Scope): string {
  const { key, name, mode } = fromParts(item);
  const outside = key === undefined ? 3 : 2;
  must(name !== "" && item.split(":").length <= outside, `\`${item}\` names no container`, {
    hint: "KEY[:ro] or container:NAME[:ro]",
  });
  if (mode !== "ro" && mode !== "rw")
    throw new Invalid(`\`${mode}\` is neither ro nor rw`, {
      hint: "KEY[:ro] or container:NAME[:ro]",
    });
  const target = key === undefined ? name : (scope.container(key) ?? key);
  return mode === "ro" ? `${target}:ro` : target;
}

/** An item of `volumes_from`; `key`: it is of this stack. */
export function fromParts(item: string): { key?: string; name: string; mode: string } {
  const outside = item.startsWith("container:");
  const [name = "", mode = "rw"] = item.split(":").slice(outside ? 1 : 0);
  return outside ? { name, mode } : { key: name, name, mode };
}

export const storage = {
  volumes: attribute<Mounts>({
    description:
      "Mounts, short (`source:target[:options]`) or long: a key of `volumes:`, a path of the host, tmpfs, an image, or a lone target for an anonymous volume. A missing host path is an error.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          string,
          object(
            {
              type: oneOf("volume", "bind", "tmpfs", "image", "npipe", "cluster"),
              source: string,
              target: string,
              read_only: boolean,
              consistency: string,
              volume: object({ nocopy: boolean, subpath: string }),
              image: object({ subpath: string }),
              bind: object({
                propagation: oneOf(...PROPAGATION),
                create_host_path: boolean,
                selinux: oneOf("z", "Z"),
                recursive: oneOf(...RECURSION),
              }),
              tmpfs: object({ size: byteValue, mode: { type: ["string", "integer"] } }),
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
      [{ type: "bind", source: "/tmp", target: "/host-tmp", bind: { recursive: "disabled" } }],
    ],
    absent: { is: "value", value: {} },
    merge: (item) =>
      cleanPath(isMap(item) ? text(item.target) : (text(item).split(":")[1] ?? text(item))),
    parse: parseMounts,
    write: writeMounts,
    docker: mounts,
  }),

  volumes_from: attribute<readonly string[]>({
    description:
      "Containers whose mounts it has too: `KEY[:ro]`, or `container:NAME[:ro]` for one outside of the stack.",
    schema: stringList,
    examples: [["db"], ["db:ro"]],
    absent: { is: "value", value: [] },
    merge: byValue,
    parse: (authored, scope) => asSet(parseEach(authored, (item) => parseFrom(text(item), scope))),
    write: (items, keys) =>
      items.map((item) => {
        const [name = "", ...mode] = item.split(":");
        return [keys.container(name).replace(/^service:/, ""), ...mode].join(":");
      }),
    docker: hostConfig("VolumesFrom", {
      from: (json) => asSet(texts(json).map((item) => item.replace(/:rw$/, ""))),
    }),
  }),

  ...tmpfs,
};
