import type { Json, JsonObject } from "../model/json.ts";
import type { FoundContainer, Observed } from "../model/observed.ts";
import type { Stack } from "../model/stack.ts";
import { at, list, record, text, texts } from "./compare.ts";
import { environmentOf } from "./container/program.ts";
import { configLabels, hasRecord, recordedSpec } from "./labels.ts";
import { literally, looksSecret, pieces, tokensIn } from "./sensitive.ts";

/*
 * The sensitive values that the stack's containers run with. A value that is being changed is known
 * to no file any more, and still is what the old container says in its logs; its label tells where
 * a sensitive value was asked for.
 */

/**
 * Those values, as far as an engine tells them; where no label does, what looks like a secret.
 * Nothing is computed before it is asked for.
 */
export function* formerValues(observed: Observed, stack: Stack): Generator<string> {
  for (const container of observed.containers) {
    const { json } = container;
    const labels = configLabels(json);
    const then = recordedSpec(labels);
    const environment = environmentOf(at(json, "Config", "Env"));
    if (hasRecord(labels)) yield* ofEnvironment(record(then.environment), environment);
    else
      yield* Object.keys(environment)
        .filter(looksSecret)
        .map((key) => environment[key] ?? "");
    yield* ofWords(list(then.command), texts(at(json, "Config", "Cmd")));
    yield* ofWords(list(then.entrypoint), texts(at(json, "Config", "Entrypoint")));
    yield* ofFiles(then, container, observed, stack);
  }
}

function* ofEnvironment(then: JsonObject, live: Readonly<Record<string, string>>) {
  for (const [key, value] of Object.entries(live)) {
    const asked = then[key];
    if (tokensIn(asked).length > 0) yield* standIns(text(asked), value);
  }
}

function* ofWords(then: readonly Json[], live: readonly string[]) {
  for (const [index, word] of then.entries())
    if (tokensIn(word).length > 0) yield* standIns(text(word), live[index] ?? "");
}

/** Of a config, the lines that the file does not have in clear: no label has its old text. */
function* ofFiles(
  then: JsonObject,
  { id, owner }: FoundContainer,
  { files }: Observed,
  { resources }: Stack,
) {
  const now = resources.find(({ address }) => address === owner?.address)?.spec ?? {};
  for (const section of ["configs", "secrets"]) {
    for (const target of Object.keys(record(then[section]))) {
      const content = files[`${id} ${target}`]?.content;
      const asked = text(record(record(now[section])[target]).content);
      if (content === undefined || (asked !== "" && tokensIn(asked).length === 0)) continue;
      const clear = new Set(asked.split("\n"));
      if (section === "secrets") yield content;
      else yield* content.split("\n").filter((line) => !clear.has(line));
    }
  }
}

function standIns(asked: string, made: string): readonly string[] {
  return tokenValues(asked, made) ?? [made];
}

/**
 * What stands for each token of a text in the text that was made of it, in their order; `undefined`:
 * it was made of another one.
 */
export function tokenValues(asked: string, made: string): readonly string[] | undefined {
  const pattern = pieces(asked).map(literally).join("(.*)");
  return new RegExp(`^${pattern}$`, "su").exec(made)?.slice(1);
}
