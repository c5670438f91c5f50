import { attribute } from "../core/attribute.ts";
import { parseText } from "../core/shapes.ts";

/** The same for an image and for what runs it. */
export const platform = attribute<string>({
  description: "Platform of the image, `os/architecture[/variant]`.",
  schema: { type: "string", pattern: "^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$" },
  examples: ["linux/amd64"],
  absent: { is: "engine" },
  parse: parseText,
  // A create query parameter; a platform that changes shows as an image that changes.
});
