import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A whole process, from its start to its end. */
export interface Sample {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of processor time, its own and the system's for it; absent: not measurable here. */
  readonly cpu?: number;
  /** Peak memory in MiB. */
  readonly memory?: number;
}

/** Node cannot ask for a child's use of resources; GNU time can, at the cost of one exec. */
const TIME = "/usr/bin/time";
const folder = mkdtempSync(join(tmpdir(), "stack-bench-"));
const report = join(folder, "time");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** @throws where it ends with another code than 0, with all that it said */
export async function run(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Sample> {
  const timed = existsSync(TIME);
  const [program = "", ...rest] = timed
    ? [TIME, "-o", report, "-f", "%U %S %M", ...command]
    : command;
  const { PATH = "", HOME = "" } = process.env;
  const output: Buffer[] = [];
  const began = performance.now();
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { PATH, HOME, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (part: Buffer) => output.push(part));
    child.stderr.on("data", (part: Buffer) => output.push(part));
    child.on("error", reject);
    child.on("close", resolve);
  });
  const wall = performance.now() - began;
  if (code !== 0)
    throw new Error(`${command.join(" ")}\nended with ${code}:\n${Buffer.concat(output)}`);
  if (!timed) return { wall };
  const [user = 0, system = 0, memory = 0] = readFileSync(report, "utf8").split(" ").map(Number);
  return { wall, cpu: (user + system) * 1000, memory: memory / 1024 };
}

/** Of the middle two where the number is even. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
