import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import { perform } from "../../../../src/engine/docker/operations/perform.ts";
import { backoff, type Clock } from "../../../../src/engine/docker/retry/backoff.ts";
import type { Json, JsonObject } from "../../../../src/model/json.ts";
import type { Operation } from "../../../../src/model/operations/operations.ts";
import { doerOf, withEngine } from "../support.ts";

/** Time passes by pauses alone. */
function pace(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => pauses.reduce((sum, ms) => sum + ms, 0),
    random: () => 0.5,
    sleep: async (ms) => void pauses.push(ms),
  };
}

/** A status with the engine's text or JSON; `cut`: no answer at all. */
type Reply = readonly [status: number, answer?: string | Json] | "cut";

interface Ran {
  readonly outcome: string;
  /** The calls, with what they were for. */
  readonly calls: readonly string[];
  readonly waited: number;
}

/** Performs one step on an engine that replies by the script: by call, in order; the last stays. */
async function ran(
  work: Operation,
  script: Readonly<Record<string, readonly Reply[]>>,
): Promise<Ran> {
  let result: Ran | undefined;
  const counts = new Map<string, number>();
  const reply = (line: string): Reply => {
    if (line === "GET /_ping") return [200];
    const key = Object.keys(script).find((each) => line.startsWith(each)) ?? "";
    const replies = script[key] ?? [];
    const at = counts.get(key) ?? 0;
    counts.set(key, at + 1);
    return replies[Math.min(at, replies.length - 1)] ?? [599, `not in the script: ${line}`];
  };
  await withEngine(
    (request, response) => send(response, reply(`${request.method} ${bare(request.url)}`)),
    async ({ client, seen }) => {
      const own = pace();
      const doer = doerOf(client, own);
      const common = {
        id: 1,
        address: "container.web",
        dependsOn: [],
        reason: "it is tested",
      } as const;
      const context = {
        ...{ secrets: new Map(), signal: new AbortController().signal, waitTimeout: 1000 },
        ...{ over: new AbortController().signal },
        ...{ met: () => {}, advance: () => {}, warn: () => {} },
      };
      const outcome = await perform(doer, { ...common, ...work }, context).then(
        () => "done",
        (error: EngineError) => error.code,
      );
      const calls = seen.map(({ line }) => bare(line)).filter((line) => !line.includes("_ping"));
      result = { outcome, calls, waited: own.now() };
      doer.events.close();
    },
  );
  if (!result) throw new Error("nothing ran");
  return result;
}

const bare = (line = ""): string => line.replace("/v1.41", "").replace(/\?.*/s, "");

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "cut") return void response.destroy();
  const [status, answer] = reply;
  const body = typeof answer === "string" ? { message: answer } : answer;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(status === 204 || status === 304 || body === undefined ? "" : JSON.stringify(body));
}

const web = { name: "web", id: "a".repeat(64) };
const one = `/containers/${web.id}`;
const back = { name: "back", id: "b".repeat(64) };
const start: Operation = { operation: "container.start", container: web };
const labels = { "stackwright.stack": "shop", "stackwright.spec": "{}" };
const create: Operation = { operation: "container.create", name: "web", body: { Labels: labels } };
const state = (State: JsonObject, more: JsonObject = {}): Reply => [
  200,
  { Id: web.id, State, ...more },
];
const up = state({ Status: "running", Running: true, StartedAt: "2026-01-01T00:00:00Z" });
const taken = `Conflict. The container name "/web" is already in use by container "${"c".repeat(64)}". You have to remove (or rename) that container to be able to reuse that name.`;

// What the engines answer, and the one reaction to it; where two answers stand, 20.10's comes first.
test.each<[string, Operation, Record<string, Reply[]>, string, number]>([
  [
    "already started (304): it runs, and goes on to run",
    start,
    { [`POST ${one}/start`]: [[304]], [`GET ${one}/json`]: [up] },
    "done",
    1,
  ],
  [
    "304 while a stop is under way: it runs no more at the second look, and is started",
    start,
    {
      [`POST ${one}/start`]: [[304], [204]],
      [`GET ${one}/json`]: [up, state({ Status: "exited", Running: false })],
    },
    "done",
    2,
  ],
  [
    "already stopped (304)",
    { operation: "container.stop", container: web, timeout: 1 },
    { [`POST ${one}/stop`]: [[304]] },
    "done",
    1,
  ],
  [
    "gone (404)",
    { operation: "container.remove", container: web },
    { [`DELETE ${one}`]: [[404, `No such container: ${web.id}`]] },
    "done",
    1,
  ],
  [
    "a start of what is gone fails",
    start,
    {
      [`POST ${one}/start`]: [[404, "No such container"]],
      [`GET ${one}/json`]: [[404, "No such container"]],
      "GET /info": [[200, { SystemTime: "2026-01-01T00:00:00Z" }]],
    },
    "not-found",
    1,
  ],
  [
    "removal in progress: it is gone at the next attempt",
    { operation: "container.remove", container: web },
    {
      [`DELETE ${one}`]: [
        [409, `removal of container ${web.id} is already in progress`],
        [404, "No such container"],
      ],
    },
    "done",
    2,
  ],
  [
    "network with active endpoints, 20.10",
    { operation: "network.remove", network: back },
    {
      "DELETE /networks": [
        [403, "error while removing network: network back id b has active endpoints"],
        [204],
      ],
    },
    "done",
    2,
  ],
  [
    "network with active endpoints, 28, for good",
    { operation: "network.remove", network: back },
    { "DELETE /networks": [[403, 'network back has active endpoints (name:"c" id:"1")']] },
    "endpoints-active",
    8,
  ],
  [
    "volume in use, for a moment",
    { operation: "volume.remove", volume: { name: "data" } },
    {
      "DELETE /volumes/data": [[409, "remove data: volume is in use - [1]"], [204]],
      "GET /volumes/data": [[200, { Name: "data" }]],
    },
    "done",
    2,
  ],
  [
    "port taken, 20.10: the container is left as it is, for the next plan",
    start,
    {
      [`POST ${one}/start`]: [[500, "Bind for 0.0.0.0:80 failed: port is already allocated"]],
      [`GET ${one}/json`]: [state({ Status: "created", ExitCode: 128 })],
    },
    "port-taken",
    7,
  ],
  [
    "port taken, 28, by a container that is just going",
    start,
    {
      [`POST ${one}/start`]: [
        [500, "failed to bind host port for 0.0.0.0:80:1/tcp: address already in use"],
        [204],
      ],
      [`GET ${one}/json`]: [state({ Status: "created" })],
    },
    "done",
    2,
  ],
  [
    "create fine, start failed: the program is missing",
    start,
    {
      [`POST ${one}/start`]: [[400, "exec: no-such: executable file not found in $PATH: unknown"]],
    },
    "command-missing",
    1,
  ],
  [
    "no space",
    create,
    { "POST /containers/create": [[500, "mkdir /x: no space left on device"]] },
    "no-space",
    1,
  ],
  [
    "a start that 28 cancelled, its client gone: it is started again",
    start,
    {
      [`POST ${one}/start`]: ["cut", [204]],
      [`GET ${one}/json`]: [state({ Status: "created", Error: "Canceled: context canceled" })],
    },
    "done",
    2,
  ],
  [
    "a start that 20.10 completed, its client gone: it is let be",
    start,
    { [`POST ${one}/start`]: ["cut"], [`GET ${one}/json`]: [up] },
    "done",
    1,
  ],
  [
    "a job that was started and has ended, its answer lost: it does not run twice",
    start,
    {
      [`POST ${one}/start`]: ["cut"],
      [`GET ${one}/json`]: [state({ Status: "exited", StartedAt: "2026-01-01T00:00:00.5Z" })],
      "GET /info": [[200, { SystemTime: "2026-01-01T00:00:01Z" }]],
    },
    "done",
    1,
  ],
  [
    "one that had ended long before is started",
    start,
    {
      [`POST ${one}/start`]: ["cut", [204]],
      [`GET ${one}/json`]: [state({ Status: "exited", StartedAt: "2026-01-01T00:00:00Z" })],
      "GET /info": [[200, { SystemTime: "2026-01-01T01:00:00Z" }]],
    },
    "done",
    2,
  ],
  [
    "a create whose answer was lost, done: its labels tell",
    create,
    {
      "POST /containers/create": ["cut"],
      "GET /containers/web/json": [
        [200, { Id: web.id, Config: { Labels: { ...labels, more: "1" } } }],
      ],
    },
    "done",
    1,
  ],
  [
    "a create whose answer was lost, not done",
    create,
    {
      "POST /containers/create": ["cut", [201, { Id: web.id }]],
      "GET /containers/web/json": [[404]],
    },
    "done",
    2,
  ],
  [
    "name conflict with another's container",
    create,
    {
      "POST /containers/create": [[409, taken]],
      "GET /containers": [[200, { Id: "c", State: { Status: "running" }, Config: { Labels: {} } }]],
    },
    "name-taken",
    1,
  ],
  [
    "name conflict with one that is being removed",
    create,
    {
      "POST /containers/create": [
        [409, taken],
        [201, { Id: web.id }],
      ],
      "GET /containers": [[200, { Id: "c", State: { Status: "removing" } }]],
    },
    "done",
    2,
  ],
  [
    "a name that 28 has leaked: taken by a container that no longer exists",
    create,
    { "POST /containers/create": [[409, taken]], "GET /containers": [[404, "No such container"]] },
    "name-leaked",
    1,
  ],
  [
    "a network whose answer was lost is not made twice, as 20.10 would",
    { operation: "network.create", name: "back", body: { Labels: labels } },
    {
      "POST /networks/create": ["cut"],
      "GET /networks": [
        [
          200,
          [
            { Name: "back", Labels: labels },
            { Name: "back2", Labels: {} },
          ],
        ],
      ],
    },
    "done",
    1,
  ],
  [
    "connected already",
    { operation: "network.connect", container: web, network: back, endpoint: {} },
    {
      "POST /networks": [[403, "endpoint with name web already exists in network back"]],
      [`GET ${one}/json`]: [state({}, { NetworkSettings: { Networks: { back: {} } } })],
    },
    "done",
    1,
  ],
  [
    "not connected any more",
    { operation: "network.disconnect", container: web, network: back },
    {
      "POST /networks": [[500, "container web is not connected to network back"]],
      [`GET ${one}/json`]: [state({}, { NetworkSettings: { Networks: {} } })],
    },
    "done",
    1,
  ],
  [
    "a rename whose answer was lost, done",
    { operation: "container.rename", container: web, to: "web.old" },
    { [`POST ${one}/rename`]: ["cut"], [`GET ${one}/json`]: [[200, { Name: "/web.old" }]] },
    "done",
    1,
  ],
  [
    "an engine too busy (503)",
    { operation: "container.unpause", container: web },
    { [`POST ${one}/unpause`]: [[503, ""], [503, ""], [204]] },
    "done",
    3,
  ],
  [
    "a refusal that no rule knows fails at once",
    { operation: "container.unpause", container: web },
    { [`POST ${one}/unpause`]: [[500, "something else"]] },
    "refused",
    1,
  ],
])("%s", async (_, work, script, outcome, attempts) => {
  const result = await ran(work, script);
  const write = result.calls.find((line) => !line.startsWith("GET"));
  const writes = result.calls.filter((line) => line === write);
  expect({ outcome: result.outcome, attempts: writes.length }).toEqual({ outcome, attempts });
  // Every budget is bounded: the longest, for an engine that is away, is a minute.
  expect(result.waited).toBeLessThan(70_000);
});

test("errors inside a pull's 200 stream are refusals like any other", async () => {
  const told = {
    errorDetail: { message: "toomanyrequests: You have reached your pull rate limit" },
  };
  const limited = await ran(
    { operation: "image.pull", image: "a:1" },
    { "POST /images/create": [[200, told]] },
  );
  expect(limited.outcome).toBe("rate-limited");
  expect(limited.calls.length).toBeGreaterThan(3);
  const unknown = { error: "manifest for a:1 not found: manifest unknown" };
  const refused = await ran(
    { operation: "image.pull", image: "a:1" },
    { "POST /images/create": [[200, unknown]] },
  );
  expect(refused).toMatchObject({ outcome: "image-unknown", calls: ["POST /images/create"] });
});

test("pauses double up to five seconds, half of each by chance", () => {
  const by = (random: number) => ({ ...pace(), random: () => random });
  expect([0, 1, 2, 5, 6, 20].map((attempt) => backoff(attempt, by(0)))).toEqual([
    50, 100, 200, 1600, 2500, 2500,
  ]);
  expect(backoff(0, by(0.5))).toBe(75);
  expect(backoff(20, by(0.999))).toBeLessThanOrEqual(5000);
});
