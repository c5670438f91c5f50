import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";

export const run: Run = async ({ positional = "stack" }, host) => {
  host.out(`${JSON.stringify(await schemaOf(positional), null, 2)}\n`);
  return EXIT.done;
};

async function schemaOf(which: string): Promise<unknown> {
  if (which === "plan") return (await import("../../../render/json/plan-schema.ts")).planSchema;
  if (which === "events")
    return (await import("../../../render/json/events-schema.ts")).eventsSchema;
  const stack = await import("../../../../schemas/stack.schema.json", { with: { type: "json" } });
  return stack.default;
}
