import { Redactor } from "../../../src/attributes/secrets/redactor.ts";
import { COMMANDS, GLOBALS } from "../../../src/cli/command-list.ts";
import { commandWord, parseGiven } from "../../../src/cli/framework/parse-arguments.ts";
import type { Exit } from "../../../src/cli/host/exit-codes.ts";
import { endingOf } from "../../../src/cli/host/exit-codes.ts";
import type { CliHost } from "../../../src/cli/host/host.ts";
import type { Pipeline, RunOptions } from "../../../src/cli/host/pipeline.ts";
import { load } from "../../../src/cli/load-command.ts";
import { EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import type { EngineSession } from "../../../src/engine/engine.ts";
import type { Loaded } from "../../../src/language/load.ts";
import type { Outcome } from "../../../src/model/events.ts";
import type { LockHolder } from "../../../src/model/lock.ts";
import type { ObservedState } from "../../../src/model/observed-state.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { plan as emptyPlan } from "../render/fixtures.ts";

/** A world in memory: files, a terminal, and the pipeline's parts with what they are to answer. */
export interface World {
  files: Record<string, string>;
  terminal: boolean;
  answer: string | undefined;
  plan: Plan;
  loaded: Partial<Loaded>;
  observed: Partial<ObservedState>;
  installation: Partial<EngineSession>;
  moved: string[];
  outcome: Outcome;
  parts: Partial<Pipeline>;
  env: Record<string, string>;
  /** What happened, in order. */
  log: string[];
  out: string;
  err: string;
  /** What was written to stderr for programs, never wrapped. */
  errData: string;
  abort: AbortController;
  /** Who holds the lock when a command wants it. */
  holder: LockHolder | undefined;
  /** Called once the lock is taken. */
  locked(): void;
  lost: AbortController;
}

export function world(more: Partial<World> = {}): World {
  return {
    files: { "/w/stack.yaml": "name: shop\n" },
    terminal: false,
    answer: undefined,
    plan: emptyPlan(),
    loaded: {},
    observed: {},
    installation: {},
    moved: [],
    outcome: "completed",
    parts: {},
    env: {},
    log: [],
    out: "",
    err: "",
    errData: "",
    abort: new AbortController(),
    holder: undefined,
    locked: () => {},
    lost: new AbortController(),
    ...more,
  };
}

const REFUSED = { code: "locked", operation: "", phase: "body", retry: "no" } as const;

export interface Ended extends Partial<Omit<Exit, "code">> {
  readonly code: number;
}

/** Runs a command line as main does, without its process. */
export async function stack(line: string, within: World): Promise<Ended> {
  const args = line.split(" ");
  try {
    const index = commandWord(args, GLOBALS);
    const command = COMMANDS.find(({ name }) => name === args[index]);
    if (!command) throw new Error(`no command in ${line}`);
    const given = parseGiven(args.toSpliced(index, 1), command, GLOBALS);
    const run = await load(command);
    return { code: await run(given, around(within)) };
  } catch (error) {
    const ending = endingOf(error);
    if (!ending) throw error;
    const { status, message, hint } = ending;
    return { code: status, message, ...(hint !== undefined && { hint }) };
  }
}

export function around(within: World): CliHost {
  const terminal = { isTTY: within.terminal };
  return {
    env: within.env,
    cwd: "/w",
    home: "/home/me",
    cache: undefined,
    stdin: terminal,
    stdout: terminal,
    // Without columns nothing is drawn: the plain screen serves tests.
    stderr: terminal,
    out: (text) => {
      within.out += text;
    },
    err: (text) => {
      within.err += text;
    },
    errData: (text) => {
      within.errData += text;
    },
    paintOut: paint(false),
    paintErr: paint(false),
    hidden: new Redactor(),
    now: () => 5000,
    space: () => undefined,
    runner: { user: "me", host: "here", pid: 7 },
    read: (path) => {
      const text = within.files[path];
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    write: async (path, content, how) => {
      within.log.push(`write ${path}${how.secret ? " secret" : ""}${how.fresh ? " fresh" : ""}`);
      within.files[path] = typeof content === "string" ? content : "a stream";
    },
    ask: async (question) => {
      within.log.push("ask");
      within.err += question;
      return within.answer;
    },
    interrupts: { signal: within.abort.signal, guard: (_, work) => work() },
    parts: { ...fakeParts(within), ...within.parts },
  };
}

function fakeParts(within: World): Pipeline {
  const shop = { name: within.plan.stack, resources: [] };
  const empty = {
    secrets: new Map(),
    commands: [],
    diagnostics: [],
    texts: new Map(),
    document: { name: "shop" },
    given: {},
  };
  return {
    load: async (sources) => {
      within.log.push(`load ${sources.files.join(" ")}`);
      return { ...empty, stack: shop, ...within.loaded };
    },
    output: async ({ argv }) => {
      within.log.push(`run ${argv.join(" ")}`);
      return { bytes: new TextEncoder().encode(`output of ${argv.join(" ")}\n`) };
    },
    open: async (flags) => {
      within.log.push(`open ${flags.host ?? flags.context ?? "default"}`);
      return engine(within);
    },
    plan: async () => within.plan,
    planDestroy: async (_, __, { volumes }) => {
      within.log.push(`plan destroy${volumes ? " volumes" : ""}`);
      return within.plan;
    },
    planWait: async (_, __, { names }) => {
      within.log.push(`plan wait ${names.join(" ")}`);
      return within.plan;
    },
    stale: async () => within.moved,
    execute: async (plan, _, options) => execute(plan, options, within),
    drift: async (stack, { engine }) => ({ stack: stack.name, engine, applied: true, drifted: [] }),
    imported: async () => {
      const counts = { container: 0, network: 0, volume: 0 };
      return { document: { name: "shop" }, withheld: [], warnings: [], counts };
    },
    catalogue: async () => (await import("../../../src/attributes/catalogue.ts")).catalogue,
  };
}

function engine(within: World): EngineSession {
  const facts = within.plan.engine;
  const nothing = { containers: [], listed: [], networks: [], volumes: [] };
  const observe = (how: string) => async () => {
    within.log.push(how);
    const rest = { images: {}, remote: {}, files: {} };
    return { engine: facts, ...nothing, ...rest, ...within.observed };
  };
  return {
    facts,
    observe: observe("observe"),
    follow: () => within.log.push("follow"),
    observeAgain: observe("observe again"),
    perform: async () => {},
    images: async () => {
      throw new Error("no command of these tests asks for more of images");
    },
    lock: async ({ claim, waiting, timeout }) => {
      within.log.push(`lock ${claim.operation} ${claim.user}@${claim.host}`);
      if (within.holder) waiting(within.holder);
      if (within.holder && timeout === 0)
        throw new EngineError({ ...REFUSED, message: "it is locked" });
      within.locked();
      return { lost: within.lost.signal, release: async () => void within.log.push("release") };
    },
    holder: async (id) => (within.holder?.id === id ? within.holder : undefined),
    unlock: async ({ id }) => void within.log.push(`unlock ${id}`),
    info: async () => ({}),
    login: async () => undefined,
    remote: async () => ({ digest: "", platforms: [] }),
    tags: async () => [],
    ...within.installation,
    close: () => within.log.push("close"),
  };
}

async function execute(plan: Plan, { emit, secrets }: RunOptions, within: World) {
  within.log.push(["execute", ...secrets.values()].join(" "));
  const at = 5000;
  emit({ type: "started", at, plan });
  for (const step of plan.steps) {
    emit({ type: "step_started", at, step });
    if (within.outcome === "completed") emit({ type: "step_completed", at, step, ms: 10 });
    else
      emit({
        type: "step_failed",
        at,
        step,
        ms: 10,
        code: "exited",
        message: "boom",
        hint: "duck",
      });
  }
  const count = { completed: 0, failed: 0, skipped: 0 };
  emit({ type: "finished", at, ms: 10, outcome: within.outcome, ...count });
  return { outcome: within.outcome, ...count };
}
