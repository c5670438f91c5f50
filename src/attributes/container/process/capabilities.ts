import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import { byValue, nearest, parseEach, stringList } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, texts } from "../../values/json.ts";

/** capabilities(7), Linux 6. */
const KNOWN: readonly string[] = (
  "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE " +
  "DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN " +
  "MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID " +
  "SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYSLOG SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE " +
  "SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM ALL"
).split(" ");

const bare = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");

function parse(authored: Json): readonly string[] {
  const names = parseEach(authored, (item) => {
    const name = bare(String(item));
    if (KNOWN.includes(name)) return name;
    const near = nearest(name, KNOWN);
    throw new Invalid(`\`${String(item)}\` is no capability`, {
      hint: near ? `did you mean \`${near}\`?` : "such as NET_ADMIN (capabilities(7))",
    });
  });
  return asSet(names);
}

const list = {
  schema: stringList,
  absent: { is: "value" as const, value: [] },
  merge: byValue,
  parse,
};

export const capabilities = {
  cap_add: attribute<readonly string[]>({
    ...list,
    description: "Capabilities to add: `NET_ADMIN`, with or without `CAP_`.",
    examples: [["NET_ADMIN"], ["CAP_SYS_TIME", "net_raw"]],
    docker: hostConfig("CapAdd", { from: (json) => asSet(texts(json).map(bare)) }),
  }),

  cap_drop: attribute<readonly string[]>({
    ...list,
    description: "Capabilities to drop, or `ALL`.",
    examples: [["MKNOD"], ["ALL"]],
    docker: hostConfig("CapDrop", { from: (json) => asSet(texts(json).map(bare)) }),
  }),
};
