import type { Json, JsonObject } from "../../../model/json.ts";
import { attribute, type Live } from "../../core/attribute.ts";
import { must, nearest, parseEach, splitOnce, stringList } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { asSet, at, canonical, isMap, list, text, texts } from "../../values/json.ts";
import { checkProfile } from "./seccomp.ts";

/** What each option may say; `undefined`: whatever the engine's machine knows. */
const OPTIONS: Readonly<Record<string, RegExp | undefined>> = {
  apparmor: undefined,
  label: /^(disable|nested|(user|role|type|level|filetype):.+)$/,
  "no-new-privileges": /^(true|false)$/,
  seccomp: undefined,
  systempaths: /^unconfined$/,
  "writable-cgroups": /^(true|false)$/,
};
/** The client's word for empty `MaskedPaths` and `ReadonlyPaths`; no engine knows it. */
const SYSTEM_PATHS = "systempaths=unconfined";
const SECCOMP = "seccomp=";
/** Of a profile, so much is shown. */
const SHOWN = 72;

/** `label:disable` and `label=disable` are one; `no-new-privileges` needs no `:true`, and takes Go's other words. */
function plain(option: string): string {
  return option
    .replace(/^([\w-]+):/, "$1=")
    .replace(/^(no-new-privileges|writable-cgroups)=(1|t|T|TRUE|True)$/, "$1=true")
    .replace(/^(no-new-privileges|writable-cgroups)=(0|f|F|FALSE|False)$/, "$1=false")
    .replace(/^no-new-privileges=true$/, "no-new-privileges");
}

/** The path of a profile that the client reads (docker's `--security-opt`); `undefined`: the option names none. */
export function profileOf(option: string): string | undefined {
  const given = plain(option).startsWith(SECCOMP) ? plain(option).slice(SECCOMP.length) : "";
  return ["", "unconfined", "builtin"].includes(given) || given.startsWith("{") ? undefined : given;
}

/** The option with a profile in the place of its path. Throws `Invalid` for what is no profile. */
export function withProfile(profile: string): string {
  return SECCOMP + profileText(profile, checkProfile);
}

/** One text for what means the same. */
function profileText(source: string, check: (profile: JsonObject) => void = () => {}): string {
  try {
    const profile: Json = JSON.parse(source);
    if (isMap(profile)) {
      check(profile);
      return canonical(profile);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Invalid("the seccomp profile is no JSON object");
}

function parseOption(item: Json): string {
  const option = plain(text(item));
  const [name, value] = splitOnce(option, "=");
  if (name === "credspec")
    throw new Invalid("`credspec` is for Windows alone", { hint: "leave it out" });
  if (!Object.hasOwn(OPTIONS, name)) {
    const near = nearest(name, Object.keys(OPTIONS));
    const hint = near ? `did you mean \`${near}\`?` : `one of ${Object.keys(OPTIONS).join(", ")}`;
    throw new Invalid(`\`${text(item)}\` is no security option`, { hint });
  }
  if (option === "no-new-privileges") return option;
  const fits = value !== undefined && value !== "" && (OPTIONS[name]?.test(value) ?? true);
  must(fits, `\`${text(item)}\` is no security option`, {
    hint: `\`${name}\` takes another value`,
  });
  return value?.startsWith("{") && name === "seccomp" ? withProfile(value) : option;
}

const ownPaths = (json: JsonObject, name: string): boolean => {
  const paths = at(json, "HostConfig", name);
  return !Array.isArray(paths) || paths.length > 0;
};

function read({ json, recorded }: Live, want: readonly string[] | undefined): readonly string[] {
  const wanted = new Set([...(want ?? []), ...texts(recorded)]);
  const privileged = at(json, "HostConfig", "Privileged") === true;
  const bare = !ownPaths(json, "MaskedPaths") && !ownPaths(json, "ReadonlyPaths");
  const told = texts(at(json, "HostConfig", "SecurityOpt")).map((option) => {
    const known = plain(option);
    const isProfile = known.startsWith(`${SECCOMP}{`);
    return isProfile ? readProfile(known) : known;
  });
  // The engine itself adds label=disable to a privileged container, and masks nothing in it: they count
  // where they are asked, or were when the container was made.
  const own = told.filter((option) => option !== "label=disable" || wanted.has(option));
  const open = privileged ? wanted.has(SYSTEM_PATHS) : bare;
  return asSet(open ? [...own, SYSTEM_PATHS] : own);
}

/** What somebody gave an engine need not be JSON. */
function readProfile(option: string): string {
  try {
    return SECCOMP + profileText(option.slice(SECCOMP.length));
  } catch (error) {
    if (error instanceof Invalid) return option;
    throw error;
  }
}

const eachProfile = (options: readonly string[], change: (profile: string) => string) =>
  options.map((option) =>
    option.startsWith(`${SECCOMP}{`) ? SECCOMP + change(option.slice(SECCOMP.length)) : option,
  );

const shortened = (profile: string): string =>
  profile.length > SHOWN ? `${profile.slice(0, SHOWN)}… (${profile.length} characters)` : profile;

export const securityOpt = {
  security_opt: attribute<readonly string[]>({
    description:
      "Security options: `no-new-privileges`, `seccomp=…` with the path of a profile, which is read here and compared by its content, `apparmor=…`, `label=…`, `systempaths=unconfined`.",
    schema: stringList,
    examples: [["no-new-privileges:true"], ["seccomp=profile.json", "systempaths=unconfined"]],
    absent: { is: "value", value: [] },
    parse: (authored) => asSet(parseEach(authored, parseOption)),
    recorded: (options, digest) => eachProfile(options, digest),
    show: (options) => eachProfile(list(options).map(text), shortened),
    docker: {
      newer: (value) =>
        Object.fromEntries([
          ...(value.includes("seccomp=builtin") ? [["seccomp=builtin", "1.42"]] : []),
          ...value
            .filter((each) => each.startsWith("writable-cgroups="))
            .map((each) => [each, "1.48"]),
        ]),
      toEngine: (value) => ({
        HostConfig: {
          SecurityOpt: value.filter((option) => option !== SYSTEM_PATHS),
          ...(value.includes(SYSTEM_PATHS) ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
        },
      }),
      fromEngine: read,
    },
  }),
};
