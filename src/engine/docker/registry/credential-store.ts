import type { Answer } from "./credentials.ts";

const DEADLINE = 10_000;
/** Bytes; a login has some hundred. */
const LARGEST = 1 << 16;

/**
 * Runs `<program> get` without a shell, with `input` on its standard input; limited to ten seconds.
 */
export async function askStore(
  env: Readonly<Record<string, string | undefined>>,
  program: string,
  input: string,
  signal: AbortSignal,
): Promise<Answer> {
  // Loaded only if a credential helper is used.
  const { output } = await import("../../../system/run-program.ts");
  const answer = await output({
    ...{ argv: [program, "get"], env, input: `${input}\n`, signal },
    ...{ deadline: DEADLINE, limit: LARGEST },
  });
  const text = new TextDecoder().decode(answer.bytes);
  if (!("why" in answer)) return { status: 0, output: text };
  return { status: answer.code, output: text, why: answer.why };
}
