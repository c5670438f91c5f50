import { containerOperations } from "./container.ts";
import type { Members } from "./fields.ts";
import { imageOperations } from "./image.ts";
import { networkOperations } from "./network.ts";
import type { OperationDefinition } from "./operation.ts";
import { pluginOperations } from "./plugin.ts";
import { volumeOperations } from "./volume.ts";

/** Every operation of an engine that a plan's step can be; a schema, a title and a type follow. */
export const operations = {
  ...imageOperations,
  ...pluginOperations,
  ...networkOperations,
  ...volumeOperations,
  ...containerOperations,
} as const;

export type OperationName = keyof typeof operations;

type FieldsOf<N extends OperationName> = (typeof operations)[N]["fields"];

/** One operation with its arguments: `{ operation: "container.stop", container, timeout }`. */
export type OperationOf<N extends OperationName> = {
  [K in N]: { readonly operation: K } & Members<FieldsOf<K>>;
}[N];
export type Operation = OperationOf<OperationName>;

/** The definition of an operation, for all that treats every operation alike. */
export function definitionOf({ operation }: Pick<Operation, "operation">): OperationDefinition {
  return operations[operation] as unknown as OperationDefinition;
}
