import type { Attribute, Catalogue } from "../../attributes/core/attribute.ts";
import { takesSensitive } from "../../attributes/secrets/sensitive.ts";
import type { Json } from "../../model/json.ts";
import { forms, silence } from "./explain.ts";

const ABOUT: Readonly<Record<string, string>> = {
  container: "Entries of `containers:`.",
  plugin:
    "Entries of `plugins:`, the managed plugins of the engine; each needs a `source`, or is external.",
  network: "Entries of `networks:`.",
  volume: "Entries of `volumes:`.",
  image: "Entries of `images:`.",
  config: "Entries of `configs:`; each needs one of these.",
};

/** The language's reference in Markdown, all of it read from the catalogue. */
export function referenceText(
  catalogue: Readonly<Record<string, Catalogue>>,
  refused: Readonly<Record<string, string>>,
): string {
  const kinds = Object.entries(catalogue).flatMap(([kind, attributes]) => [
    `## ${kind}`,
    ABOUT[kind] ?? "",
    table(
      ["Attribute", "Meaning", "Forms", "When absent", "When changed", "API"],
      Object.entries(attributes).map(([name, attribute]) => row(name, attribute)),
    ),
  ]);
  return `${[...HEAD, ...kinds, ...refusals(refused)].join("\n\n")}\n`;
}

const HEAD = [
  "# Reference",
  "<!-- Generated from the catalogue by `npm run generate`: edit src/attributes. -->",
  "Every attribute, as `stack explain KIND.ATTRIBUTE` tells it one by one. *When absent* is what silence means: a line that is not there asks for just that, unless the engine decides. *When changed* says whether a running object keeps running; what is only sometimes possible in place (an engine ignores some zero values) replaces the object otherwise, and the plan says which; a dash stands for what has no place on the engine. *API* is the first version of the engine's API that knows the attribute, where 1.41 does not.",
];

function row(name: string, attribute: Attribute): readonly string[] {
  const { description: about, schema, docker, examples } = attribute;
  const example = examples[0] === undefined ? "" : ` Such as ${code(examples[0])}.`;
  return [
    `\`${name}\``,
    `${about}${example}${takesSensitive(attribute) ? " Takes sensitive variables." : ""}`,
    forms(schema).join(", or "),
    silence(attribute),
    docker ? (docker.update ? "in place" : "replaced") : "—",
    docker?.since ?? "",
  ];
}

const code = (value: Json): string => `\`${JSON.stringify(value)}\``;

function refusals(refused: Readonly<Record<string, string>>): readonly string[] {
  const rows = Object.entries(refused).map(([name, instead]) => [`\`${name}\``, instead]);
  return [
    "## Refused",
    "Attributes of the Compose Specification that a container does not take, and what to write instead.",
    table(["Attribute", "Instead"], rows),
  ];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("\n");
}
