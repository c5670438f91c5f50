import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute, type Codec } from "../../core/attribute.ts";
import { config, flag, hostConfig, imageConfig, plainText } from "../../core/codecs.ts";
import {
  boolean,
  durationText,
  must,
  nearest,
  parseFlag,
  string,
  stringOrList,
  words,
} from "../../core/shapes.ts";
import { at, list, number, text, texts } from "../../values/json.ts";
import { duration, showDuration } from "../../values/units.ts";

type Words = readonly string[];
const asked = (value: Json | undefined): Words | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;
const parseWords = (authored: Json): Words =>
  Array.isArray(authored) ? authored.map(String) : words(String(authored));

// Entrypoint and Cmd merge with the image's together: a Cmd comes from the image only while no
// entrypoint is asked (engine's merge of the create body with the image's config).
const command: Codec<Words> = {
  ...config<Words>("Cmd", { from: texts }),
  merged: (want, image: JsonObject, spec) => {
    if (want && want.length > 0) return want;
    return asked(spec.entrypoint)?.length ? [] : texts(at(image, "Config", "Cmd"));
  },
};
const entrypoint: Codec<Words> = {
  ...config<Words>("Entrypoint", { from: texts }),
  // [""] takes the image's away; the engine then says that there is none.
  fromEngine: (live, want) => {
    const have = texts(at(live.json, "Config", "Entrypoint"));
    return have.length === 0 && want?.length === 1 && want[0] === "" ? want : have;
  },
  merged: (want, image: JsonObject) => want ?? texts(at(image, "Config", "Entrypoint")),
};

const LARGEST_ID = 2 ** 31 - 1;

/** A user's or group's name or id; whether the image has the name is the engine's to say. */
export function parseUserOrGroup(given: string, kind: "user" | "group"): string {
  const fits = /^\d+$/.test(given) ? Number(given) <= LARGEST_ID : /^\w[\w.-]*\$?$/.test(given);
  must(fits, `\`${given}\` is no ${kind}`, { hint: "a name, or a number up to 2147483647" });
  return given;
}

/** `user`, `user:group`; either may be left out. Throws `Invalid`. */
export function parseUser(authored: Json): string {
  const [user = "", group = "", ...more] = text(authored).split(":");
  must(more.length === 0, `\`${text(authored)}\` is no user`, { hint: "USER or USER:GROUP" });
  if (user !== "") parseUserOrGroup(user, "user");
  if (group !== "") parseUserOrGroup(group, "group");
  return text(authored);
}

/** An absolute path inside the container; no text is silence. Throws `Invalid`. */
export function parseFolder(authored: Json): string {
  const folder = text(authored);
  must(folder === "" || folder.startsWith("/"), `\`${folder}\` is not an absolute path`, {
    hint: "it is a path inside the container, for example /app",
  });
  return cleanPath(folder);
}

/** signal(7), without the real-time ones. */
const SIGNALS: readonly string[] = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS " +
  "TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
).split(" ");

function parseSignal(authored: Json): string {
  const given = text(authored);
  const name = given.toUpperCase().replace(/^SIG/, "");
  const [, real = ""] = /^RT(?:MIN\+|MAX-)(\d+)$/.exec(name) ?? [];
  const number = /^\d+$/.test(given) && Number(given) >= 1 && Number(given) <= 64;
  const known =
    SIGNALS.includes(name) ||
    (/^[1-9]\d?$/.test(real) && Number(real) <= (name.startsWith("RTMIN") ? 15 : 14));
  const near = nearest(name, SIGNALS);
  must(given === "" || number || known, `\`${given}\` is no signal`, {
    hint: near ? `did you mean SIG${near}?` : "for example SIGINT",
  });
  return given;
}

/** Nothing is the image's, as in Compose. */
const wordsOrNull: JsonObject = { anyOf: [stringOrList, { type: "null" }] };

export const program = {
  command: attribute<Words>({
    description: "The command, instead of the image's; text is split into words as a shell does.",
    schema: wordsOrNull,
    examples: [["sleep", "3600"], "sh -c 'sleep 3600'"],
    emptyCounts: true,
    absent: { is: "image" },
    merge: "replace",
    sensitive: true,
    parse: parseWords,
    docker: command,
  }),

  entrypoint: attribute<Words>({
    description: "The entrypoint, instead of the image's; the image's command is then not used.",
    schema: wordsOrNull,
    examples: [["/bin/sleep", "3600"], "sleep 7200"],
    emptyCounts: true,
    absent: { is: "image" },
    merge: "replace",
    sensitive: true,
    parse: parseWords,
    docker: entrypoint,
  }),

  user: attribute<string>({
    description: "User name or id, optionally with a group: `1000:1000`.",
    schema: { type: ["string", "integer"] },
    examples: ["1000:1000", "0"],
    absent: { is: "image" },
    parse: parseUser,
    docker: imageConfig("User", plainText),
  }),

  working_dir: attribute<string>({
    description: "Working directory inside the container.",
    schema: string,
    examples: ["/tmp", "/var/"],
    absent: { is: "image" },
    parse: parseFolder,
    docker: imageConfig("WorkingDir", { from: (json) => cleanPath(String(json ?? "")) }),
  }),

  stop_signal: attribute<string>({
    description: "The signal that asks the container to stop.",
    schema: { type: ["string", "integer"] },
    examples: ["SIGINT", "SIGQUIT"],
    absent: { is: "image" },
    parse: parseSignal,
    docker: imageConfig("StopSignal", plainText),
  }),

  stop_grace_period: attribute<number>({
    description: "How long the container may take to stop before it is killed; 10s by default.",
    schema: durationText,
    examples: ["3s", "1m30s"],
    emptyCounts: true,
    absent: { is: "value", value: 10 },
    parse: (authored) => Math.ceil(duration(authored) / 1e9),
    write: (seconds) => showDuration(seconds * 1e9),
    show: (seconds) => `${number(seconds)}s`,
    docker: config("StopTimeout", {
      from: (json) => (json === undefined || json === null ? 10 : number(json)),
    }),
  }),

  init: attribute<boolean>({
    description: "Run an init process as the first one, which reaps zombies and passes signals on.",
    schema: boolean,
    examples: [true, false],
    absent: { is: "engine", usual: () => false },
    parse: parseFlag,
    docker: hostConfig("Init", flag),
  }),

  tty: attribute<boolean>({
    description: "Give the container a terminal.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: config("Tty", flag),
  }),

  stdin_open: attribute<boolean>({
    description: "Keep the container's standard input open.",
    schema: boolean,
    examples: [true],
    absent: { is: "value", value: false },
    parse: parseFlag,
    docker: config("OpenStdin", flag),
  }),
};

/** As the engine cleans paths: no trailing slash, no empty, `.` or `..` parts. */
export function cleanPath(path: string): string {
  if (!path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The environment as the engine lists it; of one key's several values the last holds. */
export function environmentOf(json: Json | undefined): Readonly<Record<string, string>> {
  const entries = list(json).flatMap((entry): [string, string][] => {
    const line = String(entry);
    const index = line.indexOf("=");
    return index > 0 ? [[line.slice(0, index), line.slice(index + 1)]] : [];
  });
  return Object.fromEntries(entries);
}
