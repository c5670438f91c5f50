import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, expectNothing } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";
import { PROGRAM, publish, type Registry, registry } from "../../support/servers/registry.ts";

/* Content decides, not a tag's text, whatever keeps the images. */

const ENGINES = {
  "the engine of the tests": process.env.STACK_TEST_HOST,
  "28 with graph drivers (STACK_TEST_HOST_28)": process.env.STACK_TEST_HOST_28,
  "28 with containerd (STACK_TEST_HOST_CONTAINERD)": process.env.STACK_TEST_HOST_CONTAINERD,
};
const needed = PROGRAM !== undefined && process.env.STACK_TEST_REGISTRY !== undefined;

describe.each(Object.entries(ENGINES))("image identity on %s", (_, host) => {
  const socket = (host ?? "").replace("unix://", "");
  let live: Bench;
  let source: Registry;
  beforeAll(async () => {
    if (!socket || !needed) return;
    live = await bench("identity", socket, undefined, socket);
    source = await registry();
  });
  afterAll(async () => {
    await live?.close();
    source?.close();
  });

  const stack = (name: string, image: string, more: JsonObject = {}) => ({
    name,
    containers: { web: { ...IDLE, image, ...more } },
  });
  const tag = (image: string, repo: string, name: string) =>
    live.post(path`/images/${reference(image)}/tag`, undefined, { repo, tag: name });
  const forget = (image: string) =>
    live.client.delete(path`/images/${reference(image)}`, {
      query: { force: true },
      accept: [404],
    });
  const skip = !socket || !needed;

  it.skipIf(skip)("a tag that moved here plans a replacement, and says from what", async () => {
    const name = live.stack();
    const repo = `${source.address}/app`;
    for (const version of ["1", "2"]) {
      await publish(source, "app", version, [{ platform: "linux/amd64", mark: version }]);
      await live.settle(stack(name, `${repo}:${version}`));
      await live.destroy(name);
    }
    await live.settle(stack(name, `${repo}:1`));
    await tag(`${repo}:2`, repo, "1");
    const plan = await live.plan(stack(name, `${repo}:1`));
    expect(changed(plan, "container.web")).toBe("replace image labels");
    const delta = plan.changes[0]?.deltas.find(({ attribute }) => attribute === "image");
    expect(delta?.before).toMatch(/:1 \([0-9a-f]{12}\)$/);
    await live.settle(stack(name, `${repo}:1`));
    await live.destroy(name);
    for (const version of ["1", "2"]) await forget(`${repo}:${version}`);
  });

  it.skipIf(skip)("the same content under another name plans nothing", async () => {
    const name = live.stack();
    const image = `${source.address}/same:1`;
    await publish(source, "same", "1", [{ platform: "linux/amd64", mark: "same" }]);
    await live.settle(stack(name, image));
    await tag(image, "other/name", "x");
    expectNothing(await live.plan(stack(name, "other/name:x")));
    await live.destroy(name);
    for (const each of [image, "other/name:x"]) await forget(each);
  });

  it.skipIf(skip)("an index that changed for other platforms alone plans nothing", async () => {
    const name = live.stack();
    const image = `${source.address}/index:1`;
    const mine = await publish(source, "index", "only", [{ platform: "linux/amd64", mark: "amd" }]);
    const publishWith = (other: string) =>
      publish(source, "index", "1", [{ platform: "linux/arm64", mark: other }], [mine]);
    await publishWith("one");
    await live.settle(stack(name, image));
    const before = await live.client.get<JsonObject>(path`/images/${reference(image)}/json`);
    await publishWith("two");
    const pulled = await live.client.progress("POST", path`/images/create`, {
      query: { fromImage: `${source.address}/index`, tag: "1" },
    });
    for await (const _line of pulled);
    const after = await live.client.get<JsonObject>(path`/images/${reference(image)}/json`);
    expect(after.RepoDigests).not.toEqual(before.RepoDigests);
    expectNothing(await live.plan(stack(name, image)));
    await live.destroy(name);
    await forget(image);
  });
});
