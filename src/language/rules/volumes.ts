import { record, text } from "../../attributes/values/json.ts";
import type { Model } from "../model/model.ts";
import type { Named } from "../model/named-objects.ts";
import { keyPlace } from "../yaml/tree.ts";

/** What an engine's own volume driver reads (moby, `volume/local`); without the first two it mounts nothing. */
const NEEDED = ["type", "device"];
const OPTIONS = [...NEEDED, "o", "size"];

/** Options with which an engine would refuse to make a volume; nothing is known of other drivers. */
export function volumes(model: Model): void {
  for (const volume of model.volumes.values()) {
    const isLocal = ["", "local"].includes(text(volume.values.driver));
    if (isLocal && !volume.external) options(volume, model);
  }
}

function options({ key, values }: Named, { root, report }: Model): void {
  const path = ["volumes", key, "driver_opts"] as const;
  const given = Object.keys(record(values.driver_opts));
  for (const option of given.filter((each) => !OPTIONS.includes(each)))
    report.error(
      `\`${option}\` is no option of the volume driver local`,
      keyPlace(root, [...path, option]),
      `it has ${OPTIONS.join(", ")}`,
    );
  const mounts = given.some((each) => each !== "size" && OPTIONS.includes(each));
  const missing = NEEDED.filter((each) => !given.includes(each));
  if (mounts && missing.length > 0)
    report.error(
      `the volume driver local needs \`${missing.join("` and `")}\` here`,
      keyPlace(root, path),
      "for example {type: none, o: bind, device: /srv/data} or {type: tmpfs, device: tmpfs}",
    );
}
