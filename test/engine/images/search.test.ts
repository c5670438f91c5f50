import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SOCKET } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { freePorts } from "../../support/fixtures/stackfile.ts";

const FOUND = [
  {
    ...{ name: "acme/term", description: "Made by acme", star_count: 7 },
    ...{ is_official: false, is_automated: false },
  },
  {
    ...{ name: "term", description: "The\n\u001b[31mone", star_count: 1234 },
    ...{ is_official: true, is_automated: false },
  },
];

/* No registry of ours can search, so the engine meets one that can do nothing else (Docker Registry API, v1). */
describe.skipIf(SOCKET === "")("stack search (STACK_TEST_HOST)", () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://registry");
    response.setHeader("content-type", "application/json");
    if (url.pathname === "/v1/_ping") return void response.end('{"standalone":true}');
    const term = url.searchParams.get("q");
    if (url.pathname !== "/v1/search" || term === "mute")
      return void response.writeHead(404).end("{}");
    asked.push(url.search);
    const results = term === "term" ? FOUND : [];
    response.end(JSON.stringify({ query: "", num_results: results.length, results }));
  });
  let cli: Shop;
  let address: string;
  beforeAll(async () => {
    cli = shop();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    cli?.close();
  });

  it("asks the registry in the term, through the engine", async () => {
    const table = await cli.stack(["search", `${address}/term`, "--limit", "7"]);
    expect(table).toMatchObject({ status: 0, stderr: "" });
    expect(table.stdout.split("\n").map((line) => line.trim())).toEqual([
      expect.stringMatching(/^NAME +STARS +OFFICIAL +DESCRIPTION$/),
      expect.stringMatching(/^acme\/term +7 +Made by acme$/),
      expect.stringMatching(/^term +1234 +yes +The .*one$/),
      "",
    ]);
    expect(table.stdout).not.toContain("\u001b");
    expect(asked.at(-1)).toContain("n=7");
    const json = await cli.stack(["search", `${address}/term`, "--format", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      format: "stackwright.search/1",
      images: [
        { name: "acme/term", stars: 7, official: false, description: "Made by acme" },
        { name: "term", stars: 1234, official: true },
      ],
    });
    const none = await cli.stack(["search", `${address}/nothing`]);
    expect(none).toMatchObject({ status: 0, stderr: expect.stringContaining("Nothing is named") });
  });

  it("is clear about a registry that does not answer, and a limit that is none", async () => {
    const [port] = await freePorts(1);
    const down = await cli.stack(["search", `127.0.0.1:${port}/term`]);
    expect(down).toMatchObject({ status: 1, stdout: "" });
    expect(down.stderr).toMatch(/connection refused/);
    expect(down.stderr).toContain("must reach");
    const mute = await cli.stack(["search", `${address}/mute`]);
    expect(mute).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot be searched"),
    });
    expect(await cli.stack(["search", "term", "--limit", "101"])).toMatchObject({ status: 1 });
  });
});
