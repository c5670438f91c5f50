import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const SCRIPT = resolve(import.meta.dirname, "../../../scripts/engine");

/** An engine for one test alone, since what is done to it would disturb every other. */
export interface OwnEngine {
  readonly host: string;
  readonly socket: string;
  /** Any command of `scripts/engine`, for this engine. */
  run(...args: readonly string[]): Promise<void>;
  /** `host:port` of its registry, which is started. */
  registry(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one under a name of its own; `options` are those of `scripts/engine start`. */
export async function ownEngine(name: string, ...options: readonly string[]): Promise<OwnEngine> {
  const script = (...args: readonly string[]) =>
    promisify(execFile)(SCRIPT, [...args, "--name", name], { timeout: 600_000 });
  await script("start", ...options);
  const value = async (key: string) => {
    const { stdout } = await script("env");
    return new RegExp(`${key}=(\\S+)`).exec(stdout)?.[1] ?? "";
  };
  const host = await value("DOCKER_HOST");
  const run = async (...args: readonly string[]) => void (await script(...args));
  return {
    ...{ host, socket: host.slice("unix://".length), run },
    async registry() {
      await run("registry", "start");
      return value("STACK_REGISTRY");
    },
    stop: () => run("stop"),
  };
}
