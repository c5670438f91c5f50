import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Asked, output } from "../../../src/system/run-program.ts";

/* Programs that do not behave: each ends in time, with true words, and with all that it started. */

const folder = mkdtempSync(join(tmpdir(), "stack-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (script: string, more: Partial<Asked> = {}) => {
  const { signal } = new AbortController();
  const argv = ["sh", "-c", script];
  return output({ argv, env: process.env, limit: 1000, deadline: 20_000, signal, ...more });
};
const told = async (script: string, more: Partial<Asked> = {}) => {
  const result = await run(script, more);
  return "why" in result ? result.why : Buffer.from(result.bytes).toString();
};

/** The processes whose id a script has written into the file. */
const pids = (name: string) =>
  readFileSync(join(folder, name), "utf8").trim().split("\n").map(Number);
const runs = (pid: number): boolean => {
  // One that has ended, and whose parent has not asked, counts as ended.
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "utf8"));
};
async function ends(pid: number): Promise<void> {
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a program whose child keeps its output open", () => {
  test("gives what it wrote, once it has ended", async () => {
    expect(await told(`echo value; sleep 60 & echo $! > ${folder}/left; exit 0`)).toBe("value\n");
    for (const pid of pids("left")) await ends(pid);
  });
  test("has failed as it says", async () => {
    expect(await told("sleep 5 & exit 3")).toBe("ended with exit code 3");
  });
  test("is not cut off while that one still writes", async () => {
    const script = "(for i in 1 2 3; do sleep 0.4; echo $i; done) & exit 0";
    expect(await told(script)).toBe("1\n2\n3\n");
  });
  test("and writes without an end, is ended at its deadline or its limit, in true words", async () => {
    const slow = `(echo $$; while sleep 0.1; do echo x >&2; done) & exit 0`;
    expect(await told(slow, { deadline: 2500 })).toBe(
      "has ended, but what it has started still writes after 2.5 s",
    );
    expect(await told("yes & exit 0")).toBe("writes more than 1000 bytes");
  });
});

describe("a program is ended with all that it has started", () => {
  const family = (name: string, then: string) =>
    `echo $$ > ${folder}/${name}; trap '' TERM; sh -c "trap '' TERM; echo \\$\\$ >> ${folder}/${name}; sleep 61" & ${then}`;
  const started = async (name: string) => {
    while (!existsSync(join(folder, name)) || pids(name).length < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  test("at its deadline, though it heeds no SIGTERM", async () => {
    expect(await told(family("late", "wait"), { deadline: 1000 })).toBe("did not end within 1 s");
    for (const pid of pids("late")) await ends(pid);
  });
  test("when it floods", async () => {
    expect(await told(family("flood", "sleep 0.5; yes"))).toBe("writes more than 1000 bytes");
    for (const pid of pids("flood")) await ends(pid);
    expect(await told(family("noise", "sleep 0.5; yes >&2"))).toBe(
      "writes more than 16 MiB to stderr",
    );
    for (const pid of pids("noise")) await ends(pid);
  });
  test.each([undefined, 200])(
    "when it is interrupted, with %s ms to end by itself",
    async (grace) => {
      const stop = new AbortController();
      const name = `stop-${grace}`;
      const ended = told(family(name, "wait"), {
        signal: stop.signal,
        ...(grace === undefined ? {} : { grace }),
      });
      await started(name);
      stop.abort();
      expect(await ended).toBe("was interrupted");
      for (const pid of pids(name)) await ends(pid);
    },
  );
  test("but one that may ask its user stays in our process group", async () => {
    const script = "ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat";
    const ours = Number(readFileSync("/proc/self/stat", "utf8").split(" ")[4]);
    expect(Number(await told(script, { asks: true }))).toBe(ours);
    expect(Number(await told(script))).not.toBe(ours);
  });
});

test("one that is interrupted before it begins is not run", async () => {
  expect(await told("echo x", { signal: AbortSignal.abort() })).toBe("was not run");
});

test("a flood of complaints is kept no longer than its last lines", async () => {
  const result = await run("yes 'a complaint' | head -100000 >&2; exit 1");
  expect("why" in result && result.complaints).toMatch(/^a complaint\n(a complaint\n)+$/);
  expect("why" in result && result.complaints.length).toBeLessThanOrEqual(4000);
});

test("one that ends without reading its input is no error", async () => {
  expect(await told("exit 0", { input: "x".repeat(1 << 20) })).toBe("");
});
