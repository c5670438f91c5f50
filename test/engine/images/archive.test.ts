import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { layout, savedBy20, tarOf } from "../../support/fixtures/archives.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const AMD64 = "linux/amd64";
const QUIET = ["plan", "--detailed-exitcode"];

describe.skipIf(SOCKET === "")("images from files (STACK_TEST_HOST)", () => {
  let live: Bench;
  let cli: Shop;
  let rootfs: Buffer;
  const made = new Set<string>();
  beforeAll(async () => {
    live = await bench("archive");
    cli = shop();
    rootfs = await busyboxFiles();
  });
  afterAll(async () => {
    await live.clear();
    for (const image of made)
      await live.client.delete(path`/images/${reference(image)}`, { accept: [404, 409] });
    await live.close();
    cli?.close();
  });

  /** The file system of the engine's busybox, from a container of it. */
  async function busyboxFiles(): Promise<Buffer> {
    const { Id } = await live.post(path`/containers/create`, { Image: "busybox:1.36" });
    const files = await live.client.raw(path`/containers/${String(Id)}/export`);
    await live.client.delete(path`/containers/${String(Id)}`);
    return files as Buffer;
  }

  function given(image: JsonObject, source: string): string {
    made.add(source);
    const name = live.stack();
    const app = { source, ...image };
    const web = { image: "app", command: IDLE.command, init: true, stop_grace_period: "1s" };
    cli.write("stack.yaml", { name, images: { app }, containers: { web } } as JsonObject);
    return name;
  }
  const put = (file: string, bytes: Buffer) => cli.write(file, bytes);
  const image = (name: string) =>
    live.client.get<JsonObject | undefined>(path`/images/${reference(name)}/json`, {
      accept: [404],
    });
  const markOf = async (name: string) => {
    const { Config } = await live.inspect(`${name}-web-1`);
    return ((Config as JsonObject).Labels as JsonObject).mark;
  };
  const applied = async () => {
    const { status, stdout, stderr } = await cli.stack(["apply", "--yes", "--progress", "plain"]);
    expect([status, stdout, stderr]).toMatchObject([0, expect.any(String), expect.any(String)]);
    expect((await cli.stack(QUIET)).stdout).toContain("No changes.");
    return stderr;
  };

  it("are loaded before anything stops, and only when they are others", async () => {
    const one = { platform: AMD64, mark: "one", rootfs, tags: ["elsewhere/app:7"] };
    put("app.tar", await savedBy20([one]));
    const name = given({ archive: "./app.tar" }, "archive-test/app:1");
    const plan = await cli.stack(["plan"]);
    expect(plan.stdout).toContain("load archive-test/app:1 from");
    expect(await applied()).toContain("image.app: loaded");
    expect(await markOf(name)).toBe("one");
    // The names that the archive knows touch nothing.
    expect(await image("elsewhere/app:7")).toBeUndefined();

    put("app.tar", await savedBy20([{ ...one, mark: "two" }]));
    expect((await cli.stack(["plan"])).stdout).toContain("its file holds other content");
    await applied();
    expect(await markOf(name)).toBe("two");
  });

  it("may be OCI layouts, of several platforms, compressed", async () => {
    const platforms = [AMD64, "linux/arm64"].map((platform) => ({
      platform,
      mark: platform,
      rootfs,
    }));
    put("layout.tar", await layout(platforms, "docker.io/library/whatever:9"));
    const file = join(cli.cwd, "layout.tar");
    await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`));
    const name = given({ archive: "./layout.tar.gz" }, "archive-test/layout:1");
    await applied();
    expect(await markOf(name)).toBe(AMD64);
    // The same content in another coat is no other image.
    const text = readFileSync(join(cli.cwd, "stack.yaml"), "utf8");
    cli.write("stack.yaml", text.replace(".gz", ""));
    expect((await cli.stack(QUIET)).status).toBe(0);
  });

  it("may be file systems, imported again when they or their config differ", async () => {
    put("root.tar", rootfs);
    const changes = ["ENV GREETING=hello", 'CMD ["sleep", "3600"]', "USER 1000"];
    given({ rootfs: "./root.tar", changes }, "archive-test/root:1");
    expect(await applied()).toContain("image.app: imported");
    const { Config } = (await image("archive-test/root:1")) as { Config: JsonObject };
    expect(Config).toMatchObject({ User: "1000", Cmd: ["sleep", "3600"] });
    const text = readFileSync(join(cli.cwd, "stack.yaml"), "utf8");
    cli.write("stack.yaml", text.replace("hello", "bye"));
    expect((await cli.stack(["plan"])).stdout).toContain("its file holds other content");
    await applied();
  });

  it("that are missing or broken are mistakes at their line", async () => {
    const whole = await savedBy20([{ platform: AMD64, mark: "cut", tags: ["a:1"], rootfs }]);
    const arm = await savedBy20([{ platform: "linux/arm64", mark: "arm", tags: ["a:1"] }]);
    const [a, b] = ["a:1", "b:1"].map((tag) => ({ platform: AMD64, mark: tag, tags: [tag] }));
    if (!a || !b) throw new Error();
    const faults: [Buffer | undefined, JsonObject, string][] = [
      [undefined, {}, "there is no such file"],
      [Buffer.from("hello"), {}, "it is not a tar archive"],
      [whole.subarray(0, 4000), {}, "it ends in the middle of an entry"],
      [rootfs, {}, "a tar of files alone is a `rootfs`"],
      [arm, { platform: AMD64 }, "for linux/arm64, not for linux/amd64"],
      [await savedBy20([a, b]), {}, "It has docker.io/library/a:1, docker.io/library/b:1"],
    ];
    for (const [index, [bytes, more, why]] of faults.entries()) {
      if (bytes) put(`bad${index}.tar`, bytes);
      given({ archive: `./bad${index}.tar`, ...more }, "archive-test/bad:1");
      const text = JSON.stringify(
        JSON.parse(readFileSync(join(cli.cwd, "stack.yaml"), "utf8")),
        null,
        1,
      );
      cli.write("stack.yaml", text);
      const { status, stderr } = await cli.stack(["validate"]);
      expect([status, stderr]).toEqual([3, expect.stringContaining(why)]);
      expect(stderr).toMatch(/stack\.yaml:6:/);
    }
  });

  it("leave what runs alone when the engine refuses them", async () => {
    const one = { platform: AMD64, mark: "one", rootfs, tags: [] };
    put("app.tar", await savedBy20([one]));
    const name = given({ archive: "./app.tar" }, "archive-test/refused:1");
    await applied();
    const { Id } = await live.inspect(`${name}-web-1`);
    // A layer that is not what its config says: 20.10 finds out in the middle of the load.
    const bad = await savedBy20([{ platform: AMD64, mark: "two", tags: [] }]);
    put("app.tar", await replaced(bad, /layer\.tar$/, await tarOf({ other: "files" })));
    const { status, stderr } = await cli.stack(["apply", "--yes"]);
    // containerd finds out when a container is made of it; what ran is brought back then.
    expect(stderr).toMatch(/diffID|digest|invalid|mismatch|layer/i);
    expect(status).toBe(/image\.app: failed|x image\.app/.test(stderr) ? 1 : 6);
    expect((await live.inspect(`${name}-web-1`)).Id).toBe(Id);
  });
});

async function replaced(archive: Buffer, which: RegExp, by: Buffer): Promise<Buffer> {
  const reader = extract();
  reader.end(archive);
  const entries: Record<string, Buffer> = {};
  for await (const entry of reader) {
    const parts: Buffer[] = [];
    for await (const part of entry as AsyncIterable<Buffer>) parts.push(part);
    const { name } = entry.header;
    entries[name] = which.test(name) ? by : Buffer.concat(parts);
  }
  return tarOf(entries);
}
