import { described, object, ref, text } from "./fields.ts";
import { operation } from "./operation.ts";

export const volumeOperations = {
  "volume.create": operation({
    summary: "Creates a volume.",
    fields: { name: text, body: described("Body of the engine's create call.", object) },
    subject: ({ name }) => name,
    verbs: ["create volume", "creating", "created"],
  }),
  "volume.remove": operation({
    summary: "Removes a volume with its data.",
    fields: { volume: ref },
    subject: ({ volume }) => volume.name,
    verbs: ["remove volume", "removing", "removed"],
  }),
} as const;
