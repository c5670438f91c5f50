import type { Answer } from "./login.ts";

const DEADLINE = 10_000;
/** Characters; a login has some hundred. */
const LONGEST = 1 << 16;

/**
 * Runs `<program> get` without a shell, with `input` on its standard input. A program that is not
 * there, or not done after ten seconds, has the status `null`.
 */
export function askStore(
  env: Readonly<Record<string, string | undefined>>,
  program: string,
  input: string,
  signal: AbortSignal,
): Promise<Answer> {
  // Loaded for those who use helpers only.
  const { spawn } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve) => {
    const child = spawn(program, ["get"], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]),
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      if (output.length < LONGEST) output += part;
    });
    // It may end without reading.
    child.stdin.on("error", () => {}).end(`${input}\n`);
    child.on("error", () => resolve({ status: null, output: "" }));
    child.on("close", (status) => resolve({ status, output }));
  });
}
