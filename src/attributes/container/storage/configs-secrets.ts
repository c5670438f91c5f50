import { attribute } from "../../core/attribute.ts";
import { type Files, filesAttribute, parseGrants, targetOf } from "./files.ts";

const FOLDER = "/run/secrets";

export const configs = {
  configs: attribute<Files>({
    ...filesAttribute,
    description:
      "Files from `configs:`, written into the container before it starts: a list of keys, or maps with source, target, uid, gid, mode. The target is `/<key>` by default.",
    examples: [
      ["motd"],
      [{ source: "motd", target: "/etc/motd", uid: "1000", gid: "1000", mode: "0440" }],
    ],
    merge: (item) => targetOf(item, ""),
    parse: (authored, scope) => parseGrants(authored, "configs", "", scope),
  }),
  secrets: attribute<Files>({
    ...filesAttribute,
    description:
      "Files from `secrets:`, written into the container before it starts: a list of keys, or maps with source, target, uid, gid, mode. The target is `/run/secrets/<key>` by default, and a relative one lies there too.",
    examples: [
      ["password"],
      [{ source: "password", target: "/etc/app/key", uid: "1000", gid: "1000", mode: "0400" }],
    ],
    merge: (item) => targetOf(item, FOLDER),
    parse: (authored, scope) => parseGrants(authored, "secrets", FOLDER, scope),
  }),
};
