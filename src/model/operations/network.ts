import { described, object, ref, text } from "./fields.ts";
import { operation } from "./operation.ts";

const body = described("Body of the engine's create call.", object);

export const networkOperations = {
  "network.create": operation({
    summary: "Creates a network.",
    fields: { name: text, body },
    subject: ({ name }) => name,
    verbs: ["create network", "creating", "created"],
  }),
  "network.remove": operation({
    summary: "Removes a network.",
    fields: { network: ref },
    subject: ({ network }) => network.name,
    verbs: ["remove network", "removing", "removed"],
  }),
  "network.connect": operation({
    summary: "Connects a container to a network.",
    fields: {
      container: ref,
      network: ref,
      endpoint: described("The complete endpoint: aliases, addresses, driver options.", object),
    },
    subject: ({ container }) => container.name,
    verbs: ["connect", "connecting", "connected"],
    details: ({ network }, format) => ` to ${format.text(network.name)}`,
  }),
  "network.disconnect": operation({
    summary: "Disconnects a container from a network.",
    fields: { container: ref, network: ref },
    subject: ({ container }) => container.name,
    verbs: ["disconnect", "disconnecting", "disconnected"],
    details: ({ network }, format) => ` from ${format.text(network.name)}`,
  }),
} as const;
