import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { run, type Sample } from "./run.ts";
import { bare, changed, document, regenerated, type Shape, soon } from "./shape.ts";

export type Scenario = "apply" | "plan" | "again" | "change" | "destroy";
export const SCENARIOS: readonly Scenario[] = ["apply", "plan", "again", "change", "destroy"];

/** `stack` waits for as much as compose does, `waiting` until all is ready, as it does by default. */
export type Who = "stack" | "waiting" | "compose" | "floor";

export interface Contender {
  readonly who: Who;
  readonly project: string;
  /** Writes its files anew, as they have never been. */
  write(generation: number): void;
  /** Changes one container of what was written. */
  edit(): void;
  /** @param host where the engine is, or something that counts on the way to it */
  run(scenario: Scenario, host: string): Promise<Sample>;
}

const root = resolve(import.meta.dirname, "../..");
export const MAIN = resolve(root, "dist/main.js");
const FLOOR = resolve(import.meta.dirname, "floor.mjs");

/** How docker compose is run, and what it needs in its environment. */
export interface Compose {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * `docker compose`, as people type it, where there is a `docker` to find the plugin in a folder
 * of ours; else the plugin by itself, which is some 50 ms faster.
 */
export function composeOf(executable: string, plugin: boolean, folder: string): Compose {
  if (!plugin) return { command: [executable], env: {} };
  const config = resolve(folder, "docker");
  mkdirSync(resolve(config, "cli-plugins"), { recursive: true });
  symlinkSync(executable, resolve(config, "cli-plugins/docker-compose"));
  return { command: ["docker", "compose"], env: { DOCKER_CONFIG: config } };
}

export function contenders(
  folder: string,
  compose: Compose | undefined,
  shapeFor: (project: string) => Shape,
): Contender[] {
  const all = [
    stack("stack", folder, shapeFor("benchs")),
    stack("waiting", folder, soon(shapeFor("benchw"))),
    floor(folder, shapeFor("benchf")),
  ];
  if (compose) all.splice(2, 0, composeBy(compose, folder, shapeFor("benchc")));
  return all;
}

/** A folder of its own, and the file in it. */
function desk(cwd: string, file: string, textOf: (shape: Shape) => string, shape: Shape) {
  mkdirSync(cwd, { recursive: true });
  let written = shape;
  const save = () => writeFileSync(resolve(cwd, file), textOf(written));
  return {
    write(generation: number): void {
      written = regenerated(shape, generation);
      save();
    },
    edit(): void {
      written = changed(written);
      save();
    },
  };
}

function stack(who: "stack" | "waiting", folder: string, shape: Shape): Contender {
  const cwd = resolve(folder, who);
  const apply = ["apply", "--yes", ...(who === "stack" ? ["--detach"] : [])];
  const words: Readonly<Record<Scenario, readonly string[]>> = {
    apply,
    plan: ["plan", "--detailed-exitcode"],
    again: apply,
    change: apply,
    destroy: ["destroy", "--yes"],
  };
  return {
    who,
    project: shape.project,
    ...desk(cwd, "stack.yaml", (each) => document(each, "containers"), shape),
    run: (scenario, DOCKER_HOST) =>
      run([process.execPath, MAIN, ...words[scenario]], { cwd, env: { DOCKER_HOST } }),
  };
}

function composeBy({ command, env }: Compose, folder: string, shape: Shape): Contender {
  const cwd = resolve(folder, "compose");
  // It has no plan: what tells that nothing changes is an `up` that changes nothing.
  const words: Readonly<Record<Scenario, readonly string[]>> = {
    apply: ["up", "-d"],
    plan: ["up", "-d"],
    again: ["up", "-d"],
    change: ["up", "-d"],
    destroy: ["down"],
  };
  return {
    who: "compose",
    project: shape.project,
    ...desk(cwd, "compose.yaml", (each) => document(each, "services"), shape),
    run: (scenario, DOCKER_HOST) =>
      run([...command, ...words[scenario]], { cwd, env: { ...env, DOCKER_HOST } }),
  };
}

function floor(folder: string, shape: Shape): Contender {
  const cwd = resolve(folder, "floor");
  return {
    who: "floor",
    project: shape.project,
    ...desk(cwd, "bodies.json", (each) => JSON.stringify(bare(each)), shape),
    run(scenario, host) {
      const socket = host.replace("unix://", "");
      return run([process.execPath, FLOOR, socket, "bodies.json", scenario], { cwd });
    },
  };
}
