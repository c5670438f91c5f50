import { parse, YAMLParseError } from "yaml";
import { list, record, text } from "../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { FileError } from "../../system/file-errors.ts";
import type { CliHost } from "../host/host.ts";

/** Compose's label of the files that a container was made from, with commas between. */
const FILES = "com.docker.compose.project.config_files";
const SERVICE = "com.docker.compose.service";

/** What a service says that no engine keeps; a path in it each. */
const UNKEPT: readonly (readonly string[])[] = [
  ...[["build"], ["env_file"], ["label_file"], ["extends"], ["profiles"], ["develop"]],
  ...[["post_start"], ["pre_stop"], ["configs"], ["secrets"], ["pull_policy"]],
  ...[["deploy", "update_config"], ["deploy", "rollback_config"], ["provider"], ["models"]],
];

/**
 * What the files of a Compose project say that no engine keeps, a sentence each: an import has to be
 * completed by it. `labels`: those of each container that is imported.
 */
export function unkept(labels: readonly JsonObject[], host: CliHost): readonly string[] {
  const paths = new Set(labels.flatMap((all) => text(all[FILES]).split(",")).filter(Boolean));
  const services = new Set(labels.map((all) => text(all[SERVICE])).filter(Boolean));
  return [...paths].flatMap((path) => {
    const source = sourceOf(path, host);
    if (source === undefined)
      return [
        `${path}, which the project was made from, cannot be read here: what it says and no engine keeps is missing, such as \`build\`, \`env_file\`, variables, hooks and \`update_config\``,
      ];
    return [...lost(path, source.document, services), ...variables(path, source.text)];
  });
}

/** `undefined`: there is no such file here, or it is no YAML. */
function sourceOf(path: string, host: CliHost) {
  try {
    const bytes = host.read(path);
    if (!bytes) return undefined;
    const text = new TextDecoder().decode(bytes);
    return { text, document: parse(text, { logLevel: "error" }) as Json };
  } catch (error) {
    if (error instanceof FileError || error instanceof YAMLParseError) return undefined;
    throw error;
  }
}

function lost(path: string, document: Json, imported: ReadonlySet<string>): readonly string[] {
  const all = Object.entries(record(record(document).services));
  return all.flatMap(([service, asked]) => {
    if (!imported.has(service)) return [];
    const found = UNKEPT.filter((steps) => {
      const value = steps.reduce<Json | undefined>((part, step) => record(part)[step], asked);
      return (
        value !== undefined && value !== null && !(Array.isArray(value) && list(value).length === 0)
      );
    }).map((steps) => `\`${steps.join(".")}\``);
    return found.length > 0
      ? [
          `container.${service}: ${path} says ${found.join(", ")}, which no engine keeps: add it again`,
        ]
      : [];
  });
}

/** References to variables, but not `$$`; each is named once. */
function variables(path: string, source: string): readonly string[] {
  const text = source.replace(/(^|\s)#.*$/gm, "");
  const names = [...text.matchAll(/(?<!\$)(?:\$\$)*\$\{?([A-Za-z_]\w*)/g)].map(
    ([, name]) => name ?? "",
  );
  const each = [...new Set(names)];
  if (each.length === 0) return [];
  const shown = each
    .slice(0, 8)
    .map((name) => `\${${name}}`)
    .join(", ");
  const more = each.length > 8 ? `, and ${each.length - 8} more` : "";
  return [
    `${path} takes values from variables, which are written as they are now: ${shown}${more}`,
  ];
}
