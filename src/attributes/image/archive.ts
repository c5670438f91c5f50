import { attribute } from "../core/attribute.ts";
import { parseEach, string, stringList } from "../core/shapes.ts";
import { Invalid } from "../values/invalid.ts";
import { text } from "../values/json.ts";

/* Images that come from a file of the client instead of a registry. */

/** What the engine takes beside an import (Engine API, "Create an image": `changes`). */
const INSTRUCTIONS = [
  ...["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD"],
  ...["STOPSIGNAL", "USER", "VOLUME", "WORKDIR"],
];

/** On an imported image: the digest of what it was made of, since its id tells the time as well. */
export const ROOTFS_LABEL = "stackwright.rootfs";

export const supply = {
  archive: attribute<string>({
    description:
      "A file with the image, as `docker save` or an OCI layout has it (tar or tar.gz), that is loaded instead of a pull; the image gets the name `source`.",
    schema: string,
    examples: ["./images/app.tar"],
    absent: { is: "value", value: "" },
    parse: (authored, { path }) => path(text(authored)),
  }),
  rootfs: attribute<string>({
    description:
      "A tar of a file system that is imported as the image `source`, again whenever the file or `changes` differ.",
    schema: string,
    examples: ["./rootfs.tar"],
    absent: { is: "value", value: "" },
    parse: (authored, { path }) => path(text(authored)),
  }),
  changes: attribute<readonly string[]>({
    description: "The config of a `rootfs` image, as instructions of a Dockerfile.",
    schema: stringList,
    examples: [['CMD ["/app", "serve"]', "ENV LANG=C.UTF-8", "USER app"]],
    absent: { is: "value", value: [] },
    parse: (authored) => parseEach(authored, (item) => instruction(text(item))),
  }),
};

function instruction(line: string): string {
  const [word = ""] = line.trim().split(/\s/);
  const known = INSTRUCTIONS.includes(word.toUpperCase());
  if (known && !/[\r\n]/.test(line) && line.trim() !== word) return line.trim();
  throw new Invalid(`\`${line}\` is no instruction that an import takes`, {
    hint: `one line that begins with ${INSTRUCTIONS.join(", ")}`,
  });
}
