import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, Invalid, type Scope } from "../attribute.ts";
import { isMap, number, record, text } from "../compare.ts";
import { tokensIn } from "../sensitive.ts";
import { object, parseEach, string, undeclared } from "../shapes.ts";
import { cleanPath } from "./program.ts";

/** Files by their path inside the container. */
type Files = Readonly<Record<string, JsonObject>>;

const READ_BACK = "read back from the container";

function id(value: Json | undefined, field: string): number {
  const number = Number(value ?? 0);
  if (!Number.isInteger(number) || number < 0)
    throw new Invalid(`\`${field}\` must be a numeric id`);
  return number;
}

/** Permission bits: a YAML number is taken as written in octal (0440, "0440", 0o440). */
function mode(value: Json | undefined): number {
  if (value === undefined || value === null) return 0o444;
  const digits = text(value).replace(/^0o?/, "") || "0";
  if (!/^[0-7]{1,4}$/.test(digits))
    throw new Invalid(`\`${text(value)}\` is no file mode`, { hint: 'octal, for example "0440"' });
  return Number.parseInt(digits, 8);
}

function parseGrant(item: Json, scope: Scope): [string, JsonObject] {
  const given = isMap(item) ? item : { source: item };
  const key = text(given.source);
  const content = scope.config(key);
  if (content === undefined) throw undeclared("configs", key, scope);
  const target = text(given.target) || `/${key}`;
  return [
    cleanPath(target.startsWith("/") ? target : `/${target}`),
    { uid: id(given.uid, "uid"), gid: id(given.gid, "gid"), mode: mode(given.mode), content },
  ];
}

export const configs = {
  configs: attribute<Files>({
    about:
      "Files from `configs:`, written into the container before it starts: a list of keys, or maps with source, target, uid, gid, mode. The target is `/<key>` by default.",
    schema: {
      type: "array",
      items: {
        anyOf: [
          string,
          object(
            {
              source: string,
              target: string,
              uid: { type: ["string", "integer"] },
              gid: { type: ["string", "integer"] },
              mode: { type: ["string", "integer"] },
            },
            ["source"],
          ),
        ],
      },
    },
    examples: [
      ["motd"],
      [{ source: "motd", target: "/etc/motd", uid: "1000", gid: "1000", mode: "0440" }],
    ],
    absent: { is: "value", value: {} },
    merge: (item) =>
      isMap(item) ? text(item.target) || `/${text(item.source)}` : `/${text(item)}`,
    sensitive: true,
    parse: (authored, scope) =>
      Object.fromEntries(parseEach(authored, (item) => parseGrant(item, scope))),
    // The engine does not tell which of a container's files were written into it.
    write: () => undefined,
    recorded: (files, digest) =>
      mapFiles(files, (file) => {
        const { content, ...rest } = file;
        const sensitive = tokensIn(content).length > 0;
        return { ...rest, content: sensitive ? READ_BACK : digest(text(content)) };
      }),
    show: (file) => {
      const { uid, gid, mode: bits, content } = record(file);
      return `${number(uid)}:${number(gid)} ${number(bits).toString(8).padStart(4, "0")} ${text(content)}`;
    },
    docker: {
      send: () => ({}),
      files: (files) =>
        Object.entries(files).map(([target, file]) => ({
          target,
          uid: number(file.uid),
          gid: number(file.gid),
          mode: number(file.mode),
          content: text(file.content),
        })),
      // The engine does not tell what is in a file: the label's digest stands for what was written,
      // and a sensitive file, of which no digest is kept, is read back.
      read: (live, want) =>
        mapFiles(record(live.recorded) as Files, (file, target) => {
          const wanted = want?.[target]?.content;
          const same =
            file.content === READ_BACK
              ? live.file(target) === wanted
              : wanted !== undefined && file.content === live.digest(text(wanted));
          return {
            ...file,
            content:
              same && wanted !== undefined ? wanted : `(was ${text(file.content).slice(0, 19)})`,
          };
        }),
    },
  }),
};

function mapFiles(files: Files, change: (file: JsonObject, target: string) => JsonObject): Files {
  return Object.fromEntries(
    Object.entries(files).map(([target, file]) => [target, change(record(file), target)]),
  );
}

/** Paths of a container's sensitive config files, by what its label has recorded. */
export function filesToReadBack(recordedSpec: JsonObject): readonly string[] {
  return Object.entries(record(recordedSpec.configs))
    .filter(([, file]) => record(file).content === READ_BACK)
    .map(([target]) => target);
}
