import type { Scenario, Who } from "./contenders.ts";
import type { Calls, Samples } from "./cycle.ts";
import { median, type Sample } from "./run.ts";
import type { Start } from "./start.ts";

/** One line of the table: what was measured, and how it compares. */
export interface Row {
  readonly what: string;
  readonly containers?: number;
  readonly stack: Figures;
  /** The same, and it waits until all is ready. */
  readonly waiting?: Figures;
  readonly compose?: Figures;
  /** The bare calls, or bare Node. */
  readonly floor?: Figures;
  /** Of the times, `stack` to the one that the mark names. */
  readonly ratio?: number;
  readonly mark?: number;
  readonly passed?: boolean;
}

export interface Figures {
  readonly wall: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly calls?: number;
  readonly samples: number;
}

const NAMES: Readonly<Record<Scenario, string>> = {
  apply: "cold apply",
  plan: "no-op plan",
  again: "no-op apply",
  change: "one changed",
  destroy: "destroy",
};

/** The most that `stack` may take of compose's time. */
function markOf(scenario: Scenario, count: number): number | undefined {
  if (scenario === "apply" || scenario === "destroy") return 1.05;
  if (scenario === "plan")
    return new Map([
      [10, 1],
      [100, 0.85],
      [200, 0.7],
    ]).get(count);
  return scenario === "change" && count === 100 ? 0.9 : undefined;
}

const CHAIN_MARKS: Partial<Record<Scenario, number>> = { apply: 0.65, again: 0.25 };
const START_MARK = 2.5;

/** What was measured of one stack, as rows of the table. */
export type Rows = (
  scenarios: readonly Scenario[],
  count: number,
  samples: Samples,
  calls: Calls | undefined,
) => Row[];

export const stackRows = rowsOf("", markOf);

/** @param interval milliseconds between the probes */
export const chainRows = (interval: number): Rows =>
  rowsOf(`health chain (${interval} ms), `, (scenario) => CHAIN_MARKS[scenario]);

function rowsOf(prefix: string, marks: typeof markOf): Rows {
  return (scenarios, count, samples, calls) =>
    scenarios.map((scenario) =>
      row(
        { what: prefix + NAMES[scenario], containers: count },
        figuresOf(scenario, samples, calls),
        marks(scenario, count),
      ),
    );
}

export function startRows({ bare, version, validate }: Start): Row[] {
  const floor = figures(bare);
  return [
    { what: "stack version", stack: figures(version) },
    { what: "stack validate", stack: figures(validate) },
  ].flatMap(({ what, stack }) => {
    if (!stack || !floor) return [];
    const ratio = stack.wall / floor.wall;
    return [{ what, stack, floor, ratio, mark: START_MARK, passed: ratio <= START_MARK }];
  });
}

type Columns = Partial<Record<Who, Figures>>;

function figuresOf(scenario: Scenario, samples: Samples, calls: Calls | undefined): Columns {
  const of = (who: Who) => figures(samples[scenario][who], calls?.[scenario][who]);
  const [stack, compose, floor] = [of("stack"), of("compose"), of("floor")];
  const waiting = of("waiting");
  return {
    ...(stack && { stack }),
    ...(waiting && { waiting }),
    ...(compose && { compose }),
    ...(floor && { floor }),
  };
}

function row(
  base: { readonly what: string; readonly containers: number },
  columns: Columns,
  mark: number | undefined,
): Row {
  const { stack, compose } = columns;
  if (!stack) throw new Error(`${base.what} was not measured`);
  const ratio = compose && stack.wall / compose.wall;
  return {
    ...base,
    ...columns,
    stack,
    ...(ratio === undefined ? {} : { ratio }),
    ...(mark === undefined ? {} : { mark }),
    ...(ratio === undefined || mark === undefined ? {} : { passed: ratio <= mark }),
  };
}

function figures(
  samples: readonly Sample[] | undefined,
  calls?: ReadonlyMap<string, number>,
): Figures | undefined {
  const wall = median(samples?.map((each) => each.wall) ?? []);
  if (!samples || wall === undefined) return undefined;
  const cpu = median(samples.flatMap((each) => each.cpu ?? []));
  const memory = samples.flatMap((each) => each.memory ?? []);
  return {
    wall,
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory.length > 0 ? { memory: Math.max(...memory) } : {}),
    ...(calls ? { calls: calls.values().reduce((sum, each) => sum + each, 0) } : {}),
    samples: samples.length,
  };
}
