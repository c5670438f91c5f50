import type { Catalogue } from "../../../attributes/core/attribute.ts";
import { refused } from "../../../attributes/core/unsupported.ts";
import { member } from "../../../attributes/values/json.ts";
import { DEPLOYED } from "../../../language/compose/deploy.ts";
import { suggestion } from "../../../language/source/suggestions.ts";
import { attributeText, kindText } from "../../../render/text/explain.ts";
import type { Run } from "../../framework/command.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";

export const run: Run = async ({ positional }, host) => {
  const catalogue = await host.parts.catalogue();
  const { kind, name } = find(positional ?? "", catalogue);
  const attributes = catalogue[kind] ?? {};
  const attribute = name === undefined ? undefined : attributes[name];
  const { paintOut } = host;
  host.out(
    attribute && name !== undefined
      ? attributeText(kind, name, attribute, paintOut)
      : kindText(kind, attributes, paintOut),
  );
  return EXIT.done;
};

/**
 * `container`, `container.mem_limit`, `container.web.mem_limit`, `mem_limit`; what follows the
 * attribute (`container.environment.LANG`) is a key in it.
 */
export function find(
  asked: string,
  catalogue: Readonly<Record<string, Catalogue>>,
): { kind: string; name?: string } {
  const [first = "", second, third] = asked.split(".");
  const kinds = Object.keys(catalogue);
  const kind = [first, first.replace(/s$/, "")].find((word) => Object.hasOwn(catalogue, word));
  if (kind === undefined) {
    const home = kinds.find((one) => Object.hasOwn(catalogue[one] ?? {}, first));
    if (home !== undefined) return { kind: home, name: first };
    refuse(first);
    const names = kinds.flatMap((one) => Object.keys(catalogue[one] ?? {}));
    const hint = suggestion(first, [...kinds, ...names]) ?? `Kinds: ${kinds.join(", ")}.`;
    const message =
      asked === "" ? "an attribute is missing" : `nothing is named ${JSON.stringify(first)}`;
    throw new CliError("not-found", message, asked === "" ? `Kinds: ${kinds.join(", ")}.` : hint);
  }
  if (second === undefined) return { kind };
  const attributes = catalogue[kind] ?? {};
  const name = [second, third].find(
    (word) => word !== undefined && Object.hasOwn(attributes, word),
  );
  if (name !== undefined) return { kind, name };
  const wanted = third ?? second;
  if (kind === "container") refuse(wanted);
  throw new CliError(
    "not-found",
    `a ${kind} has no attribute ${JSON.stringify(wanted)}`,
    suggestion(wanted, Object.keys(attributes)) ?? `All of them: stack explain ${kind}`,
  );
}

/** Words of Compose that are no attributes here. @throws Stop */
function refuse(word: string): void {
  if (word === "deploy")
    throw new CliError(
      "not-found",
      "`deploy` is taken as what a container has other words for",
      `Those are ${DEPLOYED.join(", ")}.`,
    );
  const instead = member(refused, word);
  if (instead) throw new CliError("not-found", `a container does not take \`${word}\``, instead);
  const section = word === "services" || word === "version" || word === "include";
  if (section)
    throw new CliError("not-found", `\`${word}\` is no part of a stack file`, SECTIONS[word]);
}

const SECTIONS: Readonly<Record<string, string>> = {
  services: "Containers stand under `containers:`.",
  version: "Leave it out.",
  include: "Name several files: -f a.yaml -f b.yaml.",
};
