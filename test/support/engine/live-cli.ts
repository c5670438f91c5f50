import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../src/model/json.ts";
import { IDLE, type Source } from "../fixtures/stackfile.ts";
import { SOCKET } from "./live.ts";
import { copiedProgram } from "./program.ts";

interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  started?(child: ChildProcess): void;
}

/** A folder of its own to work in, with the built executable. */
export interface Shop {
  readonly cwd: string;
  write(file: string, content: Source | Buffer): string;
  /** Puts a stack of one container into the folder's stack.yaml; gives its name back. */
  given(name: string, more?: JsonObject): string;
  stack(args: readonly string[], how?: How): Promise<Ran>;
  close(): void;
}

export const web = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  containers: { web: { ...IDLE, ...more } },
});

export function shop(): Shop {
  const folder = mkdtempSync(join(tmpdir(), "stack-cli-"));
  const main = copiedProgram(join(folder, "program"));
  const cwd = join(folder, "work");
  mkdirSync(cwd);
  const write = (file: string, content: Source | Buffer): string => {
    const path = join(cwd, file);
    mkdirSync(dirname(path), { recursive: true });
    const raw = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(path, raw ? content : JSON.stringify(content));
    return path;
  };
  return {
    cwd,
    write,
    given(name, more) {
      write("stack.yaml", web(name, more));
      return name;
    },
    stack: (args, how = {}) => run(main, args, cwd, how),
    close: () => rmSync(folder, { recursive: true }),
  };
}

function run(main: string, args: readonly string[], cwd: string, how: How): Promise<Ran> {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    DOCKER_HOST: `unix://${SOCKET}`,
    ...how.env,
  };
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: "pipe" });
  child.stdin.end(how.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  how.started?.(child);
  return new Promise((settle, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => settle({ status, signal, stdout, stderr }));
  });
}
