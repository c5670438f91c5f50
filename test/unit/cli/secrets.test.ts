import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { secretValues } from "../../../src/cli/inputs/secret-commands.ts";
import { type Asked, output } from "../../../src/system/run-program.ts";
import { around, world } from "./cli-host.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The value that a script's output gives, or what is told of its failure. */
async function value(script: string, more: Partial<Asked> = {}): Promise<string> {
  const parts = { output: (asked: Asked) => output({ ...asked, ...more }) };
  const place = { file: "stack.yaml", line: 1, column: 1 };
  const argv = script.startsWith("/") ? [script] : [process.execPath, "-e", script];
  const commands = [{ key: "s", token: "secret.s", argv, folder, place }];
  const known = new Map([["other", "swordfish"]]);
  const within = around(world({ parts }));
  const { secrets, mistakes } = await secretValues({ secrets: known, commands }, within);
  const words = mistakes.map(({ message, hint = "" }) =>
    `${message} | ${hint}`.replaceAll(process.execPath, "node"),
  );
  return secrets.get("secret.s") ?? words.join();
}

const write = (text: string) => `process.stdout.write(${text})`;

describe("the output of a secret's command", () => {
  test.each([
    [write("'a b'"), "a b"],
    [write("'one\\n'"), "one"],
    [write("'one\\r\\n'"), "one"],
    [write("'one\\n\\n'"), "one\n"],
    [write("Buffer.from([255, 0, 10])"), "\udcff\0"],
    [write("process.cwd()"), folder],
    [write("'x'.repeat(500 * 1024) + '\\n'"), "x".repeat(500 * 1024)],
  ])("%s", async (script, expected) => {
    expect(await value(script)).toBe(expected);
  });

  test.each([
    [write("'\\n'"), "the secret `s` is empty: `node` wrote it | "],
    [write("'x'.repeat(500 * 1024 + 1)"), "the secret `s` is larger than 500 KiB"],
    [write("'x'.repeat(1e6)"), "failed: `node` writes more than 512002 bytes"],
    ["process.exit(4)", "failed: `node` ended with exit code 4 | "],
    ["process.kill(process.pid, 'SIGTERM')", "failed: `node` was ended by SIGTERM | "],
    ["/no/such/program", "failed: `/no/such/program` was not found | "],
    ["/", "failed: `/` may not be run | "],
  ])("%s", async (script, expected) => {
    expect(await value(script)).toContain(expected);
  });

  test("is never told when it fails, nor is any other secret", async () => {
    const script = `${write("'halfway\\n'")};
      console.error('\\u001b[31mgot halfway, and swordfish'); process.exitCode = 1`;
    expect(await value(script)).toBe(
      "the command of the secret `s` failed: `node` ended with exit code 1 | it says: got (sensitive value), and (sensitive value)",
    );
  });

  test("does not take longer than its time", async () => {
    const begun = performance.now();
    const script = "require('child_process').spawn('sleep', ['30'], {stdio: 'inherit'})";
    expect(await value(script, { deadline: 500 })).toContain("`node` did not end within 0.5 s");
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
