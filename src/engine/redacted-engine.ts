import { formerValues } from "../attributes/container/former-values.ts";
import type { Redactor } from "../attributes/secrets/redactor.ts";
import type { ObservedState } from "../model/observed-state.ts";
import type { Stack } from "../model/stack.ts";
import type { EngineSession } from "./engine.ts";

type Redact = Redactor["redact"];
type Method = (...given: readonly never[]) => unknown;

/**
 * The engine with sensitive values redacted in errors, warnings and progress, including quoted
 * logs, probes, hooks and build output. Such text is complete only here; callers may shorten it.
 * Values that containers run with are learned from each snapshot.
 */
export function guarded(engine: EngineSession, redactor: Redactor): EngineSession {
  const { redact } = redactor;
  const learning =
    (look: EngineSession["observe"]): EngineSession["observe"] =>
    async (stack: Stack, ...given) => {
      const seen: ObservedState = await look(stack, ...given);
      redactor.learn(formerValues(seen, stack));
      return seen;
    };
  const safe = throughout(engine, redact);
  return {
    ...safe,
    observe: learning(safe.observe),
    observeAgain: learning(safe.observeAgain),
    perform: (step, context) =>
      safe.perform(step, {
        ...context,
        warn: (message) => context.warn(redact(message)),
        advance: (progress) => context.advance({ ...progress, text: redact(progress.text) }),
      }),
    images: async () => throughout(await safe.images(), redact),
  };
}

/** Wraps all methods, so that their errors are redacted. */
function throughout<T extends object>(thing: T, redact: Redact): T {
  const entries = Object.entries(thing).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function") return [name, value];
    const method = value as Method;
    return [
      name,
      (...given: readonly never[]) => clean(() => method.apply(thing, [...given]), redact),
    ];
  });
  return Object.fromEntries(entries);
}

/** Runs a call and redacts its error or its promise's. */
function clean(call: () => unknown, redact: Redact): unknown {
  const fail = (error: unknown) => {
    throw redacted(error, redact);
  };
  try {
    const given = call();
    return given instanceof Promise ? given.catch(fail) : given;
  } catch (error) {
    return fail(error);
  }
}

const WORDS = ["message", "hint", "engineMessage"] as const;

/** Redacts the same error object, since others may hold a reference to it. */
function redacted(error: unknown, redact: Redact): unknown {
  if (!(error instanceof Error)) return error;
  for (const name of WORDS) {
    const words: unknown = (error as { readonly [key in typeof name]?: unknown })[name];
    if (typeof words === "string") Object.defineProperty(error, name, { value: redact(words) });
  }
  const { lines } = error as { readonly lines?: unknown };
  if (Array.isArray(lines)) {
    // A value may extend over several lines.
    const value = redact(lines.join("\n")).split("\n");
    Object.defineProperty(error, "lines", { value });
  }
  return error;
}
