import type { EngineSession } from "../../engine/engine.ts";
import type { ObservedContainer } from "../../model/observed-state.ts";
import { CliError } from "../host/exit-codes.ts";
import type { CliHost } from "../host/host.ts";
import type { Input } from "../inputs/load-stack.ts";

/** A container of the stack by its address, its name, or its key, where that names one alone. */
export async function containerOf(
  asked: string,
  { stack, secrets }: Pick<Input, "stack" | "secrets">,
  engine: EngineSession,
  host: CliHost,
): Promise<ObservedContainer> {
  const { containers } = await engine.observe(stack, secrets, host.interrupts.signal);
  const ours = containers.filter(({ owner }) => owner?.stack === stack.name);
  const known = ours.find(
    ({ name, owner }) =>
      name === asked || owner?.address === asked || owner?.address === `container.${asked}`,
  );
  if (known) return known;
  const names = ours.map(({ name }) => name).join(", ");
  throw new CliError(
    "not-found",
    `the stack has no container ${JSON.stringify(asked)} on the engine`,
    names ? `It has ${names}.` : undefined,
  );
}
