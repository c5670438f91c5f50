import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute, type Codec } from "../../core/attribute.ts";
import { integer, must, object, parseEach, string, under } from "../../core/shapes.ts";
import { at, equal, list, number, record, text } from "../../values/json.ts";
import { bytes } from "../../values/units.ts";

/** `weight`, and by `<limit> <device path>` the limits of devices. */
type Blkio = Readonly<Record<string, number>>;

const WEIGHT = "weight";
/** Each list of the file, the engine's field, and what its items call their value. */
const LIMITS = [
  ["weight_device", "BlkioWeightDevice", "weight", "Weight"],
  ["device_read_bps", "BlkioDeviceReadBps", "rate", "Rate"],
  ["device_write_bps", "BlkioDeviceWriteBps", "rate", "Rate"],
  ["device_read_iops", "BlkioDeviceReadIOps", "rate", "Rate"],
  ["device_write_iops", "BlkioDeviceWriteIOps", "rate", "Rate"],
] as const;

/** The paths of the devices that it limits. */
export const devicesOf = (value: JsonObject): readonly string[] =>
  Object.keys(value)
    .filter((key) => key.includes(" "))
    .map((key) => key.slice(key.indexOf(" ") + 1));

const rates: JsonObject = {
  type: "array",
  items: object({ path: string, rate: { type: ["integer", "string"] } }, ["path", "rate"]),
};

const blkio: Codec<Blkio> = {
  optional: true,
  toEngine: (value) => {
    const host: Record<string, Json> = value[WEIGHT] ? { BlkioWeight: value[WEIGHT] } : {};
    for (const [name, field, , inner] of LIMITS) {
      const items = Object.entries(value)
        .filter(([key]) => key.startsWith(`${name} `))
        .map(([key, amount]) => ({ Path: key.slice(name.length + 1), [inner]: amount }));
      if (items.length > 0) host[field] = items;
    }
    return { HostConfig: host };
  },
  fromEngine: (live) => {
    const host = record(live.json.HostConfig);
    const weight = number(host.BlkioWeight);
    const limits = LIMITS.flatMap(([name, field, , inner]) =>
      list(host[field]).map((each): [string, number] => {
        const item = record(each);
        return [`${name} ${text(item.Path)}`, number(item[inner])];
      }),
    );
    return { ...(weight > 0 ? { [WEIGHT]: weight } : {}), ...Object.fromEntries(limits) };
  },
  // Limits of devices can be updated from API 1.55 only. A first weight is part of a new container: a
  // kernel that has none ignores it in an update, and nothing would tell that it had been asked.
  update: (after, before) => {
    const { [WEIGHT]: weight, ...rest } = after;
    const { [WEIGHT]: present, ...had } = before;
    return weight && present && equal(rest, had) ? { update: { BlkioWeight: weight } } : undefined;
  },
};

export const blockDevices = {
  blkio_config: attribute<Blkio>({
    description: "Weight and limits of block device access.",
    schema: object({
      weight: { ...integer, minimum: 0, maximum: 1000 },
      weight_device: {
        type: "array",
        items: object({ path: string, weight: { ...integer, minimum: 0, maximum: 1000 } }, [
          "path",
          "weight",
        ]),
      },
      device_read_bps: rates,
      device_write_bps: rates,
      device_read_iops: rates,
      device_write_iops: rates,
    }),
    examples: [{ weight: 300 }, { weight: 500 }],
    absent: { is: "value", value: {} },
    parse: (authored) => {
      const given = record(authored);
      const limits = LIMITS.flatMap(([name, , value]) =>
        under(name, () =>
          parseEach(given[name] ?? [], (item): [string, number] => {
            const path = text(at(item, "path"));
            must(path.startsWith("/"), `\`${path}\` is no device`, {
              hint: "for example /dev/sda",
              path: ["path"],
            });
            return [`${name} ${path}`, under(value, () => bytes(at(item, value)))];
          }),
        ),
      );
      const weight = number(given[WEIGHT]);
      must(weight === 0 || weight >= 10, "`weight` must be 10 to 1000", {
        hint: "0 is the engine's usual",
        path: [WEIGHT],
      });
      return { ...(weight > 0 ? { [WEIGHT]: weight } : {}), ...Object.fromEntries(limits) };
    },
    write: (value) => {
      const lists = LIMITS.map(([name, , inner]) => [
        name,
        Object.entries(value)
          .filter(([key]) => key.startsWith(`${name} `))
          .map(([key, amount]) => ({ path: key.slice(name.length + 1), [inner]: amount })),
      ]);
      const weight = value[WEIGHT];
      return {
        ...(weight === undefined ? {} : { weight }),
        ...Object.fromEntries(lists.filter(([, items]) => (items?.length ?? 0) > 0)),
      };
    },
    docker: blkio,
  }),
};
