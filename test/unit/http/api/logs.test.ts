import { expect, test } from "vitest";
import { logLines, tail } from "../../../../src/engine/docker/api/log-stream.ts";
import { all } from "../support.ts";

function frame(stream: number, text: string | Buffer): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const euro = Buffer.from("€\n");
const sample = Buffer.concat([
  frame(1, "one\r\ntw"),
  frame(2, "error\n"),
  frame(1, ""),
  frame(1, "o\n"),
  frame(1, euro.subarray(0, 1)),
  frame(1, euro.subarray(1)),
  frame(2, "no newline"),
]);

test.each([1, 3, 8, 1000])("frames in pieces of %i bytes", async (size) => {
  const lines = await all(logLines(inPieces(sample, size), false));
  expect(lines.map(({ stream, text }) => `${stream}: ${text}`)).toEqual([
    "stdout: one",
    "stderr: error",
    "stdout: two",
    "stdout: €",
    "stderr: no newline",
  ]);
});

test("a terminal's log is raw", async () => {
  const lines = await all(logLines(inPieces(Buffer.from("a\r\nb"), 2), true));
  expect(lines.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("ten thousand tiny frames in one piece", async () => {
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(1, "\n")));
  expect(await all(logLines(inPieces(many, many.length), false))).toHaveLength(10_000);
});

test("a line without end does not fill the memory", async () => {
  const long = frame(1, "x".repeat(1 << 20));
  const lines = await all(logLines(inPieces(long, 1 << 14), false));
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.map(({ text }) => text).join("")).toHaveLength(1 << 20);
});

test("keeps the last lines", async () => {
  const text = Array.from({ length: 1000 }, (_, i) => `${i}\n`).join("");
  const last = (count: number) => tail(logLines(inPieces(Buffer.from(text), 77), true), count);
  expect((await last(3)).map((line) => line.text)).toEqual(["997", "998", "999"]);
  expect(await last(5000)).toHaveLength(1000);
  expect(await last(0)).toEqual([]);
});
