import type { Installation } from "../../engine/engine.ts";
import type { FoundContainer } from "../../model/observed-state.ts";
import { EXIT, Stop } from "../host/exit-codes.ts";
import type { Around } from "../host/host.ts";
import type { Input } from "../inputs/load-stack.ts";

/** A container of the stack by its address, its name, or its key, where that names one alone. */
export async function containerOf(
  asked: string,
  { stack, secrets }: Pick<Input, "stack" | "secrets">,
  engine: Installation,
  around: Around,
): Promise<FoundContainer> {
  const { containers } = await engine.observe(stack, secrets, around.interrupts.signal);
  const ours = containers.filter(({ owner }) => owner?.stack === stack.name);
  const known = ours.find(
    ({ name, owner }) =>
      name === asked || owner?.address === asked || owner?.address === `container.${asked}`,
  );
  if (known) return known;
  const names = ours.map(({ name }) => name).join(", ");
  throw new Stop(
    EXIT.failed,
    `the stack has no container ${JSON.stringify(asked)} on the engine`,
    names ? `It has ${names}.` : undefined,
  );
}
