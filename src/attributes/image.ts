import { attribute } from "./attribute.ts";
import { text } from "./compare.ts";
import { identity } from "./container/identity.ts";
import { imageReference } from "./reference.ts";
import { oneOf, string } from "./shapes.ts";

export const image = {
  source: attribute<string>({
    about: "The reference to pull: repository[:tag][@digest].",
    schema: string,
    examples: ["busybox:1.36"],
    absent: { is: "value", value: "" },
    parse: (authored) => imageReference(text(authored)),
  }),
  pull: attribute<string>({
    about: "When to pull: `missing` (the default), `always`, or `never`.",
    schema: oneOf("missing", "always", "never"),
    examples: ["missing"],
    absent: { is: "value", value: "missing" },
    parse: text,
  }),
  platform: identity.platform,
};
