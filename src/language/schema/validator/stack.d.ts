import type { Json, JsonObject } from "../../../model/json.ts";

/** What the compiled validator says of one violation (ajv's ErrorObject with `verbose`). */
export interface Violation {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: JsonObject;
  readonly message?: string;
  readonly schema?: Json;
  readonly parentSchema?: JsonObject;
  readonly data?: Json;
  /** The key whose name is at fault. */
  readonly propertyName?: string;
}

export declare const validate: {
  (document: unknown): boolean;
  errors?: readonly Violation[] | null;
};
