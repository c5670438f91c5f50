import { attribute } from "../core/attribute.ts";
import { parseEach, string, stringList } from "../core/shapes.ts";
import { imageReference, mirrorHost } from "../values/image-reference.ts";
import { text } from "../values/json.ts";
import { supply } from "./archive.ts";
import { build } from "./build.ts";
import { platform } from "./platform.ts";
import { parsePullPolicy, pullPolicy } from "./pull-policy.ts";
import { publish } from "./push.ts";

export const image = {
  source: attribute<string>({
    description:
      "The reference to pull, repository[:tag][@digest], or the name of what is built, `<stack>-<key>` where none is given.",
    schema: string,
    examples: ["busybox:1.36"],
    emptyCounts: true,
    absent: { is: "value", value: "" },
    parse: (authored) => imageReference(text(authored)),
  }),
  pull: attribute<string>({
    description:
      "When to pull: `missing` (the default); `never`; `always`, whenever the registry has newer content; `daily`, `weekly` or `every_<duration>`, the same, but the registry is asked only once the image was last pulled or tagged that long ago. What has `build` is never pulled (`build`).",
    schema: pullPolicy,
    examples: ["missing", "daily", "every_12h"],
    absent: { is: "value", value: "missing" },
    parse: parsePullPolicy,
  }),
  mirrors: attribute<readonly string[]>({
    description:
      "Registries with the same content, `host[:port][/prefix]`, tried in order before the image's own; the image keeps its name.",
    schema: stringList,
    examples: [["mirror.example.com", "cache.example.com:5000/hub"]],
    absent: { is: "value", value: [] },
    parse: (authored) => parseEach(authored, (item) => mirrorHost(text(item))),
  }),
  ...supply,
  ...publish,
  platform,
  build,
};
