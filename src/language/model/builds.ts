import { splitOnce } from "../../attributes/core/shapes.ts";
import {
  basesOf,
  directive,
  type Instruction,
  instructions,
  modernPart,
} from "../../attributes/image/dockerfile.ts";
import { BUILD_SECRET, looksSecret, tokensIn } from "../../attributes/secrets/sensitive.ts";
import { imageReference } from "../../attributes/values/image-reference.ts";
import { isMap, list, record, text } from "../../attributes/values/json.ts";
import type { Build, Building } from "../../model/build.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Environment } from "../attributes/environment.ts";
import { keyPlace, type Path, placeOf } from "../yaml/tree.ts";

/**
 * What is written under `build`, with values for the arguments that have none in the file: they
 * come from outside, or are left to the Dockerfile (Compose Build Specification, "args").
 */
export function buildAsked(authored: Json | undefined, { inputs }: Environment): Json | undefined {
  if (!isMap(authored) || authored.args === undefined) return authored;
  const { args } = authored;
  const given = isMap(args)
    ? Object.entries(args).map(([name, value]) => [name, value === null ? undefined : value])
    : list(args).map((item) => splitOnce(text(item), "="));
  const known = given.flatMap(([name, value]) => {
    if (value !== undefined) return [[name, value]];
    inputs.used.add(String(name));
    const outside = inputs.lookup(String(name))?.text;
    return outside === undefined ? [] : [[name, outside]];
  });
  return { ...authored, args: Object.fromEntries(known) as JsonObject };
}

/** The build with what its Dockerfile tells. Reports a Dockerfile that cannot be read. */
export function building(
  value: Json | undefined,
  path: Path,
  { files, report, root }: Environment,
): Building | undefined {
  if (value === undefined) return undefined;
  const asked = record(value) as unknown as Build;
  const { dockerfile, dockerfile_inline: inline, args = {}, target } = asked;
  const at = keyPlace(root, path);
  for (const [arg, given] of Object.entries(args)) {
    const message = `the argument \`${arg}\` stays readable in the image's history`;
    // Its value came from outside: nobody has written it there.
    if (tokensIn(given).length > 0)
      report.error(`${message}, and is sensitive`, keyPlace(root, [...path, "args"]), BUILD_SECRET);
    else if (looksSecret(arg)) report.warn(message, at, BUILD_SECRET);
  }
  const name = dockerfile === undefined ? "dockerfile_inline" : files.shown(dockerfile);
  const before = report.count;
  const bytes = dockerfile === undefined ? undefined : files.bytes(dockerfile, name, at);
  if (dockerfile !== undefined && !bytes) {
    const hint = "`dockerfile` names another, relative to `context`";
    if (report.count === before && hasContext(asked.context, path, { files, report, root }))
      report.error(`no Dockerfile: ${name}`, at, hint);
    return { asked, bases: [] };
  }
  const content = bytes ? new TextDecoder().decode(bytes) : (inline ?? "");
  const all = instructions(content);
  const contexts = Object.keys(asked.additional_contexts ?? {});
  const shown = Object.values(asked.additional_contexts ?? {}).flatMap(
    (from) => /^docker-image:\/\/(.*)$/.exec(from)?.[1] ?? [],
  );
  const named = [...basesOf(all, { args, target, contexts }), ...shown];
  const bases = [...new Set(named)].filter(isReference);
  const modern = modernOf(asked, all, name);
  const syntax = directive(content, "syntax") !== undefined;
  return { asked, bases, ...(modern && { modern }), ...(syntax && { syntax }) };
}

/** Reports a build context that is no folder. */
function hasContext(
  context: string,
  path: Path,
  { files, report, root }: Pick<Environment, "files" | "report" | "root">,
): boolean {
  const found = files.kind(context);
  if (found === "other") return true;
  const fault = found === "file" ? "is a file, and not a folder" : "does not exist";
  const at = placeOf(root, [...path, "context"]);
  const hint = "a folder, relative to the first stack file";
  report.error(`the build context \`${files.shown(context)}\` ${fault}`, at, hint);
  return false;
}

function isReference(name: string): boolean {
  try {
    return imageReference(name) === name;
  } catch {
    return false;
  }
}

function modernOf(asked: Build, all: readonly Instruction[], name: string): string | undefined {
  for (const part of ["secrets", "ssh", "additional_contexts"] as const)
    if (asked[part] !== undefined) return `\`build.${part}\``;
  const part = modernPart(all);
  return part && `${part.what} (${name}:${part.line})`;
}
