import { attribute } from "../core/attribute.ts";
import { boolean, parseEach, parseFlag, stringList } from "../core/shapes.ts";
import { imageReference, splitReference } from "../values/image-reference.ts";
import { Invalid } from "../values/invalid.ts";
import { asSet, text } from "../values/json.ts";

/* Further names of an image, and its way into registries. */

export const publish = {
  tags: attribute<readonly string[]>({
    description:
      "Further names that the image gets, whenever it is another than what they stand for.",
    schema: stringList,
    examples: [["registry.example.com/app:1.4", "registry.example.com/app:latest"]],
    absent: { is: "value", value: [] },
    parse: (authored) => asSet(parseEach(authored, (item) => tag(text(item)))),
  }),
  push: attribute<boolean>({
    description:
      "Push it whenever its registry has other content: an image that is made here under `source` and `tags`, one that is pulled under `tags`.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
  }),
};

function tag(source: string): string {
  const reference = imageReference(source);
  if (splitReference(reference).digest === undefined) return reference;
  throw new Invalid(`\`${source}\` is a digest, which cannot be given`, { hint: "name a tag" });
}
