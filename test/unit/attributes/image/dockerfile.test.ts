import { describe, expect, test } from "vitest";
import { basesOf, instructions, modernPart } from "../../../../src/attributes/image/dockerfile.ts";

describe("instructions", () => {
  test.each([
    ["FROM a\nRUN b", ["1 FROM a", "2 RUN b"]],
    ["# syntax=docker/dockerfile:1\n\nfrom a\r\n", ["3 FROM a"]],
    ["RUN a \\\n  # why\n\n  && b\nCMD c", ["1 RUN a   && b", "5 CMD c"]],
    ["# escape=`\nRUN a `\n b\nCOPY \\ c", ["2 RUN a  b", "4 COPY \\ c"]],
    ["RUN <<EOF\nFROM x\nEOF\nCMD y", ["1 RUN <<EOF", "4 CMD y"]],
    ["COPY <<-'A' <<B /d/\na\n\tA\nb\nB\nCMD y", ["1 COPY <<-'A' <<B /d/", "6 CMD y"]],
    ["CMD echo <<EOF\nUSER b", ["1 CMD echo <<EOF", "2 USER b"]],
  ])("%j", (text, expected) => {
    const found = instructions(text).map(({ line, name, rest }) => `${line} ${name} ${rest}`);
    expect(found).toEqual(expected);
  });
});

describe("bases", () => {
  test.each<[string, Parameters<typeof basesOf>[1], readonly string[]]>([
    ["FROM a:1", { args: {} }, ["a:1"]],
    ["FROM --platform=$BUILDPLATFORM a AS x\nFROM x\nFROM scratch", { args: {} }, ["a"]],
    ["FROM a AS One\nFROM b\nCOPY --from=one /x /\nCOPY --from=0 /y /", { args: {} }, ["a", "b"]],
    ["FROM a\nCOPY --chown=1 --from=c:2 /x /", { args: {} }, ["a", "c:2"]],
    ["FROM a\nRUN --mount=type=bind,from=c,target=/x ls", { args: {} }, ["a", "c"]],
    ["FROM a AS x\nFROM b AS y\nFROM c", { args: {}, target: "y" }, ["a", "b"]],
    ["FROM a\nFROM b", { args: {}, target: "0" }, ["a"]],
    ['ARG V=1\nARG W="2"\nFROM a:$V\nFROM a:${W}', { args: {} }, ["a:1", "a:2"]],
    ["ARG V=1\nFROM a:$V", { args: { V: "3" } }, ["a:3"]],
    ["ARG V\nFROM a:${V:-5}${V:+-x}", { args: {} }, ["a:5"]],
    ["ARG V\nFROM a:$V", { args: {} }, []],
    ["FROM a\nARG V=1\nFROM b:$V", { args: {} }, ["a"]],
    ["FROM own\nCOPY --from=own x /", { args: {}, contexts: ["own"] }, []],
  ])("%j %j", (text, stages, expected) => {
    expect(basesOf(instructions(text), stages)).toEqual(expected);
  });
});

test.each([
  ["FROM a\nRUN --mount=type=cache,target=/c make", "RUN --mount 2"],
  ["FROM a\nCOPY --from=b --link x /", "COPY --link 2"],
  ["FROM a\nCOPY --chmod=755 x /", "COPY --chmod 2"],
  ["FROM a\nRUN <<EOF\nx\nEOF", "RUN << 2"],
  ["FROM a\nRUN echo --mount\nCOPY --chown=1:1 --from=b x /", undefined],
])("what only BuildKit understands: %j", (text, expected) => {
  const part = modernPart(instructions(text));
  expect(part && `${part.what} ${part.line}`).toBe(expected);
});
