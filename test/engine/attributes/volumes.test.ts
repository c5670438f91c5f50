import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const WITH_VOLUME = "volumes-test:image";
let live: Bench;
beforeAll(async () => {
  live = await bench("volumes");
  const { Id } = await live.post(path`/containers/create`, { Image: "busybox:1.36" });
  const [repo = "", tag = ""] = WITH_VOLUME.split(":");
  await live.post(
    path`/commit`,
    { Volumes: { "/state": {} } },
    { container: String(Id), repo, tag },
  );
  await live.client.delete(path`/containers/${String(Id)}`);
});
afterAll(async () => {
  await live.clear();
  await live.client.delete(path`/images/${reference(WITH_VOLUME)}`);
  await live.close();
});

const write = (container: string, file: string) =>
  live.exec(container, "sh", "-c", `echo kept > ${file}`);
const read = (container: string, file: string) => live.exec(container, "cat", file);

describe("a replacement", () => {
  it("keeps what is in named and anonymous volumes, those of the image too", async () => {
    const name = live.stack();
    const stack = (env: string) => ({
      name,
      volumes: { data: {} },
      containers: {
        web: {
          ...IDLE,
          image: WITH_VOLUME,
          volumes: ["data:/data", "/cache"],
          environment: { MODE: env },
        },
      },
    });
    const web = `${name}-web-1`;
    await live.settle(stack("a"));
    for (const file of ["/data/f", "/cache/f", "/state/f"]) await write(web, file);
    await live.settle(stack("b"));
    await live.settle(stack("c"));
    for (const file of ["/data/f", "/cache/f", "/state/f"])
      expect(await read(web, file)).toBe("kept\n");
  });

  it("leaves no anonymous volume behind when the stack is destroyed with its volumes", async () => {
    const name = live.stack();
    const stack = (env: string) => ({
      name,
      containers: { web: { ...IDLE, volumes: ["/cache"], environment: { MODE: env } } },
    });
    await live.settle(stack("a"));
    await live.settle(stack("b"));
    const { Mounts } = await live.inspect(`${name}-web-1`);
    const volume = String((Mounts as { Name: string }[])[0]?.Name);
    await live.destroy(name, { volumes: true });
    await expect(live.client.get(path`/volumes/${volume}`)).rejects.toThrow(/no such volume/i);
  });

  it("leaves an anonymous volume behind where something else is mounted, and says so", async () => {
    const name = live.stack();
    const web = { ...IDLE, image: WITH_VOLUME };
    await live.settle({ name, containers: { web } });
    await write(`${name}-web-1`, "/state/f");
    const { Mounts } = await live.inspect(`${name}-web-1`);
    const volume = String((Mounts as { Name: string }[])[0]?.Name);
    const named = {
      name,
      volumes: { data: {} },
      containers: { web: { ...web, volumes: ["data:/state"] } },
    };
    const { plan } = await live.settle(named);
    expect(plan.changes.find(({ kind }) => kind === "container")?.rollout).toEqual({
      order: "start-first",
    });
    expect(plan.notes?.map(({ message }) => message)).toEqual([
      expect.stringContaining(`${volume} (/state) is kept`),
    ]);
    const back = { ...named, containers: { web: { ...web, volumes: [`${volume}:/state`] } } };
    const external = { ...back, volumes: { [volume]: { external: true, name: volume } } };
    await live.settle(external);
    expect(await read(`${name}-web-1`, "/state/f")).toBe("kept\n");
    await live.destroy(name, { volumes: true, source: external });
    await live.client.get(path`/volumes/${volume}`);
    await live.client.delete(path`/volumes/${volume}`);
  });

  it("keeps data through the removal of the container by hand", async () => {
    const name = live.stack();
    const stack = {
      name,
      volumes: { data: {} },
      containers: { web: { ...IDLE, volumes: ["data:/data"] } },
    };
    await live.settle(stack);
    await write(`${name}-web-1`, "/data/f");
    await live.client.delete(path`/containers/${`${name}-web-1`}`, {
      query: { force: true, v: true },
    });
    await live.settle(stack);
    expect(await read(`${name}-web-1`, "/data/f")).toBe("kept\n");
  });
});

describe("a volume whose definition changes", () => {
  const stack = (name: string, labels: JsonObject) => ({
    name,
    volumes: { data: { labels } },
    containers: { web: { ...IDLE, volumes: ["data:/data"] }, other: IDLE },
  });

  it("is held: nothing happens to it or its data until its loss is permitted", async () => {
    const name = live.stack();
    await live.settle(stack(name, {}));
    await write(`${name}-web-1`, "/data/f");
    const { plan } = await live.apply(stack(name, { a: "1" }));
    expect(plan.steps).toEqual([]);
    expect(plan.blocked).toMatchObject([
      {
        address: "volume.data",
        action: "replace",
        required: true,
        flag: "--allow-data-loss=data",
      },
    ]);
    expect(await read(`${name}-web-1`, "/data/f")).toBe("kept\n");

    const permitted = await live.settle(stack(name, { a: "1" }), { allowDataLoss: ["data"] });
    expect(changed(permitted.plan, "volume.data")).toBe("replace labels");
    expect(changed(permitted.plan, "container.other")).toBe("nothing");
    expect(await live.exec(`${name}-web-1`, "ls", "/data")).toBe("");
  });

  it("does not keep the rest of the stack from its changes", async () => {
    const name = live.stack();
    await live.settle(stack(name, {}));
    const changedAll = stack(name, { a: "1" });
    const applied = await live.apply({
      ...changedAll,
      containers: { ...changedAll.containers, other: { ...IDLE, mem_limit: "64m" } },
    });
    expect(applied.outcome).toBe("completed");
    expect(changed(applied.plan, "container.other")).toMatch(/^update mem_limit/);
  });
});

describe("a volume that the file no longer names", () => {
  it("is kept and told of, and removed only where its loss is permitted", async () => {
    const name = live.stack();
    await live.settle({
      name,
      volumes: { data: {} },
      containers: { web: { ...IDLE, volumes: ["data:/data"] } },
    });
    await write(`${name}-web-1`, "/data/f");
    const without = { name, containers: { web: IDLE } };
    const { plan } = await live.settle(without);
    expect(plan.blocked).toMatchObject([
      { address: "volume.data", action: "remove", required: false },
    ]);
    expect((await live.observe(without)).volumes.map((each) => each.name)).toContain(
      `${name}_data`,
    );
    await live.settle(without, { allowDataLoss: ["data"] });
    expect((await live.observe(without)).volumes.map((each) => each.name)).not.toContain(
      `${name}_data`,
    );
  });

  it("is taken up again by a file that names it, with its data", async () => {
    const name = live.stack();
    const stack = {
      name,
      volumes: { data: {} },
      containers: { web: { ...IDLE, volumes: ["data:/data"] } },
    };
    await live.settle(stack);
    await write(`${name}-web-1`, "/data/f");
    await live.destroy(name, { volumes: false });
    await live.settle(stack);
    expect(await read(`${name}-web-1`, "/data/f")).toBe("kept\n");
  });
});

describe("bind mounts", () => {
  it("refuse missing sources and devices by name, all at once, before anything is made", async () => {
    const mounts = ["/no/such/source:/data", "/tmp:/scratch", "/tmp/to-be-made-there:/later"];
    const long = { type: "bind", source: "/tmp/to-be-made", target: "/made" };
    const { conflicts } = await live.plan({
      name: live.stack(),
      volumes: { bound: { driver_opts: { type: "none", o: "bind", device: "/no/such/disk" } } },
      containers: {
        web: { ...IDLE, volumes: [...mounts, { ...long, bind: { create_host_path: true } }] },
        db: { ...IDLE, volumes: ["/no/such/folder:/data"], devices: ["/dev/no-such:/dev/x"] },
      },
    });
    expect(conflicts.map(({ address, message }) => `${address}: ${message}`).sort()).toEqual([
      "container.db: `devices` needs /dev/no-such, and there is no such path",
      "container.db: `volumes` needs /no/such/folder, and there is no such path",
      "container.web: `volumes` needs /no/such/source, and there is no such path",
      "volume.bound: `driver_opts` needs /no/such/disk, and there is no such path",
    ]);
  });
});
