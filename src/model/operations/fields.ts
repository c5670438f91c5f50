import type { JsonObject } from "../json.ts";

declare const TYPE: unique symbol;

/** A member of an operation: its JSON Schema, and with it the type of its values. */
export interface Field<T, Optional extends boolean = boolean> {
  readonly schema: JsonObject;
  readonly optional: Optional;
  /** Exists for the type checker alone. */
  readonly [TYPE]?: T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

type ValueOf<F> = F extends Field<infer T> ? T : never;
type Names<F extends Fields, Optional extends boolean> = {
  [K in keyof F]: F[K]["optional"] extends Optional ? K : never;
}[keyof F];

/** The object type whose members these fields describe. */
export type Members<F extends Fields> = {
  readonly [K in Names<F, false>]: ValueOf<F[K]>;
} & { readonly [K in Names<F, true>]?: ValueOf<F[K]> };

/** An object on the engine that a step acts on. */
export interface Ref {
  readonly name: string;
  /**
   * Of an object that existed when the plan was made, so that a step never meets another object
   * of the same name. Absent: the plan itself creates the object.
   */
  readonly id?: string;
}

function field<T>(schema: JsonObject): Field<T, false> {
  return { schema, optional: false };
}

/** The same field, which may be absent. */
export function optional<T>({ schema }: Field<T, false>): Field<T, true> {
  return { schema, optional: true };
}

/** The same field with a sentence about it, which documents and schemas show. */
export function described<T, O extends boolean>(
  description: string,
  { schema, optional }: Field<T, O>,
): Field<T, O> {
  return { schema: { ...schema, description }, optional };
}

export const text = field<string>({ type: "string" });
export const texts = field<readonly string[]>({ type: "array", items: { type: "string" } });
export const textMap = field<Readonly<Record<string, string>>>({
  type: "object",
  additionalProperties: { type: "string" },
});
export const count = field<number>({ type: "integer", minimum: 0 });
export const seconds = field<number>({ type: "number", minimum: 0 });
export const flag = field<true>({ enum: [true] });
/** An object whose members the engine's API defines. */
export const object = field<JsonObject>({ type: "object" });
export const objects = field<readonly JsonObject[]>({ type: "array", items: { type: "object" } });
export const ref = field<Ref>({ $ref: "#/$defs/ref" });

/** A field whose TypeScript type is written elsewhere: the schema has to describe it. */
export function typed<T>(schema: JsonObject): Field<T, false> {
  return field(schema);
}

/** JSON Schema of a closed object with these members. */
export function schemaOf(fields: Fields, description?: string): JsonObject {
  const names = Object.keys(fields);
  return {
    ...(description === undefined ? {} : { description }),
    type: "object",
    additionalProperties: false,
    required: names.filter((name) => !fields[name]?.optional),
    properties: Object.fromEntries(names.map((name) => [name, fields[name]?.schema])),
  };
}
