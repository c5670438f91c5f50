import type { Build, Builder } from "../build.ts";
import { described, object, optional, text, texts, typed } from "./fields.ts";
import { operation } from "./operation.ts";

/** As the engine shortens ids: `sha256:` and 12 of 64 digits. */
const shortId = (digest: string): string => digest.slice("sha256:".length).slice(0, 12);

const subject = ({ image }: { readonly image: string }): string =>
  image.startsWith("sha256:") ? `image ${shortId(image)}` : image;

const image = described("The reference, or the id.", text);
const platform = optional(described("`os/architecture/variant`.", text));
const file = described("An absolute path on the client.", text);

export const imageOperations = {
  "image.pull": operation({
    summary: "Pulls an image from its registry.",
    fields: {
      image,
      platform,
      digest: optional(described("The content that the lock file pins the tag to.", text)),
      mirrors: optional(described("Registries that are tried before the image's own.", texts)),
    },
    subject,
    verbs: ["pull", "pulling", "pulled"],
    details: ({ digest }, format) => (digest ? ` at ${format.text(shortId(digest))}` : ""),
    interruptible: true,
  }),
  "image.build": operation({
    summary: "Builds an image from a Dockerfile.",
    fields: {
      image,
      by: typed<Builder>({ enum: ["buildkit", "classic"] }),
      build: described(
        "As in the stack file; secrets are names alone.",
        typed<Build>({ type: "object" }),
      ),
      bases: described("References of the images that it starts from.", texts),
      record: described(
        "What it is built from; with the ids of its bases, the image's label.",
        object,
      ),
    },
    subject,
    verbs: ["build", "building", "built"],
    interruptible: true,
  }),
  "image.load": operation({
    summary: "Loads an image from an archive.",
    fields: {
      image,
      file,
      platform,
      ids: described("Digests of the archive's content when the plan was made.", texts),
    },
    subject,
    verbs: ["load", "loading", "loaded"],
    details: ({ file }, format) => ` from ${format.text(file)}`,
    interruptible: true,
  }),
  "image.import": operation({
    summary: "Makes an image of a root file system.",
    fields: {
      image,
      file,
      platform,
      changes: described("Instructions of a Dockerfile.", texts),
      digest: described("Of the file and the instructions when the plan was made.", text),
    },
    subject,
    verbs: ["import", "importing", "imported"],
    details: ({ file }, format) => ` from ${format.text(file)}`,
    interruptible: true,
  }),
  "image.tag": operation({
    summary: "Gives an image another name.",
    fields: { image, to: text },
    subject,
    verbs: ["tag", "tagging", "tagged"],
    details: ({ to }, format) => ` as ${format.text(to)}`,
  }),
  "image.push": operation({
    summary: "Pushes an image to its registry.",
    fields: { image },
    subject,
    // An image has several names, and each has its push: the name is said in all three.
    phrase: (_step, subject) => ({
      plan: `push ${subject}`,
      running: `pushing ${subject}`,
      done: `pushed ${subject}`,
    }),
    interruptible: true,
  }),
} as const;
