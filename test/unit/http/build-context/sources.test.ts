import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { afterAll, describe, expect, test } from "vitest";
import { contextArchive } from "../../../../src/engine/build-context/context-archive.ts";
import { sourcesOf } from "../../../../src/engine/build-context/source-digests.ts";
import type { Build } from "../../../../src/model/build.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folder(files: Readonly<Record<string, string>>): { root: string; build: Build } {
  const root = mkdtempSync(join(tmpdir(), "stack-build-"));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return { root, build: { context: root, dockerfile: join(root, "Dockerfile") } };
}

const FILES = {
  Dockerfile: "FROM a",
  ".dockerignore": "*.log\nbig\n!big/keep",
  "src/main": "main",
  "x.log": "noise",
  "big/other": "1",
  "big/keep/it": "2",
};

describe("the digests of a build's files", () => {
  test("name what is not ignored, and not the Dockerfile", async () => {
    const { files } = await sourcesOf(folder(FILES).build);
    const names = [".dockerignore", "big/keep", "big/keep/it", "src", "src/main"];
    expect(Object.keys(files ?? {})).toEqual(names);
  });

  test.each<[string, boolean, (root: string) => void]>([
    ["nothing", false, () => {}],
    ["times", false, (root) => utimesSync(join(root, "src/main"), 1, 1)],
    ["an ignored file", false, (root) => writeFileSync(join(root, "x.log"), "other")],
    ["a new ignored file", false, (root) => writeFileSync(join(root, "big/more"), "")],
    [
      "the order of creation",
      false,
      (root) => {
        unlinkSync(join(root, "src/main"));
        writeFileSync(join(root, "src/main"), "main");
      },
    ],
    ["content", true, (root) => writeFileSync(join(root, "src/main"), "niam")],
    ["a mode", true, (root) => chmodSync(join(root, "src/main"), 0o755)],
    ["a name", true, (root) => writeFileSync(join(root, "src/new"), "")],
    ["an empty folder", true, (root) => mkdirSync(join(root, "empty"))],
    ["a link", true, (root) => symlinkSync("main", join(root, "src/link"))],
    ["a kept file", true, (root) => writeFileSync(join(root, "big/keep/it"), "3")],
  ])("%s: differs is %s", async (_, differs, change) => {
    const { root, build } = folder(FILES);
    const before = await sourcesOf(build);
    change(root);
    const after = await sourcesOf(build);
    expect(after.context !== before.context).toBe(differs);
    expect(after.dockerfile).toBe(before.dockerfile);
  });

  test("a large file is read in pieces", async () => {
    const { root, build } = folder(FILES);
    const bytes = randomBytes(1 << 20);
    writeFileSync(join(root, "large"), bytes);
    const before = await sourcesOf(build);
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
    writeFileSync(join(root, "large"), bytes);
    expect((await sourcesOf(build)).files?.large).not.toBe(before.files?.large);
  });

  test("the rules beside a Dockerfile stand in place of the common ones", async () => {
    const { build } = folder({ ...FILES, "Dockerfile.dockerignore": "src" });
    expect(Object.keys((await sourcesOf(build)).files ?? {})).toContain("x.log");
  });

  test("other contexts count, wherever they lie", async () => {
    const [one, two] = [folder({ a: "1" }), folder({ a: "1" })];
    const { build } = folder(FILES);
    const of = (root: string) => sourcesOf({ ...build, additional_contexts: { lib: root } });
    expect(await of(one.root)).toEqual(await of(two.root));
    writeFileSync(join(two.root, "a"), "2");
    expect((await of(one.root)).files).not.toEqual((await of(two.root)).files);
  });

  test("a context that is not there", async () => {
    const { build } = folder(FILES);
    await expect(sourcesOf({ ...build, context: "/nonexistent" })).rejects.toThrow(
      "does not exist",
    );
    const file = join(build.context, "Dockerfile");
    await expect(sourcesOf({ ...build, context: file })).rejects.toThrow("it is not a folder");
  });

  test("a Dockerfile and rules that are no files, or have no end", async () => {
    const { root, build } = folder({ ".dockerignore/x": "" });
    await expect(sourcesOf(build)).rejects.toThrow("Dockerfile cannot be read: it does not exist");
    execFileSync("mkfifo", [join(root, "Dockerfile")]);
    await expect(sourcesOf(build)).rejects.toThrow("Dockerfile cannot be read: it is a named pipe");
    const inline = { context: root, dockerfile_inline: "FROM a" };
    await expect(sourcesOf(inline)).rejects.toThrow(".dockerignore cannot be read: it is a folder");
    const other = folder({ ".dockerignore": "a\n[" });
    await expect(sourcesOf({ ...inline, context: other.root })).rejects.toThrow(
      ".dockerignore cannot be read: line 2 is not a pattern: [",
    );
  });
});

async function unpacked(build: Build): Promise<Record<string, string>> {
  const { tar, done } = await contextArchive(build);
  const found: Record<string, string> = {};
  const entries = extract();
  tar.pipe(entries);
  for await (const entry of entries) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    const { name, uid, type, linkname } = entry.header;
    expect(uid).toBe(0);
    found[name] = type === "symlink" ? `-> ${linkname}` : Buffer.concat(parts).toString();
  }
  await done;
  return found;
}

describe("the context as an archive", () => {
  test("holds what is not ignored", async () => {
    const { root, build } = folder({ ...FILES, ".dockerignore": "*.log\nbig\nDockerfile" });
    symlinkSync("main", join(root, "src/link"));
    expect(await unpacked(build)).toEqual({
      ...{ Dockerfile: "FROM a", ".dockerignore": "*.log\nbig\nDockerfile" },
      ...{ src: "", "src/main": "main", "src/link": "-> main" },
    });
  });

  test("takes a Dockerfile along that is not part of it", async () => {
    const { root } = folder({ a: "1", ".dockerignore": "b" });
    const found = await unpacked({ context: root, dockerfile_inline: "FROM b" });
    expect(found).toMatchObject({ a: "1", ".dockerfile.stackwright": "FROM b" });
    expect(found[".dockerignore"]).toBe("b\n.dockerfile.stackwright\n.dockerignore\n");
  });

  test("names what is no UTF-8 as it is, and what is odd", async () => {
    const { root, build } = folder({ Dockerfile: "FROM a", "line\nend/a b": "2" });
    const bytes = (name: string) => Buffer.from(name, "latin1");
    const at = (...names: string[]) => Buffer.concat([bytes(`${root}/`), bytes(names.join("/"))]);
    mkdirSync(at("f\xe9"));
    writeFileSync(at("f\xe9", "\xff\xfe"), "1");
    symlinkSync(bytes("f\xe9/\xff"), at("f\xe9", "link\xe9"));
    const long = Array.from({ length: 12 }, () => "x".repeat(250)).join("/");
    mkdirSync(join(root, long), { recursive: true });
    execFileSync("mkfifo", [join(root, "fifo")]);
    execFileSync("truncate", ["-s", "1M", join(root, "sparse")]);

    const before = await sourcesOf(build);
    writeFileSync(at("f\xe9", "\xff\xfe"), "2");
    expect(await sourcesOf(build)).not.toEqual(before);

    const { tar, done } = await contextArchive(build);
    const target = folder({}).root;
    const unpack = spawn("tar", ["-x", "-C", target], { stdio: ["pipe", "ignore", "inherit"] });
    await pipeline(tar, unpack.stdin);
    await done;
    await once(unpack, "close");
    const found = execFileSync("find", [".", "-mindepth", "1", "-print0"], { cwd: target });
    const names = found.toString("latin1").split("\0").filter(Boolean);
    expect(names.map((name) => name.slice(2)).sort()).toEqual(
      [
        ...["Dockerfile", "f\xe9", "f\xe9/\xff\xfe", "f\xe9/link\xe9"],
        ...["line\nend", "line\nend/a b", "sparse"],
        ...Array.from({ length: 12 }, (_, index) => long.slice(0, index * 251 + 250)),
      ].sort(),
    );
    const link = Buffer.concat([bytes(`${target}/`), bytes("f\xe9/link\xe9")]);
    expect(readlinkSync(link, "buffer").toString("latin1")).toBe("f\xe9/\xff");
  });
});
