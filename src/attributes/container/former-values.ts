import type { Json, JsonObject } from "../../model/json.ts";
import type { ObservedContainer, ObservedState } from "../../model/observed-state.ts";
import type { Secrets, Stack } from "../../model/stack.ts";
import { configLabels, hasRecord, recordedSpec } from "../core/ownership.ts";
import { Redactor } from "../secrets/redactor.ts";
import {
  declaredValues,
  isDeclared,
  literally,
  looksSecret,
  pieces,
  tokens,
  tokensIn,
} from "../secrets/sensitive.ts";
import { at, list, record, text, texts } from "../values/json.ts";
import { environmentOf } from "./process/program.ts";

/*
 * The sensitive values that the stack's containers run with. A value that is being changed is known
 * to no file any more, and still is what the old container says in its logs; its label tells where
 * a sensitive value was asked for.
 */

/** Which names of sensitive values count. */
type Which = (name: string) => boolean;

/**
 * Those values, as far as an engine tells them: what is live where the label or the file has a sensitive
 * value of those that count; without a label, also what looks like a secret. Whoever changed it, that
 * place is a sensitive one. Nothing is computed before it is asked for.
 */
export function* formerValues(
  observed: ObservedState,
  stack: Stack,
  which: Which = () => true,
): Generator<string> {
  for (const container of observed.containers) {
    const { json, owner } = container;
    const labels = configLabels(json);
    const then = recordedSpec(labels);
    const now = stack.resources.find(({ address }) => address === owner?.address)?.spec ?? {};
    const environment = environmentOf(at(json, "Config", "Env"));
    if (!hasRecord(labels) && which("container."))
      yield* Object.keys(environment)
        .filter(looksSecret)
        .map((key) => environment[key] ?? "");
    for (const asked of [then, now]) {
      yield* ofEnvironment(record(asked.environment), environment, which);
      yield* ofWords(list(asked.command), texts(at(json, "Config", "Cmd")), which);
      yield* ofWords(list(asked.entrypoint), texts(at(json, "Config", "Entrypoint")), which);
    }
    yield* ofFiles(then, now, container, observed);
  }
}

/**
 * Masks what the stack says is sensitive, or has said so, in words that come from an engine and stand in our
 * own text: a live value, a layer's command. The names that the file gives in clear stay.
 */
export function redactorOf(
  stack: Stack,
  secrets: Secrets,
  observed?: ObservedState,
): (text: string) => string {
  const known = new Redactor();
  known.learn(declaredValues(secrets));
  if (observed) known.learn(formerValues(observed, stack, isDeclared));
  const clear = new Set(stack.resources.map(({ name }) => name));
  return (text) => (clear.has(text) ? text : known.redact(text));
}

function* ofEnvironment(asked: JsonObject, live: Readonly<Record<string, string>>, which: Which) {
  for (const [key, value] of Object.entries(live)) yield* standIns(asked[key], value, which);
}

function* ofWords(asked: readonly Json[], live: readonly string[], which: Which) {
  for (const [index, word] of asked.entries()) yield* standIns(word, live[index] ?? "", which);
}

/** Of a config, the lines that the file does not have in clear: no label has its old text. */
function* ofFiles(
  then: JsonObject,
  now: JsonObject,
  { id }: ObservedContainer,
  { files }: ObservedState,
) {
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

/** What stands there for the sensitive values that count; all of it, if it was made of something else. */
function standIns(asked: Json | undefined, made: string, which: Which): readonly string[] {
  if (!tokensIn(asked).some(which)) return [];
  const names = tokens(text(asked));
  const values = tokenValues(text(asked), made);
  return values?.filter((_, index) => which(names[index] ?? "")) ?? [made];
}

/**
 * What stands for each token of a text in the text that was made of it, in their order; `undefined`:
 * it was made of another one.
 */
export function tokenValues(asked: string, made: string): readonly string[] | undefined {
  const pattern = pieces(asked).map(literally).join("(.*)");
  return new RegExp(`^${pattern}$`, "su").exec(made)?.slice(1);
}
