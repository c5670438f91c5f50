import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import { type Fault, tap } from "../servers/proxy.ts";
import { bench } from "./live.ts";
import { shop } from "./live-cli.ts";
import type { Scenario, Tools } from "./scenarios.ts";

/** `npm run test:full`: every case, not a sample of them. */
export const FULL = process.env.STACK_TEST_FULL === "1";

/** `2/4`: of all cases, the second of four parts, for a machine that has not the time for all. */
const [PART = 1, PARTS = 1] = (process.env.STACK_TEST_PART ?? "1/1").split("/").map(Number);

/** Fewer faults than a run of all cases has at least, where this is a part of them. */
export const fewerThan = (all: number): number => Math.floor(all / PARTS) - 1;

/** A run mostly waits for the engine, so that the whole matrix is gone through by several at once. */
const AT_ONCE = FULL ? 3 : 1;

/**
 * Something that happens to a run at one of its calls. `kill`: SIGKILL as the engine gets a write;
 * `kill before`: SIGKILL at any call, reads included, before the engine gets it.
 */
export type Mishap = Fault | "kill" | "kill before";

export const FAULTS = [500, 409, "cut before", "cut after", "slow", "truncated"] as const;

export interface Figures {
  cases: number;
  faults: number;
  /** Well at the end of the run itself. */
  at_once: number;
  /** Well after the next run. */
  by_the_next: number;
  /** Why the others were lost. */
  lost: string[];
}

const none = (): Figures => ({ cases: 0, faults: 0, at_once: 0, by_the_next: 0, lost: [] });

export function figuresText(what: string, figures: Figures): string {
  const { cases, faults, at_once, by_the_next, lost } = figures;
  const converged = `${at_once + by_the_next} converged (${at_once} at once, ${by_the_next} by the next run)`;
  return `${what}: ${cases} cases, ${faults} faults, ${converged}, ${lost.length} lost`;
}

/** Tools for a file's trials, there while its tests run, and lines that are printed after them. */
export function workshop(label: string): { tools: readonly Tools[]; report: string[] } {
  const tools: Tools[] = [];
  const report: string[] = [];
  beforeAll(async () => {
    const one = async () => ({ live: await bench(label), wire: await tap(), cli: shop() });
    tools.push(...(await Promise.all(Array.from({ length: AT_ONCE }, one))));
  });
  afterAll(async () => {
    console.log(report.join("\n"));
    for (const { live, wire, cli } of tools) {
      await live.close();
      wire.close();
      cli.close();
    }
  }, 60_000);
  return { tools, report };
}

/** Which calls are one trial's, where several share the work. */
interface Share {
  readonly first: number;
  readonly stride: number;
}

/** The same trial by several at once, each with tools of its own. */
export async function trials(
  all: readonly Tools[],
  scenario: (tools: Tools) => Scenario,
  chosen: (call: number) => readonly Mishap[],
): Promise<Figures> {
  const parts = await Promise.all(
    all.map((tools, index) =>
      trial(tools, scenario(tools), chosen, { first: index + 1, stride: all.length }),
    ),
  );
  return parts.reduce((sum, part) => ({
    cases: sum.cases + part.cases,
    faults: sum.faults + part.faults,
    at_once: sum.at_once + part.at_once,
    by_the_next: sum.by_the_next + part.by_the_next,
    lost: [...sum.lost, ...part.lost],
  }));
}

/**
 * Runs the scenario with a mishap at each of its calls that `chosen` names, until a run is longer
 * than none of them. After each, the run has done its work, or has said why not and the next one
 * does it: then nothing is left over, and no lock.
 */
async function trial(
  tools: Tools,
  scenario: Scenario,
  chosen: (call: number) => readonly Mishap[],
  { first, stride }: Share,
): Promise<Figures> {
  const figures = none();
  for (let call = first, within = true; within; call += stride) {
    const round = (call - first) / stride;
    const part = chosen(call).filter((_, index) => (round + index) % PARTS === PART - 1);
    for (const mishap of part) {
      const args = await scenario.given();
      const met = await runWith(tools, args, mishap, call, scenario.status);
      within = met.happened;
      figures.cases++;
      if (met.happened) figures.faults++;
      try {
        met.hold();
        if (!met.ok) scenario.mend?.();
        const again = met.ok ? undefined : await tools.cli.stack(args);
        const wanted = [scenario.nextStatus ?? 0, expect.any(String)];
        if (again) expect([again.status, again.stderr]).toEqual(wanted);
        await scenario.whole();
        await expectUnlocked(tools, scenario.name());
        if (met.ok) figures.at_once++;
        else figures.by_the_next++;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const lost = `${mishap} at call ${call} (${met.call}): ${met.stderr}\n${why}`;
        // A matrix takes long, and its end may not come.
        console.error(`lost: ${lost}`);
        figures.lost.push(lost);
        await scenario.anew();
      }
    }
  }
  return figures;
}

/** Milliseconds after which a run counts as one that never ends. */
const HANGING = 120_000;

async function runWith(
  { cli, wire }: Tools,
  args: readonly string[],
  mishap: Mishap,
  at: number,
  undisturbed = 0,
) {
  let happened = false;
  let call = "";
  let hangs: NodeJS.Timeout | undefined;
  wire.forget();
  const ran = await cli.stack(args, {
    env: { DOCKER_HOST: `unix://${wire.socket}` },
    started: (child) => {
      hangs = setTimeout(() => child.kill("SIGABRT"), HANGING);
      const hit = (here: { method: string; url: string }) => {
        happened = true;
        call = `${here.method} ${here.url}`;
      };
      if (mishap === "kill") {
        wire.onWrite = (here, number) => {
          if (number !== at) return;
          hit(here);
          child.kill("SIGKILL");
        };
        return;
      }
      wire.fault = (here, number) => {
        if (number !== at) return undefined;
        hit(here);
        if (mishap !== "kill before") return mishap;
        child.kill("SIGKILL");
        return "cut before";
      };
    },
  });
  clearTimeout(hangs);
  wire.onWrite = () => {};
  wire.fault = () => undefined;
  const { status, signal, stderr } = ran;
  const hold = () => {
    // Who outlives its last call has done it all; who fails says why, in words; nobody hangs.
    if (!happened) expect(ran).toMatchObject({ status: undisturbed });
    if (mishap !== "kill" && mishap !== "kill before")
      expect({ ...ran, call }).toMatchObject({ signal: null });
    if (status !== 0 && signal === null) expect(stderr.trim()).not.toBe("");
    expect(stderr).not.toContain("this is a bug");
  };
  return { happened, ok: status === 0, stderr, call, hold };
}

/** A lock ends soon after the process that held it. */
async function expectUnlocked({ live }: Tools, stack: string): Promise<void> {
  const lock = path`/containers/${`stackwright-lock.${stack}`}/json`;
  for (let looks = 0; (await live.client.get(lock, { accept: [404] })) !== undefined; looks++) {
    if (looks === 400) throw new Error(`the lock of ${stack} is left`);
    await sleep(50);
  }
}
