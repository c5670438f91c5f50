import { at, record, text } from "../../../../src/attributes/values/json.ts";
import { answers, config, undollared } from "./record.ts";

const NAMES = ["SET", "EMPTY", "UNSET"];
const OPERATORS = ["-", ":-", "+", ":+", "?", ":?"];
const WORDS = [
  "",
  "w",
  "a b",
  "{a}",
  "{}",
  '{"a":1}',
  '{"a":{"b":1}}',
  '{"a":{"b":{"c":[{}]}}}',
  "{a",
  "a{",
  "a}b",
  '"}"',
  "$$",
  "$$a",
  "$${a}",
  "$",
  "$1",
  "$SET",
  "$EMPTY!",
  "${SET}",
  "${UNSET}",
  "${UNSET:-x}",
  "${UNSET:-{y}}",
  "${UNSET-${EMPTY:-${SET:+{z}}}}",
  "{${SET}}",
  "{${UNSET:-{q}}}",
  "a:-b",
  "-:?+",
  "'q'",
  '"q"',
  "\\",
  "\\$SET",
  "a/b:c?d#e",
  "é",
  "x\ny",
];
const AROUND = ["@", "pre @ post", "{@}", "@}", "@@", "$$@", '{"a": "@"}', "@ and ${SET:-{d}}"];
const PLAIN = [
  "",
  "plain",
  "$",
  "a$",
  "$$",
  "$$$",
  "$$$$",
  "$-",
  "$1",
  "$ SET",
  "$(SET)",
  "$SET",
  "$SET.$EMPTY.$SET",
  "$SETX",
  "$$SET",
  "$$$SET",
  "${SET}",
  "$${SET}",
  "$$${SET}",
  "${SET}${EMPTY}${SET}",
  "${set}",
  "${UNSET}",
  "${}",
  "${1}",
  "${SET",
  "${SET!}",
  "${SET:}",
  "${SET:=a}",
  "${ SET}",
  "${SET }",
  "${SET}}",
  "{${SET}",
  "}${SET}{",
];

/** Texts with references to variables: every operator with every word, alone and within others. */
export function expressions(): readonly string[] {
  const operated = NAMES.flatMap((name) =>
    OPERATORS.flatMap((operator) => WORDS.map((word) => `\${${name}${operator}${word}}`)),
  );
  const within = AROUND.slice(1).flatMap((around) =>
    operated
      .filter((_, index) => index % 7 === 0)
      .map((expression) => around.replaceAll("@", () => expression)),
  );
  return [...new Set([...PLAIN, ...operated, ...within])];
}

/** What Compose makes of each text; `null` where it refuses it. */
export function interpolated(texts: readonly string[]): (string | null)[] {
  return answers(texts, (some) => {
    const labels = Object.fromEntries(some.map((value, index) => [`l${index}`, value]));
    const file = { name: "shop", services: { web: { image: "busybox", labels } } };
    const made = config({ "compose.yaml": JSON.stringify(file) }, ["compose.yaml"]);
    const given = made && record(at(made, "services", "web", "labels"));
    return given && some.map((_, index) => undollared(text(given[`l${index}`])));
  });
}
