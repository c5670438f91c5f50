import type { Origin } from "../../../model/change.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { Attribute, Live, Scope } from "../../core/attribute.ts";
import { must, object, parseEach, string, undeclared, under } from "../../core/shapes.ts";
import { MASK, tokensIn } from "../../secrets/sensitive.ts";
import { bytesOf, isBinary } from "../../values/binary-text.ts";
import { Invalid } from "../../values/invalid.ts";
import { at, equal, isMap, number, record, text } from "../../values/json.ts";
import { fileMode, showMode } from "../../values/units.ts";
import { cleanPath } from "../process/program.ts";

/* What `configs` and `secrets` of a container have in common: files that are written into it. */

/** Files by their path inside the container: uid, gid, mode, content. */
export type Files = Readonly<Record<string, JsonObject>>;

/** Stands in the label for a sensitive content, of which no digest is kept. */
const UNTOLD = "read back from the container";

const grants: JsonObject = {
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
};

/** The largest that an engine knows. */
const LARGEST_ID = 2 ** 31 - 1;

function id(given: JsonObject, field: "uid" | "gid"): number {
  const value = text(given[field] ?? 0);
  if (/^\d+$/.test(value) && Number(value) <= LARGEST_ID) return Number(value);
  throw new Invalid(`\`${field}\` must be a numeric id`, { path: [field] });
}

const modeOf = ({ mode = 0o444 }: JsonObject): number => under("mode", () => fileMode(mode));

/** Where a grant's file goes: a target that is not absolute lies in the folder. */
export function targetOf(item: Json, folder: string): string {
  const given = isMap(item) ? item : { source: item };
  const target = text(given.target) || text(given.source);
  return cleanPath(target.startsWith("/") ? target : `${folder}/${target}`);
}

export function parseGrants(
  authored: Json,
  section: "configs" | "secrets",
  folder: string,
  scope: Scope,
): Files {
  const one = (item: Json): [string, JsonObject] => {
    const given = isMap(item) ? item : { source: item };
    const key = text(given.source);
    const target = targetOf(item, folder);
    const content = section === "configs" ? scope.config(key) : scope.secret(key);
    if (content === undefined) throw undeclared(section, key, scope);
    checkFile(target, folder);
    const owner = { uid: id(given, "uid"), gid: id(given, "gid") };
    return [target, { ...owner, mode: modeOf(given), content }];
  };
  return Object.fromEntries(parseEach(authored, one));
}

/** The longest name that file systems of Linux take, in bytes. */
const LONGEST_NAME = 255;

/** Folders of every Linux system (Filesystem Hierarchy Standard 3.0), which a file would take the place of. */
const FOLDERS = (
  "bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr usr/bin usr/lib usr/lib64 " +
  "usr/local usr/local/bin usr/local/lib usr/sbin usr/share var var/cache var/lib var/lock var/log var/run " +
  "var/spool var/tmp etc/ssl etc/ssl/certs"
)
  .split(" ")
  .map((folder) => `/${folder}`);
/** Files below which nothing can be: an engine makes the first three in each container. */
const FILES = ["hosts", "hostname", "resolv.conf", "passwd", "group", "shadow"].map(
  (file) => `/etc/${file}`,
);

function checkFile(target: string, folder: string): void {
  const above = FILES.find((file) => target.startsWith(`${file}/`));
  must(above === undefined, `${above} is a file, and no folder`, { path: ["target"] });
  must(
    target !== "/" &&
      target !== folder &&
      !folder.startsWith(`${target}/`) &&
      !FOLDERS.includes(target),
    `${target} is a folder`,
    {
      hint: "name a file in it",
      path: ["target"],
    },
  );
  const name = target
    .split("/")
    .find((each) => new TextEncoder().encode(each).length > LONGEST_NAME);
  must(name === undefined, `\`${name}\` is longer than a file's name can be`, { path: ["target"] });
}

/** Everything of an attribute that writes files, but for its words and its parser. */
export const filesAttribute = {
  schema: grants,
  absent: { is: "value", value: {} },
  // The contents are; what is written here are names.
  sensitive: () => false,
  // The engine does not tell which of a container's files were written into it.
  write: () => undefined,
  recorded: (files, digest) =>
    mapFiles(files, (file) => {
      const { content, ...rest } = file;
      const sensitive = tokensIn(content).length > 0;
      return { ...rest, content: sensitive ? UNTOLD : digest(text(content)) };
    }),
  show: (file) => {
    const content = text(record(file).content);
    return `${ownerAndMode(file)} ${isBinary(content) ? `(binary, ${bytesOf(content).length} bytes)` : content}`;
  },
  masked: (file, before) => {
    const changed = before !== undefined && record(before).content !== record(file).content;
    return `${ownerAndMode(file)} ${changed ? MASK.replace(")", "; content changed)") : MASK}`;
  },
  docker: {
    toEngine: () => ({}),
    files: (files) =>
      Object.entries(files).map(([target, file]) => ({
        target,
        uid: number(file.uid),
        gid: number(file.gid),
        mode: number(file.mode),
        content: text(file.content),
      })),
    fromEngine: (live, want) => {
      const recorded = Object.entries(record(live.recorded) as Files);
      return Object.fromEntries(
        recorded.flatMap(([target, then]) => {
          const file = present(target, then, text(want?.[target]?.content), live);
          return file ? [[target, file]] : [];
        }),
      );
    },
    origin: changedBy,
  },
} satisfies Pick<
  Attribute<Files>,
  "schema" | "absent" | "sensitive" | "write" | "recorded" | "show" | "masked" | "docker"
>;

function ownerAndMode(file: Json): string {
  const { uid, gid, mode: bits } = record(file);
  return `${number(uid)}:${number(gid)} ${showMode(number(bits))}`;
}

function mapFiles(files: Files, change: (file: JsonObject) => JsonObject): Files {
  return Object.fromEntries(
    Object.entries(files).map(([target, file]) => [target, change(record(file))]),
  );
}

/**
 * The file as it is in the container; `undefined`: it is not there. Another content than the wanted
 * one is told only where it is the plain text that we wrote: what a container wrote may be secret.
 */
function present(
  target: string,
  then: JsonObject,
  wanted: string,
  live: Live,
): JsonObject | undefined {
  const file = live.file(target);
  if (file === undefined) return { ...then, content: "(not read)" };
  if (file === null) {
    // What a container that was never started lacks is written before its start.
    const asMade = then.content === UNTOLD || then.content === live.digest(wanted);
    const started = at(live.json, "State", "Status") !== "created";
    return started ? undefined : { ...then, content: asMade ? wanted : "(another value)" };
  }
  const { uid, gid, mode: bits } = file;
  const ours = then.content !== UNTOLD && live.digest(file.content) === then.content;
  const other = ours ? file.content : then.content === UNTOLD ? "(another value)" : "(not as made)";
  return { uid, gid, mode: bits, content: file.content === wanted ? wanted : other };
}

/**
 * A file of ours carries the epoch as its time of change, so that it tells a write in the container
 * from a new value in the file, without any trace of the value.
 */
function changedBy(live: Live, target: string, now: Json | undefined): Origin | undefined {
  const then = record(live.recorded)[target];
  if (then === undefined || now === undefined) return "file";
  const file = live.file(target);
  if (file === undefined) return undefined;
  const { uid, gid, mode: bits, content } = record(then);
  const touched =
    file === null ||
    file.touched ||
    !equal([uid ?? null, gid ?? null, bits ?? null], [file.uid, file.gid, file.mode]) ||
    (content !== UNTOLD && live.digest(file.content) !== content);
  if (!touched) return "file";
  return equal(then, now) ? "engine" : "unknown";
}

/**
 * Paths of the files that a container was given, by its label. What has no digest there can be
 * compared only by who has the values.
 */
export function filesToReadBack(recordedSpec: JsonObject, withValues: boolean): readonly string[] {
  const all = { ...record(recordedSpec.configs), ...record(recordedSpec.secrets) };
  return Object.entries(all)
    .filter(([, file]) => withValues || record(file).content !== UNTOLD)
    .map(([target]) => target);
}
