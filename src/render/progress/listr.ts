import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Action } from "../../model/change.ts";
import type { Plan } from "../../model/plan.ts";
import type { Address } from "../../model/stack.ts";
import type { Paint } from "../words/colors.ts";
import { sanitize } from "../words/sanitize.ts";
import type { Screen } from "./screen.ts";
import { type Progress, type Task, waiting } from "./state.ts";
import { titleOf } from "./task-line.ts";

/*
 * listr2 as a screen: it schedules nothing. Its tasks wait for promises that the events settle;
 * these exist before it runs, because it loses what happens to a task that has not begun.
 */

const SHOW_CURSOR = "\u001b[?25h";
const TICK = 250;

interface Line {
  title: string;
  readonly ended: PromiseWithResolvers<void>;
  /** listr2's handle; absent until it has begun. */
  task?: { title?: string | undefined; skip(message?: string): void };
}

export function listrScreen(plan: Plan, paint: Paint, now: () => number): Screen {
  let progress = waiting(plan);
  const said: string[] = [];
  const lines = new Map<Address, Line>();
  const actions = actionsOf(plan);
  for (const address of progress.tasks.keys()) {
    const ended = Promise.withResolvers<void>();
    // A rejection before listr2 listens is no crash.
    ended.promise.catch(() => {});
    lines.set(address, { title: sanitize(address), ended });
  }
  const width = Math.min(40, Math.max(0, ...[...lines.keys()].map((address) => address.length)));
  const draw = (task: Task) => {
    const line = lines.get(task.address);
    if (line) retitle(line, titleOf(task, actions.get(task.address), width, paint, now()));
  };
  for (const task of progress.tasks.values()) draw(task);
  const done = run(lines, () => progress, said, paint);
  const timer = setInterval(() => {
    for (const task of progress.tasks.values()) if (task.state === "running") draw(task);
  }, TICK);
  timer.unref();
  const showCursor = () => process.stderr.write(SHOW_CURSOR);
  process.once("exit", showCursor);
  return {
    show(event, latest) {
      progress = latest;
      if (event.type === "started" || event.type === "finished" || event.type === "warning") return;
      const task = latest.tasks.get("step" in event ? event.step.address : event.address);
      if (!task) return;
      draw(task);
      settle(task, lines.get(task.address));
    },
    say: (line) => said.push(line),
    async end() {
      clearInterval(timer);
      for (const task of progress.tasks.values()) settle(task, lines.get(task.address), true);
      await done;
      process.off("exit", showCursor);
      const warnings = progress.warnings.map(
        ({ address, message }) =>
          `${paint.warn("warning:")} ${sanitize(address)}: ${sanitize(message)}`,
      );
      for (const line of [...warnings, ...said]) process.stderr.write(`${line}\n`);
    },
  };
}

/** Where remains of an interrupted run are removed too, the other change is the one to tell. */
function actionsOf(plan: Plan): ReadonlyMap<Address, Action> {
  const removals = ({ action }: { action: Action }) => Number(action === "remove");
  const last = plan.changes.toSorted((a, b) => removals(b) - removals(a));
  return new Map(last.map(({ address, action }) => [address, action]));
}

function run(
  lines: ReadonlyMap<Address, Line>,
  progress: () => Progress,
  said: readonly string[],
  paint: Paint,
): Promise<unknown> {
  const list = new Listr(
    [...lines.values()].map((line) => ({
      title: line.title,
      task: (_: unknown, task: NonNullable<Line["task"]>) => {
        line.task = task;
        task.title = line.title;
        return line.ended.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // Its own reaction to SIGINT would end the process in the middle of a step.
      registerSignalListeners: false,
      renderer: screenRenderer([...lines.keys()], progress, said, paint),
      rendererOptions: {
        formatOutput: "truncate",
        collapseErrors: false,
        showErrorMessage: false,
        logger: new ListrLogger({
          useIcons: true,
          toStderr: [],
          processOutput: new ProcessOutput(process.stderr, process.stdout),
        }),
      },
    },
  );
  return list.run();
}

/** The default renderer on stderr, on which not more lines are drawn than fit. */
function screenRenderer(
  order: readonly Address[],
  progress: () => Progress,
  said: readonly string[],
  paint: Paint,
) {
  const idle = paint.faint("waiting");
  return class Window extends DefaultRenderer {
    static override nonTTY = true;
    #over = false;
    override create(options?: Parameters<DefaultRenderer["create"]>[0]): string {
      const lines = super.create(options).split("\n");
      const room = (process.stderr.rows || 24) - 2 - said.length;
      if (this.#over) return lines.join("\n");
      const shown = lines.length <= room ? lines : windowed(lines, room);
      return [...shown, ...said].join("\n");
    }
    /** All tasks of the list run from its point of view; those that wait get no spinner. */
    protected override style(...given: Parameters<DefaultRenderer["style"]>): string {
      return given[0].title?.endsWith(idle) ? " " : super.style(...given);
    }
    override end(): void {
      this.#over = true;
      super.end();
    }
  };

  function windowed(lines: readonly string[], room: number): string[] {
    const { tasks } = progress();
    const count = { waiting: 0, running: 0, done: 0, failed: 0, skipped: 0 };
    for (const { state } of tasks.values()) count[state]++;
    const first = order.flatMap((address, index) => {
      const state = tasks.get(address)?.state;
      return state === "running" || state === "failed" ? [lines[index] ?? ""] : [];
    });
    const told = Object.entries(count).filter(([, number]) => number > 0);
    const sum = told.map(([state, number]) => `${number} ${state}`).join(", ");
    return [...first.slice(0, room - 1), `  ${sum}`];
  }
}

function retitle(line: Line, title: string): void {
  line.title = title;
  if (line.task) line.task.title = title;
}

function settle(task: Task, line: Line | undefined, last = false): void {
  const going = task.endedAt === undefined || task.back === "going";
  if (!line || (going && !last)) return;
  if (task.state === "failed") line.ended.reject(new Error(task.message ?? "failed"));
  else if (task.state !== "done") line.task?.skip(line.title);
  line.ended.resolve();
}
