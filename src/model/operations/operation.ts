import type { Fields, Members } from "./fields.ts";

/** How a step reads in a plan (`stop web-1`), while it runs (`stopping`) and after (`stopped`). */
export interface Phrase {
  readonly plan: string;
  readonly running: string;
  readonly done: string;
}

/** Makes values fit for a line of output. */
export interface Format {
  /** Text of a user or an engine: printable, without secrets, cut after `max` characters. */
  text(value: string, max?: number): string;
  /** Milliseconds, as `1.5s`. */
  duration(ms: number): string;
}

/** All that is to be known of an operation without an engine. */
export interface OperationDefinition<F extends Fields = Fields> {
  /** One sentence for the documents. */
  readonly summary: string;
  readonly fields: F;
  /** Name of the object that it acts on. */
  subject(step: Members<F>): string;
  /** In a plan before the subject; while it runs; after it. */
  readonly verbs?: readonly [plan: string, running: string, done: string];
  /** What follows the subject: ` to front`. */
  details?(step: Members<F>, format: Format): string;
  /** Instead of `verbs` and `details`, where these do not make a sentence. */
  phrase?(step: Members<F>, subject: string, format: Format): Phrase;
  /** Can be cut off by an interrupt without harm: it reads, or the engine keeps nothing of a part. */
  readonly interruptible?: true;
  /** Costs the engine nothing while it lasts, so that it does not count among concurrent steps. */
  readonly idle?: true;
}

/** Names the type of the fields, so that a definition's functions know their step. */
export function operation<const F extends Fields>(
  definition: OperationDefinition<F>,
): OperationDefinition<F> {
  return definition;
}
