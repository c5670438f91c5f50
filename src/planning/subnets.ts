import { at, list, record, text } from "../attributes/compare.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundNetwork } from "../model/observed.ts";
import type { Conflict } from "../model/plan.ts";
import type { Leftovers } from "./leftovers.ts";
import type { NamedVerdict } from "./named.ts";
import type { Survey } from "./survey.ts";

/** Whether a network that is to be made asks for addresses that the live one has. */
export function wantsSubnetOf({ resource }: NamedVerdict, { json }: FoundNetwork): boolean {
  const live = list(at(json, "IPAM", "Config")).map((pool) => text(record(pool).Subnet));
  return askedSubnets(resource.spec).some((asked) => live.some((held) => overlap(asked, held)));
}

function askedSubnets(spec: JsonObject): readonly string[] {
  const keys = Object.keys(record(spec.ipam));
  return keys.filter((key) => key.startsWith("subnet ")).map((key) => key.slice("subnet ".length));
}

/** An engine has each address once; one that stays with another network cannot be had. */
export function subnetConflicts(
  { observed, stack }: Survey,
  networks: readonly NamedVerdict[],
  gone: Leftovers,
): readonly Conflict[] {
  const made = networks.filter(({ action }) => action === "create" || action === "replace");
  const going = new Set([...gone.networks, ...made.map(({ found }) => found)]);
  const staying = observed.networks.filter((network) => !going.has(network));
  return made.flatMap((verdict): Conflict[] => {
    const holder = staying.find((network) => wantsSubnetOf(verdict, network));
    if (!holder) return [];
    const ours = holder.owner?.stack === stack.name;
    return [
      {
        address: verdict.resource.address,
        message: `its subnet overlaps with that of the network ${holder.name}${ours ? "" : ", which is not this stack's"}`,
        hint: "choose another subnet in `ipam`, or remove that network",
      },
    ];
  });
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [bits(one), bits(other)];
  const length = Math.min(a.length, b.length);
  return one.includes(":") === other.includes(":") && a.slice(0, length) === b.slice(0, length);
}

/** A prefix as the text of its bits. */
function bits(prefix: string): string {
  const [ip = "", length] = prefix.split("/");
  const [radix, width] = ip.includes(":") ? [16, 16] : [10, 8];
  const groups = ip.includes(":") ? expanded(ip) : ip.split(".");
  const all = groups.map((group) => Number.parseInt(group, radix).toString(2).padStart(width, "0"));
  return all.join("").slice(0, Number(length));
}

function expanded(ip: string): readonly string[] {
  const [head = "", tail] = ip.split("::");
  const split = (part: string) => (part === "" ? [] : part.split(":"));
  if (tail === undefined) return split(head);
  const missing = 8 - split(head).length - split(tail).length;
  return [...split(head), ...new Array<string>(missing).fill("0"), ...split(tail)];
}
