import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import { perform } from "../../../../src/engine/docker/operations/perform.ts";
import type { Json } from "../../../../src/model/json.ts";
import type { Hooks } from "../../../../src/model/stack.ts";
import { doerOf, withEngine } from "../support.ts";

/** A status with JSON, or with what a command writes; `cut`: no answer, or no more of one. */
type Reply = readonly [status: number, answer?: Json | Buffer] | "cut";

/** A hook on an engine that replies in turn by call; the last reply stays. */
async function ran(hook: keyof Hooks, script: Readonly<Record<string, readonly Reply[]>>) {
  const counts = new Map<string, number>();
  const reply = (line: string): Reply => {
    const key = Object.keys(script).find((each) => line === each) ?? "";
    const at = counts.get(key) ?? 0;
    counts.set(key, at + 1);
    const replies = script[key] ?? [];
    return replies[Math.min(at, replies.length - 1)] ?? [200];
  };
  const warnings: string[] = [];
  let outcome = "";
  let now = 0;
  await withEngine(
    (request, response) => send(response, reply(`${request.method} ${bare(request.url)}`)),
    async ({ client }) => {
      const sleep = async (ms: number) => {
        now += ms;
      };
      const doer = doerOf(client, { now: () => now, random: () => 0.5, sleep });
      const common = { id: 1, address: "container.web", dependsOn: [], reason: "tested" } as const;
      const command = ["register", "now"];
      const step = {
        ...common,
        operation: "container.exec",
        container: { name: "web" },
        hook,
        command,
      } as const;
      outcome = await perform(doer, step, {
        ...{ secrets: new Map([["S", "hunter22"]]), signal: new AbortController().signal },
        ...{
          waitTimeout: 60_000,
          over: new AbortController().signal,
          met: () => {},
          advance: () => {},
          warn: (text: string) => warnings.push(text),
        },
      }).then(
        () => "done",
        ({ code, message, lines = [] }: EngineError) =>
          [`${code}: ${message}`, ...lines].join("\n  "),
      );
      doer.events.close();
    },
  );
  return { outcome, warnings, begun: counts.get(START) ?? 0, made: counts.get(MAKE) ?? 0 };
}

const bare = (line = ""): string => line.replace("/v1.41", "").replace(/\?.*/s, "");

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "cut") return void response.destroy();
  const [status, answer] = reply;
  const written = Buffer.isBuffer(answer);
  const type = written ? "application/vnd.docker.raw-stream" : "application/json";
  response.writeHead(status, { "content-type": type });
  response.end(written ? answer : answer === undefined ? "" : JSON.stringify(answer));
}

const MAKE = "POST /containers/web/exec";
const START = "POST /exec/e1/start";
const LOOK = "GET /exec/e1/json";
const made: Reply = [201, { Id: "e1" }];
const runs: Reply = [200, { Running: true, ExitCode: null }];
const waits: Reply = [200, { Running: false, ExitCode: null }];
const ended = (ExitCode: number): Reply => [200, { Running: false, ExitCode }];

function says(text: string): Reply {
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, text.length]);
  return [200, Buffer.concat([header, Buffer.from(text)])];
}

const stopped: Reply = [409, { message: "Container 1 is not running" }];
const busy: Reply = [409, { message: "Container 1 is restarting, wait until it is running" }];

test("the exit code decides, not the status of the stream", async () => {
  const good = { [MAKE]: [made], [START]: [says("fine\n")], [LOOK]: [runs, ended(0)] };
  expect(await ran("post_start", good)).toMatchObject({ outcome: "done", begun: 1 });
  const bad = await ran("post_start", {
    ...good,
    [START]: [says("no table\n")],
    [LOOK]: [ended(3)],
  });
  expect(bad.outcome).toBe("exited: post_start of web (register now) exits (3)\n  no table");
});

test.each<[string, Record<string, Reply[]>, string, number]>([
  ["its creation is lost: it is created again", { [MAKE]: ["cut", made] }, "done", 1],
  ["its start is lost, and it runs: it is watched", { [START]: ["cut"] }, "done", 1],
  [
    "its start is lost, and begins late",
    { [START]: ["cut"], [LOOK]: [waits, waits, runs, ended(0)] },
    "done",
    1,
  ],
  [
    "its start is lost, and looks at it as well",
    { [START]: ["cut"], [LOOK]: ["cut", runs, ended(0)] },
    "done",
    1,
  ],
  [
    "it never begins",
    { [START]: ["cut"], [LOOK]: [waits] },
    "exited: post_start of web (register now) was cut off from us, and its outcome is not known",
    1,
  ],
  [
    "the engine was restarted, and has forgotten it",
    { [START]: ["cut"], [LOOK]: [[404, { message: "No such exec instance" }]] },
    "exited: post_start of web (register now) was cut off from us, and its outcome is not known",
    1,
  ],
  [
    "the container has ended",
    { [MAKE]: [stopped] },
    "exited: web has ended before its post_start hook",
    0,
  ],
])("it is never begun twice: %s", async (_, script, outcome, begun) => {
  const usual = { [MAKE]: [made], [START]: [says("")], [LOOK]: [runs, ended(0)] };
  expect(await ran("post_start", { ...usual, ...script })).toMatchObject({ outcome, begun });
});

test.each<[string, Record<string, Reply[]>, readonly unknown[]]>([
  ["the container has ended by itself", { [MAKE]: [stopped] }, []],
  ["the container is gone", { [MAKE]: [[404, { message: "No such container: web" }]] }, []],
  [
    "the container cannot be entered",
    { [MAKE]: [busy] },
    [expect.stringMatching(/is restarting.*; it is stopped all the same$/)],
  ],
  [
    "it fails",
    { [MAKE]: [made], [START]: [says("no\n")], [LOOK]: [ended(1)] },
    ["pre_stop of web (register now) exits (1); its last lines: no; it is stopped all the same"],
  ],
])("what fails before a stop is no more than a warning: %s", async (_, script, warnings) => {
  expect(await ran("pre_stop", script)).toMatchObject({ outcome: "done", warnings });
});
