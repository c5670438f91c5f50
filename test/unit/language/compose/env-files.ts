import { at, record, text } from "../../../../src/attributes/values/json.ts";
import { answers, config, undollared } from "./record.ts";

const KEYS = ["A", " A", "\tA", "A ", "export A", "export\tA", "  export  A", "exportA", "export"];
const ODD_KEYS = ["a.b-c", "A[0]", "1A", "A B", "é", "A/B", "-A", "", "A'B", "A$B", "A#B"];
const SEPARATORS = ["=", ":", " = ", " : ", "= ", "=\t", "\t=\t", "==", "=:", ":="];
const VALUES = [
  "",
  " ",
  "one",
  "one two",
  "one  ",
  "one # note",
  "one\t# note",
  "one# note",
  "one#note",
  "one #note #more",
  "one  \t # note",
  "#start",
  " #start",
  "\t#start",
  "# start",
  "''",
  '""',
  "'s q'",
  '"d q"',
  "  's q'  ",
  "'a' # note",
  '"a" # note',
  "'a'# note",
  '"a"#note',
  "'a' tail",
  '"a" tail',
  "'a'tail",
  '"a"tail',
  "'a' 'b'",
  "'a # b'",
  '"a # b"',
  "'it\\'s'",
  "'a\\nb'",
  "'a\\\\b'",
  '"say \\"hi\\""',
  '"a\\nb"',
  '"a\\tb\\rc"',
  '"a\\\\nb"',
  '"\\a\\b\\f\\v"',
  '"\\x\\q\\."',
  '"\\101"',
  '"\\0101"',
  '"\\u0041"',
  '"\\$SET"',
  '"\\\\$SET"',
  '"$SET"',
  '"${SET}"',
  '"${UNSET:-d}"',
  '"$$SET"',
  "'$SET'",
  "'${SET}'",
  "$SET",
  "${SET}",
  "$SET$EMPTY.",
  "$$SET",
  "$$$SET",
  "\\$SET",
  "\\\\$SET",
  "$",
  "a$",
  "${UNSET:-d}",
  "${UNSET:-a b}",
  "${UNSET:-a # b}",
  '${UNSET:-{"a":{"b":1}}}',
  '${SET:-{"a":{"b":1}}}',
  "${UNSET:-'q'}",
  "${EMPTY:+x}",
  "${SET",
  "${SET!}",
  "${UNSET:?why}",
  "a\\nb",
  "a\\ b",
  "\\",
  "a\\",
  "a'b",
  'a"b',
  "a'b'c",
  "it's # note",
  "=x",
  "a=b",
  "a:b",
  "x y=z",
  '{"a": "b"}',
  "[a, b]",
  "0755",
  "é",
  "'two\nlines'",
  '"two\nlines"',
  '"two\n  lines # kept\n"',
  "'two\r\nlines'",
  '"two\r\nlines"',
  "'open",
  '"open',
  "'open\\'",
  "`tick`",
  "\u00a0nbsp",
  "a\fb",
];
const ENDS = ["", "\n", "\r\n", "\nB=two\n", "\r\nB=two\r\n", "\n\n# note\n\nB=two", "\rB=two"];
const WHOLE = [
  "",
  "\n",
  "\r\n",
  "# only a note",
  "#A=1\nB=2",
  "  # note\nB=2",
  "\t# note\nB=2",
  "\ufeffA=1",
  "A=1\nA=2\n",
  "A=1\nB=$A\n",
  "A=1\nB=${A:-x}$SET\n",
  "B=$A\nA=1\n",
  "A='$SET'\nB=$A\n",
  "SET=own\nB=$SET\n",
  "A\nB=2\n",
  "SET\n",
  "EMPTY\nUNSET\n",
  "export SET\n",
  "SET # note\n",
  "SET=\nB=$SET.\n",
  "A=1 B=2\n",
  "A=1;B=2\n",
  "A = 1\nB : 2\n",
  "A=\nB=2\n",
  "A=\r\nB=2\r\n",
  "A= # note\nB=2\n",
  "A=#note\nB=2\n",
  "A=''\nB=2\n",
  "A=1\n\n\n\nB=2",
  "A=1\n   \n\t\nB=2",
  "   A=1\n      B=2",
  "=1\n",
  ":1\n",
  "no value\n",
  "{}\n",
];

/** Texts of environment files: every form of a key, a value and a line's end. */
export function envFiles(): readonly string[] {
  const keys = [...KEYS, ...ODD_KEYS].flatMap((key) =>
    SEPARATORS.map((separator) => `${key}${separator}one\n`),
  );
  const values = VALUES.flatMap((value) => ENDS.map((end) => `A=${value}${end}`));
  const loose = VALUES.flatMap((value) => [`A = ${value}\nB=two\n`, `A:${value}\r\n`]);
  return [...new Set([...WHOLE, ...keys, ...values, ...loose])];
}

export type Env = Readonly<Record<string, string>>;

/** The attributes that read such a file, and those that get its lines. */
const READERS = {
  env: (path: string) => ({ env_file: [path] }),
  raw: (path: string) => ({ env_file: [{ path, format: "raw" }] }),
  label: (path: string) => ({ label_file: [path] }),
};

/** What Compose makes of each file; `null` where it refuses it. */
export function readByCompose(texts: readonly string[], as: keyof typeof READERS): (Env | null)[] {
  const gives = as === "label" ? "labels" : "environment";
  return answers(texts, (some) => {
    const files = Object.fromEntries(some.map((each, index) => [`${index}.env`, each]));
    const services = some.map((_, index) => [
      `s${index}`,
      { image: "busybox", ...READERS[as](`${index}.env`) },
    ]);
    const file = { name: "shop", services: Object.fromEntries(services) };
    const made = config({ ...files, "compose.yaml": JSON.stringify(file) }, ["compose.yaml"]);
    return (
      made &&
      some.map((_, index) => {
        const env = record(at(made, "services", `s${index}`, gives));
        const known = Object.entries(env).filter(([, value]) => value !== null);
        return Object.fromEntries(known.map((pair) => pair.map((one) => undollared(text(one)))));
      })
    );
  });
}
