import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { composeOf, contenders, SCENARIOS } from "./contenders.ts";
import { counted, type Setting, timed } from "./cycle.ts";
import { ask } from "./engine.ts";
import { type Counter, counting } from "./proxy.ts";
import { chainRows, type Row, type Rows, stackRows, startRows } from "./result.ts";
import { chain, layered, type Shape } from "./shape.ts";
import { starts } from "./start.ts";
import { markdownTable, plainTable } from "./table.ts";

const CHAIN = 6;
/** Milliseconds between the probes of the chains. */
const PROBES = [100, 200, 400, 500, 1000];
/** Rounds in which a command of ours still learns what it calls (src/launch.ts). */
const LEARNING = 5;
const PARTS = ["start", "stacks", "chain", "calls"];

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "10,50,100,200" },
    rounds: { type: "string", default: "5" },
    repeat: { type: "string", default: "3" },
    only: { type: "string", default: PARTS.join(",") },
    json: { type: "string" },
    markdown: { type: "string" },
    standalone: { type: "boolean", default: false },
  },
});

function positive(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${what}: not a number: ${text}`);
  return value;
}

const counts = values.n.split(",").map((text) => positive(text, "n"));
const rounds = positive(values.rounds, "rounds");
const repeat = positive(values.repeat, "repeat");
const only = values.only.split(",");
const stray = only.find((part) => !PARTS.includes(part));
if (stray !== undefined) throw new Error(`--only ${stray}: not one of ${PARTS.join(", ")}`);

const socket = (process.env.STACK_BENCH_HOST ?? "").replace(/^unix:\/\//, "");
const folder = mkdtempSync(join(tmpdir(), "stack-bench-"));
const executable = process.env.STACK_COMPOSE;
const hasDocker = spawnSync("docker", ["--version"]).status === 0;
const compose = executable
  ? composeOf(executable, hasDocker && !values.standalone, folder)
  : undefined;
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const tell = (line: string): void => console.error(line);

/** One stack, by every contender: timed, then counted. */
async function measured(
  shapeFor: (project: string) => Shape,
  count: number,
  part: Pick<Setting, "scenarios">,
  rows: Rows,
): Promise<Row[]> {
  const setting: Setting = {
    ...{ socket, count, rounds, repeat, tell, ...part },
    contenders: contenders(folder, compose, shapeFor),
  };
  const samples = await timed(setting);
  const counter = only.includes("calls")
    ? await counting(socket, join(folder, "c.sock"))
    : undefined;
  const calls = counter && (await counted(setting, counter).finally(() => closed(counter)));
  return rows(setting.scenarios, count, samples, calls);
}

/** Nobody measures a tool that was never run before. */
async function warmed(): Promise<void> {
  const all = contenders(folder, undefined, (project) => layered(project, 2));
  const setting = { socket, count: 2, rounds: LEARNING, repeat: 1, tell: () => {} };
  const ours = all.filter(({ who }) => who === "stack");
  await timed({ ...setting, scenarios: SCENARIOS, contenders: ours });
}

const closed = (counter: Counter): void => counter.close();

async function main(): Promise<void> {
  const { Version, ApiVersion } = await ask<{ Version: string; ApiVersion: string }>(
    socket,
    "GET",
    "/version",
  );
  const rows: Row[] = [];
  if (only.includes("start")) {
    tell("start-up");
    rows.push(...startRows(await starts(rounds)));
  }
  if (only.includes("chain") || only.includes("stacks")) await warmed();
  for (const interval of only.includes("chain") ? PROBES : []) {
    tell(`a chain of ${CHAIN}, probed every ${interval} ms`);
    const part = { scenarios: ["apply", "again", "destroy"] } as const;
    const shape = (project: string) => chain(project, CHAIN, interval);
    rows.push(...(await measured(shape, CHAIN, part, chainRows(interval))));
  }
  for (const count of only.includes("stacks") ? counts : []) {
    tell(`${count} containers`);
    const part = { scenarios: SCENARIOS };
    rows.push(...(await measured((project) => layered(project, count), count, part, stackRows)));
  }
  const about = {
    engine: Version,
    api: ApiVersion,
    node: process.versions.node,
    processors: availableParallelism(),
    compose: compose ? compose.command.map((word) => basename(word)).join(" ") : "none",
    rounds,
    repeat,
  };
  const head = `engine ${Version} (API ${ApiVersion}), Node ${about.node}, ${about.processors} processors, compose run as \`${about.compose}\`, medians of ${rounds} rounds`;
  console.log(`${head}\n\n${plainTable(rows)}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ about, rows }, undefined, 2)}\n`);
  if (values.markdown) writeFileSync(values.markdown, `${head}\n\n${markdownTable(rows)}\n`);
  if (rows.some(({ passed }) => passed === false)) process.exitCode = 1;
}

await main();
