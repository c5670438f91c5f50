import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import { nearest, parseEach, splitOnce, string } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { record, text } from "../../values/json.ts";
import { checkTarget } from "./check-mounts.ts";
import { targetOf } from "./parse-mounts.ts";

/** mount(8) and tmpfs(5), as far as engines pass them on; a tmpfs can be neither remounted nor bound. */
const FLAGS: readonly string[] = (
  "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand atime noatime diratime " +
  "nodiratime relatime norelatime strictatime nostrictatime private rprivate shared rshared slave rslave " +
  "unbindable runbindable"
).split(" ");
const ID = /^\d{1,10}$/;
const COUNT = /^\d{1,18}[kmg]?$/i;
const VALUES: Readonly<Record<string, RegExp>> = {
  size: /^(\d{1,18}[kmg]?|\d{1,3}%)$/i,
  mode: /^[0-7]{1,5}$/,
  uid: ID,
  gid: ID,
  nr_inodes: COUNT,
  nr_blocks: COUNT,
  mpol: /^(default|local|(prefer|bind|interleave)(=static|=relative)?:[\d,-]+)$/,
};

function checkOption(option: string): void {
  const [name, value] = splitOnce(option, "=");
  if (value === undefined && FLAGS.includes(name)) return;
  const form = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
  if (value !== undefined && form?.test(value) && Number(ID.test(value) ? value : 0) < 2 ** 32)
    return;
  if (form)
    throw new Invalid(`\`${option}\` is no option of a tmpfs`, {
      hint: `\`${name}\` takes another value`,
    });
  const near = nearest(name, [...FLAGS, ...Object.keys(VALUES)]);
  throw new Invalid(`\`${option}\` is no option of a tmpfs`, {
    hint: near ? `did you mean \`${near}\`?` : "for example size=64m, mode=1777, noexec",
  });
}

function parse(authored: Json): Readonly<Record<string, string>> {
  const entries = parseEach(typeof authored === "string" ? [authored] : authored, (line) => {
    const [path, options = ""] = splitOnce(text(line), ":");
    const target = targetOf(path);
    checkTarget(target, "tmpfs");
    for (const option of options.split(",").filter(Boolean)) checkOption(option);
    return [target, options];
  });
  return Object.fromEntries(entries);
}

export const tmpfs = {
  tmpfs: attribute<Readonly<Record<string, string>>>({
    description: "Paths held in memory, with mount options after a colon: `/run:size=8m`.",
    schema: { anyOf: [string, { type: "array", items: string }] },
    examples: ["/run", ["/run:size=8m", "/cache"]],
    absent: { is: "value", value: {} },
    merge: (item) => splitOnce(text(item), ":")[0],
    parse,
    write: (paths) =>
      Object.entries(paths).map(([path, options]) => (options ? `${path}:${options}` : path)),
    docker: hostConfig("Tmpfs", { from: (json) => record(json) as Record<string, string> }),
  }),
};
