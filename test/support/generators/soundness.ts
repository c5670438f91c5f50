import { at } from "../../../src/attributes/values/json.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import type { Ref } from "../../../src/model/operations/fields.ts";
import type { Plan, Step } from "../../../src/model/plan.ts";
import { spell } from "../simulator/reconcile.ts";

/** What every plan must be, whatever it is for; the reasons why one is not. */
export function unsound({ steps }: Plan, seen: ObservedState): string[] {
  const faults: string[] = [];
  const byId = new Map(steps.map((step) => [step.id, step]));
  const before = new Map<number, ReadonlySet<number>>();
  const ancestors = (step: Step): ReadonlySet<number> => {
    const known = before.get(step.id);
    if (known) return known;
    const direct = waitsFor(step);
    const all = new Set(direct);
    for (const id of direct) {
      const one = byId.get(id);
      if (one && id < step.id) for (const each of ancestors(one)) all.add(each);
    }
    before.set(step.id, all);
    return all;
  };
  const complain = (step: Step, what: string) => faults.push(`${what}: ${spell(step)}`);
  const known = new Set(
    [...seen.containers, ...seen.networks, ...seen.volumes].map(({ id }) => id),
  );
  const externals = new Set([...seen.networks, ...seen.volumes].map(({ name }) => name));
  const pulls = steps.filter((step) => step.operation === "image.pull").map(({ id }) => id);

  steps.forEach((step, index) => {
    if (step.id !== index + 1) complain(step, "ids do not count");
    if (waitsFor(step).some((id) => id >= step.id || !byId.has(id))) {
      complain(step, "comes before what it waits for");
    }
    if (step.reason === "") complain(step, "no reason");
    const earlier = steps.filter(({ id }) => ancestors(step).has(id));
    for (const ref of refsOf(step)) {
      if (ref.id !== undefined) {
        if (!known.has(ref.id)) complain(step, `nobody has seen ${ref.id}`);
      } else if (step.operation === "network.disconnect" && ref === step.network) {
        if (!attached(seen, step.container.id, ref.name))
          complain(step, "it is not on that network");
      } else if (!earlier.some((each) => makes(each, ref.name)) && !externals.has(ref.name)) {
        complain(step, `nothing before it makes ${ref.name}`);
      }
    }
    if (interrupts(step) && pulls.some((id) => !ancestors(step).has(id))) {
      complain(step, "takes something down before everything is pulled");
    }
  });
  return faults;
}

const waitsFor = ({ dependsOn, dependsOnCompletion = [], until = [] }: Step): readonly number[] => [
  ...[...dependsOn, ...dependsOnCompletion],
  ...until,
];

/** A stopped container stays tied to a network that is gone, and leaves it by its name. */
function attached({ containers }: ObservedState, id: string | undefined, network: string): boolean {
  const found = containers.find((container) => container.id === id);
  return at(found?.json, "NetworkSettings", "Networks", network) !== undefined;
}

function refsOf(step: Step): Ref[] {
  const { container, network, volume } = step as Partial<
    Record<"container" | "network" | "volume", Ref>
  >;
  return [container, network, volume].filter((ref) => ref !== undefined);
}

function makes(step: Step, name: string): boolean {
  if (step.operation === "container.rename") return step.to === name;
  return (
    (step.operation === "container.create" ||
      step.operation === "network.create" ||
      step.operation === "volume.create") &&
    step.name === name
  );
}

function interrupts(step: Step): boolean {
  if (step.operation === "container.exec") return step.hook === "pre_stop";
  return ["container.stop", "network.disconnect", "network.remove", "volume.remove"].includes(
    step.operation,
  );
}
