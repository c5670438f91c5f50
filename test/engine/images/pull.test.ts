import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed, stateOf } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const REGISTRY = process.env.STACK_TEST_REGISTRY ?? "";
let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("pull");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

/** Puts an image of its own under a tag of the registry, and nothing on the engine. */
async function publish(repository: string, tag: string, mark: string): Promise<void> {
  const repo = `${REGISTRY}/${repository}`;
  const Image = "busybox:1.36";
  const { Id } = await live.post(path`/containers/create`, { Image });
  const id = String(Id);
  await live.post(path`/commit`, { Labels: { mark } }, { container: id, repo, tag });
  await live.client.delete(path`/containers/${id}`);
  const docker = await live.client.dockerode();
  const authconfig = { username: "", password: "", serveraddress: REGISTRY };
  const stream: NodeJS.ReadableStream = await docker
    .getImage(`${repo}:${tag}`)
    .push({ authconfig });
  let last = "";
  for await (const part of stream) last += String(part);
  expect(last).not.toContain("errorDetail");
  await forget(`${repo}:${tag}`);
}

const forget = (image: string) =>
  live.client.delete(path`/images/${reference(image)}`, { query: { force: true }, accept: [404] });

const markOf = async (container: string): Promise<unknown> => {
  const { Config } = await live.inspect(container);
  return ((Config as JsonObject).Labels as JsonObject).mark;
};

describe.skipIf(REGISTRY === "")("images from a registry (STACK_TEST_REGISTRY)", () => {
  it("are pulled with progress where they are missing, and then are not pulled again", async () => {
    const name = live.stack();
    await publish("pull/app", "1", "one");
    const file = { name, containers: { web: { ...IDLE, image: `${REGISTRY}/pull/app:1` } } };
    const applied = await live.settle(file);
    expect(applied.plan.steps[0]).toMatchObject({
      operation: "image.pull",
      image: `${REGISTRY}/pull/app:1`,
    });
    const advances = applied.events.flatMap((event) =>
      event.type === "step_progress" && event.step.operation === "image.pull"
        ? [event.progress.text]
        : [],
    );
    expect(advances.length).toBeGreaterThan(1);
    expect(await markOf(`${name}-web-1`)).toBe("one");
    await live.destroy(name);
    await forget(`${REGISTRY}/pull/app:1`);
  });

  it("that do not exist fail the pull by name, and nothing is stopped before", async () => {
    const name = live.stack();
    const file = (image: string) => ({ name, containers: { web: { ...IDLE, image } } });
    await live.settle(file("busybox:1.36"));
    const { Id } = await live.inspect(`${name}-web-1`);
    cli.write("stack.yaml", file(`${REGISTRY}/busybox:no-such-tag`));
    const ran = await cli.stack(["apply", "--yes"]);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/no-such-tag/);
    const still = await live.inspect(`${name}-web-1`);
    expect([still.Id, stateOf(still)]).toEqual([Id, "running"]);
  });

  it("with the policy always are replaced when their tag has moved, and only then", async () => {
    const name = live.stack();
    const image = `${REGISTRY}/pull/moving:latest`;
    const file = { name, containers: { web: { ...IDLE, image, pull_policy: "always" } } };
    await publish("pull/moving", "latest", "one");
    await live.settle(file);
    const former = await publishBeside("pull/moving", "latest", "two", image);
    expect(await markOf(`${name}-web-1`)).toBe("one");
    const { plan } = await live.settle(file);
    expect(changed(plan, "container.web")).toBe("replace image");
    expect(await markOf(`${name}-web-1`)).toBe("two");
    await live.destroy(name);
    await forget(image);
    await forget(former);
  });

  it("are pulled by digest", async () => {
    const name = live.stack();
    await publish("pull/fixed", "1", "one");
    const answer = await live.client.get<JsonObject>(
      path`/distribution/${reference(`${REGISTRY}/pull/fixed:1`)}/json`,
    );
    const { digest } = answer.Descriptor as JsonObject;
    const image = `${REGISTRY}/pull/fixed@${String(digest)}`;
    await live.settle({ name, containers: { web: { ...IDLE, image } } });
    expect(await markOf(`${name}-web-1`)).toBe("one");
    await live.destroy(name);
    await forget(image);
  });

  it("with the policy never are refused where they are missing", async () => {
    const image = `${REGISTRY}/busybox:1.36`;
    const file = (name: string) => ({
      name,
      containers: { web: { ...IDLE, image, pull_policy: "never" } },
    });
    const plan = await live.plan(file(live.stack()));
    expect(plan.conflicts).toMatchObject([{ message: expect.stringContaining(image) }]);
    cli.write("stack.yaml", file(live.stack()));
    expect((await cli.stack(["apply", "--yes"])).status).toBe(5);
  });
});

/** Moves the registry's tag while the engine keeps what it has under it. */
async function publishBeside(repository: string, tag: string, mark: string, kept: string) {
  const { Id } = await live.client.get<JsonObject>(path`/images/${reference(kept)}/json`);
  await publish(repository, tag, mark);
  const repo = `${REGISTRY}/${repository}`;
  const id = String(Id).replace("sha256:", "");
  await live.post(path`/images/${id}/tag`, undefined, { repo, tag });
  return id;
}
