import { afterEach, expect, test, vi } from "vitest";
import {
  type ChangeTracker,
  follow,
} from "../../../../src/engine/docker/observe/changed-containers.ts";
import { withEngine } from "../support.ts";

afterEach(() => {
  vi.useRealTimers();
});

const container = (Action: string, ID: string) => ({ Type: "container", Action, Actor: { ID } });
const network = (Action: string, container: string) => ({
  ...{ Type: "network", Action, Actor: { ID: "net", Attributes: { container } } },
});

/** An engine that tells these, and then no more; `ends`: nor will it ever. */
async function told(
  events: readonly object[],
  use: (following: ChangeTracker) => Promise<void>,
  { ends = false, status = 200 } = {},
): Promise<string[]> {
  const urls: string[] = [];
  await withEngine(
    ({ url = "" }, response) => {
      urls.push(decodeURIComponent(url));
      response.statusCode = status;
      for (const event of events) response.write(`${JSON.stringify(event)}\n`);
      if (ends || status !== 200) response.end();
      else response.flushHeaders();
    },
    async ({ client }) => {
      const following = follow(client, 1_700_000_000);
      await use(following);
      following.close();
    },
  );
  return urls;
}

test("a container of which anything was told before the marker may have changed", async () => {
  const events = [
    container("update", "web"),
    container("exec_create: true", "db"),
    container("exec_start: true", "db"),
    container("exec_die", "db"),
    network("disconnect", "cache"),
    container("health_status: healthy", "queue"),
    container("create", "lock"),
  ];
  const urls = await told(events, async (following) => {
    const touched = await following.until("lock");
    expect([...(touched ?? [])].sort()).toEqual(["cache", "lock", "queue", "web"]);
  });
  expect(urls).toEqual(['/v1.41/events?since=1700000000&filters={"type":["container","network"]}']);
});

test("the marker may come before anybody asks for it, and what follows it counts too", () =>
  told([container("create", "lock"), container("die", "web")], async (following) => {
    await vi.waitFor(async () => expect(await following.until("lock")).toContain("web"));
  }));

test("without the marker nothing is certain", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await told([container("create", "other"), container("start", "lock")], async (following) => {
    const touched = following.until("lock");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await touched).toBeUndefined();
  });
});

test.each([
  ["that has ended", { ends: true }],
  ["that was refused", { status: 400 }],
])("nor is it of a stream %s", (_, how) =>
  told(
    [container("create", "lock")],
    async (following) => {
      await vi.waitFor(async () => expect(await following.until("lock")).toBeUndefined());
    },
    how,
  ).then(() => {}),
);
