import type { Json, JsonObject } from "../../../model/json.ts";
import { must, nearest } from "../../core/shapes.ts";
import { isMap, list, text, texts } from "../../values/json.ts";

/* What engines and runc read of a seccomp profile (moby, `profiles/seccomp`; OCI runtime specification, "Seccomp"). */

const words = (prefix: string, names: string): readonly string[] =>
  names.split(" ").map((name) => prefix + name);

const ACTIONS = words(
  "SCMP_ACT_",
  "ALLOW ERRNO KILL KILL_PROCESS KILL_THREAD LOG NOTIFY TRACE TRAP",
);
const ARCHITECTURES = words(
  "SCMP_ARCH_",
  "X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 " +
    "S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB",
);
const OPERATORS = words("SCMP_CMP_", "NE LT LE EQ GE GT MASKED_EQ");
const FLAGS = words("SECCOMP_FILTER_FLAG_", "TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV");
/** Under these alone no program starts. */
const LETTING = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY"];
const MOST_ARGUMENTS = 6;

/** Go's JSON reads a field whatever its case; `null` is none. */
function fieldsOf(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([name, each]) => [name.toLowerCase(), each]));
}

function word(kind: string, given: Json, known: readonly string[]): void {
  const near = typeof given === "string" ? nearest(given, known) : undefined;
  must(known.includes(text(given)), `\`${shown(given)}\` is no ${kind} of a seccomp profile`, {
    hint: near ? `did you mean \`${near}\`?` : `one of ${known.join(", ")}`,
  });
}

const shown = (given: Json): string => (typeof given === "string" ? given : JSON.stringify(given));

function shape(holds: boolean, name: string, form: string): void {
  must(holds, `\`${name}\` of a seccomp profile must be ${form}`);
}

const isCount = (value: Json | undefined): boolean =>
  value === undefined || (Number.isInteger(value) && Number(value) >= 0);

const isTexts = (value: Json | undefined): boolean =>
  value === undefined || (Array.isArray(value) && value.every((each) => typeof each === "string"));

/** Lists of maps with their fields. */
function maps(value: Json | undefined, name: string): readonly JsonObject[] {
  shape(
    value === undefined || (Array.isArray(value) && value.every(isMap)),
    name,
    "a list of maps",
  );
  return list(value).map((each) => fieldsOf(each as JsonObject));
}

/** Throws `Invalid` for what an engine, or runc at the container's start, refuses. */
export function checkProfile(profile: JsonObject): void {
  const given = fieldsOf(profile);
  const { defaultaction: usual, defaulterrnoret: errno, listenerpath: listener } = given;
  const calls = maps(given.syscalls, "syscalls");
  // A profile without anything confines nothing.
  if (text(usual) !== "" || calls.length > 0) word("action", usual ?? "", ACTIONS);
  must(usual !== "SCMP_ACT_NOTIFY", "`SCMP_ACT_NOTIFY` cannot be the default action of a profile");
  shape(isCount(errno), "defaultErrnoRet", "a whole number");
  architectures(given);
  shape(isTexts(given.flags), "flags", "a list of texts");
  for (const flag of texts(given.flags)) word("flag", flag, FLAGS);
  for (const call of calls) checkCall(call, listener !== undefined);
  const actions = [text(usual), ...calls.map(({ action }) => text(action))];
  must(
    text(usual) === "" || actions.some((each) => LETTING.includes(each)),
    "the seccomp profile allows no system call, so that nothing can start",
    { hint: "allow some: `syscalls` with the action SCMP_ACT_ALLOW" },
  );
}

function architectures({ architectures: plain, archmap: map }: JsonObject): void {
  shape(isTexts(plain), "architectures", "a list of texts");
  for (const name of texts(plain)) word("architecture", name, ARCHITECTURES);
  const mapped = maps(map, "archMap");
  must(
    list(plain).length === 0 || mapped.length === 0,
    "`architectures` and `archMap` of a seccomp profile cannot stand together",
    { hint: "remove one of them" },
  );
  for (const { subarchitectures: below } of mapped) {
    shape(isTexts(below), "subArchitectures", "a list of texts");
    for (const name of texts(below)) word("architecture", name, ARCHITECTURES);
  }
}

function checkCall(call: JsonObject, listens: boolean): void {
  const { name, names, action = "", errnoret: errno, args, includes, excludes } = call;
  shape(isTexts(names), "names", "a list of texts");
  shape(name === undefined || typeof name === "string", "name", "a text");
  must(
    text(name) === "" || list(names).length === 0,
    "`name` and `names` of a seccomp profile cannot stand together",
    { hint: "write `names`" },
  );
  if (text(name) !== "" || list(names).length > 0 || action !== "") word("action", action, ACTIONS);
  must(listens || action !== "SCMP_ACT_NOTIFY", "`SCMP_ACT_NOTIFY` needs a `listenerPath`");
  shape(isCount(errno), "errnoRet", "a whole number");
  for (const { index, op } of maps(args, "args")) {
    const below = isCount(index) && Number(index ?? 0) < MOST_ARGUMENTS;
    shape(below, "index", `a whole number below ${MOST_ARGUMENTS}`);
    word("operator", op ?? "", OPERATORS);
  }
  for (const [where, value] of Object.entries({ includes, excludes })) condition(where, value);
}

/** Where a rule of a system call holds. */
function condition(where: string, value: Json | undefined): void {
  if (value === undefined) return;
  shape(isMap(value), where, "a map");
  const { caps, arches, minkernel: kernel } = fieldsOf(value as JsonObject);
  shape(isTexts(caps), "caps", "a list of texts");
  shape(isTexts(arches), "arches", "a list of texts");
  shape(
    kernel === undefined || /^\d+\.\d+/.test(text(kernel)),
    "minKernel",
    "a version such as 4.8",
  );
}
