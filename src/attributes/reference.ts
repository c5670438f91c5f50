import { Invalid } from "./attribute.ts";

const REFERENCE =
  /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** An image reference: repository[:tag][@digest] (distribution's reference grammar). Throws `Invalid`. */
export function imageReference(source: string): string {
  if (REFERENCE.test(source)) return source;
  throw new Invalid(`\`${source}\` is no image reference`, {
    hint: "write repository[:tag][@digest], the repository in lower case",
  });
}
