import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { connect } from "../../../../src/engine/docker/api/client.ts";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { describe } from "../../../../src/engine/docker/errors/engine-error.ts";
import { all, rejection, withEngine } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "stack-ssh-"));
// A package.json further up could make the fake an ES module.
writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
const before = process.env.PATH;
const endpoint = {
  kind: "ssh",
  host: "far",
  user: "me",
  port: 2222,
  socket: "/run/it's.sock",
  display: "ssh://me@far:2222",
  source: "test",
} as const;
const dial = () => connect(endpoint, AbortSignal.timeout(10_000));

/** Puts a program named ssh before the real one; it writes down its arguments, then runs `body`. */
function fakeSsh(body: string): void {
  const note = `require("node:fs").appendFileSync(${JSON.stringify(join(folder, "calls"))},
    JSON.stringify(process.argv.slice(2)) + "\\n");`;
  writeFileSync(join(folder, "ssh"), `#!${process.execPath}\n${note}\n${body}\n`);
  chmodSync(join(folder, "ssh"), 0o755);
}

const ssh = (socket: string) => `
  const far = require("node:net").connect(${JSON.stringify(socket)});
  process.stdin.pipe(far).pipe(process.stdout);`;

beforeEach(() => {
  process.env.PATH = `${folder}:${before}`;
});
afterAll(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true });
});

test("calls and streams go through the system's ssh, over few connections", () =>
  withEngine(
    (request, response) => {
      if (request.url?.endsWith("/events")) response.end('{"a":1}\n');
      else setTimeout(() => response.end(JSON.stringify({ large: "x".repeat(300_000) })), 5);
    },
    async ({ socket, connections }) => {
      fakeSsh(ssh(socket));
      const made = connections();
      const client = await dial();
      expect(client.server).toBe("Docker/20.10.24");
      const wave = Array.from({ length: 20 }, () => client.get<{ large: string }>(path`/info`));
      for (const { large } of await Promise.all(wave)) expect(large).toHaveLength(300_000);
      expect(connections() - made).toBe(6);
      expect(await all(client.progress("GET", path`/events`))).toEqual([{ a: 1 }]);
      client.close();
      const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
      expect(JSON.parse(calls[0] ?? "")).toEqual([
        ...["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-p", "2222", "-l", "me"],
        ...["--", "far", "docker", "--host", "'unix:///run/it'\\''s.sock'", "system", "dial-stdio"],
      ]);
    },
  ));

test.each([
  ["me@far: Permission denied (publickey).", 255, "unreachable", "safe"],
  ["Host key verification failed.", 255, "unreachable", "safe"],
  ["sh: 1: docker: not found", 127, "unreachable", "safe"],
])("ssh that fails says why: %s", async (text, status, code, retry) => {
  fakeSsh(
    `console.error("Warning: a banner\\n" + ${JSON.stringify(text)}); process.exit(${status});`,
  );
  const error = await rejection(dial());
  expect(error).toMatchObject({ code, retry, phase: "connect" });
  expect(describe(error).message).toBe(`no engine answers at ssh://me@far:2222: ${text}`);
});

test("a connection lost after sending leaves a change ambiguous", () =>
  withEngine(
    () => {},
    async ({ socket }) => {
      fakeSsh(`${ssh(socket)}
        setTimeout(() => {
          console.error("Connection to far closed by remote host.");
          process.exit(255);
        }, 400);`);
      const client = await dial();
      const lost = await rejection(client.post(path`/containers/${"web"}/start`));
      expect(lost).toMatchObject({ code: "cut", retry: "ambiguous" });
      client.close();
    },
  ));

test("without ssh", async () => {
  process.env.PATH = "/nowhere";
  expect(await rejection(dial())).toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("ssh can't be run"),
  });
});
