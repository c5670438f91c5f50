import { profileOf, withProfile } from "../../attributes/container/process/security-opt.ts";
import { Invalid } from "../../attributes/values/invalid.ts";
import { text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { placeOf } from "../yaml/tree.ts";
import { hasUnresolved } from "./canonicalize.ts";
import type { Environment } from "./environment.ts";

/**
 * A container's `security_opt` with the contents of the seccomp profiles that it names, which the client reads as
 * docker's does, from the folder of the first stack file. `undefined`: there is no such list, or a report.
 */
export function profilesFor(
  key: string,
  { security_opt: authored }: JsonObject,
  { files, report, root }: Environment,
): readonly Json[] | undefined {
  if (!Array.isArray(authored)) return undefined;
  if (hasUnresolved(root, ["containers", key, "security_opt"])) return undefined;
  const before = report.count;
  const options = authored.map((item: Json, index) => {
    const name = profileOf(text(item));
    if (name === undefined) return item;
    const at = placeOf(root, ["containers", key, "security_opt", index]);
    const count = report.count;
    const bytes = files.bytes(files.fromBase(name), name, at);
    if (!bytes && report.count === count) report.error(`no seccomp profile: ${name}`, at);
    try {
      return bytes ? withProfile(new TextDecoder().decode(bytes)) : item;
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      report.error(`${error.message}: ${name}`, at);
      return item;
    }
  });
  return report.count === before ? options : undefined;
}
