import { Readable } from "node:stream";
import { expect, it } from "vitest";
import type { Client } from "../../../../src/engine/docker/api/client.ts";
import { failure } from "../../../../src/engine/docker/operations/wait-failure.ts";
import type { JsonObject } from "../../../../src/model/json.ts";

const STARTED = Date.parse("2026-11-01T00:00:10Z");

/** An engine whose log has these lines, each with the milliseconds that it is older than the noted start. */
function logOf(lines: Readonly<Record<string, number>>): Client {
  const stream = async (
    _method: string,
    _path: string,
    { query }: { query: { since?: string } },
  ) => {
    const shown = Object.entries(lines).filter(
      ([, before]) => STARTED - before >= Number(query.since ?? 0) * 1000,
    );
    return Readable.from(shown.map(([line]) => Buffer.from(`${line}\n`)));
  };
  return { stream } as unknown as Client;
}

/** The time so many milliseconds after the noted start. */
const at = (after: number): string => new Date(STARTED + after).toISOString();

async function told(lines: Readonly<Record<string, number>>, json: JsonObject = {}) {
  const task = {
    ...{ container: "1", name: "web", condition: "ready", timeout: 1000 },
    ...{ signal: new AbortController().signal, advance() {} },
  } as const;
  const state = { Status: "exited", StartedAt: at(0), FinishedAt: at(1000) };
  const whole = { Config: { Tty: true }, State: state, RestartCount: 0, ...json };
  return (await failure(logOf(lines), task, whole, "exited (1)")).lines;
}

it("the last lines are those of the last run, also where the engine noted its start late", async () => {
  expect(await told({ former: 900, "this one": 50 })).toEqual(["this one"]);
  expect(await told({ "this one": 900 })).toEqual(["this one"]);
  expect(await told({ former: 3000 })).toBeUndefined();
});

it("the lines before a restart by the engine are shown only where there are none after it", async () => {
  expect(await told({ former: 900 }, { RestartCount: 1 })).toEqual(["former"]);
  expect(await told({ former: 900, "this one": 50 }, { RestartCount: 1 })).toEqual(["this one"]);
});

it("a run that ended before the engine noted its start keeps its lines", async () => {
  const State = { Status: "exited", StartedAt: at(0), FinishedAt: at(-1) };
  expect(await told({ former: 3000, "this one": 3 }, { State })).toEqual(["this one"]);
  const late = { Status: "exited", StartedAt: at(0), FinishedAt: at(-800) };
  expect(await told({ "this one": 850 }, { State: late })).toEqual(["this one"]);
});

it("the end that the engine tells of one that runs is that of the run before", async () => {
  for (const Status of ["running", "paused"]) {
    const State = { Status, StartedAt: at(0), FinishedAt: at(-50) };
    expect(await told({ former: 52, "this one": 40 }, { State })).toEqual(["this one"]);
  }
});

it("one that was restarted just now and has written nothing yet shows the run before", async () => {
  const State = { Status: "running", StartedAt: at(0), FinishedAt: at(-200) };
  const restarted = { State, RestartCount: 2 };
  expect(await told({ "run before": 210 }, restarted)).toEqual(["run before"]);
  expect(await told({ "run before": 210, "this one": -5 }, restarted)).toEqual(["this one"]);
  expect(await told({ "before a stop": 210 }, { State })).toBeUndefined();
});
