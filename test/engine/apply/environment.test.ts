import { afterAll, beforeAll, expect, it } from "vitest";
import { at, text, texts } from "../../../src/attributes/values/json.ts";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench, changed } from "../../support/engine/live.ts";
import { type Shop, shop } from "../../support/engine/live-cli.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

const IMAGE = "environment-image";
let live: Bench;
let cli: Shop;

beforeAll(async () => {
  live = await bench("environment");
  cli = shop();
  const made = await live.post(path`/containers/create`, { Image: "busybox:1.36" });
  const container = text(made.Id);
  const changes = { changes: "ENV J=img" };
  await live.post(path`/commit`, {}, { container, repo: IMAGE, tag: "1", ...changes });
  await live.client.delete(path`/containers/${container}`);
});
afterAll(async () => {
  cli?.close();
  await live.clear();
  await live.client.delete(path`/images/${reference(`${IMAGE}:1`)}`);
  await live.close();
});

it("takes the image's variable away where a bare one has no value here, as Compose does", async () => {
  const name = live.stack();
  const file = (environment?: Json): JsonObject => ({
    name,
    containers: { web: { ...IDLE, image: `${IMAGE}:1`, ...(environment && { environment }) } },
  });
  const variables = () => live.exec(`${name}-web-1`, "env");
  await live.settle(file());
  expect(await variables()).toContain("J=img");

  for (const bare of [{ J: null, OTHER: null }, ["J"]]) {
    await live.settle(file(bare));
    const printed = await variables();
    expect(printed).not.toMatch(/^(J|OTHER)=/m);
    expect(printed).toContain("PATH=");
  }
  await cli.stack(["import", "--stack", name, "--out", "imported.yaml"]);
  const again = await cli.stack(["plan", "-f", "imported.yaml", "--detailed-exitcode"]);
  expect(again).toMatchObject({ status: 0 });

  const given = { env: { J: "here" } };
  expect(changed(await live.plan(file(["J"]), given), "container.web")).toBe("replace environment");
  await live.settle(file(["J"]), given);
  expect(await variables()).toContain("J=here");
  await live.settle(file({ J: null }));
  await live.settle(file());
  expect(await variables()).toContain("J=img");
  const { Config } = await live.inspect(`${name}-web-1`);
  expect(texts(at(Config, "Env"))).not.toContain("J");
});
