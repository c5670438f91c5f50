import { afterAll, beforeAll, expect, it } from "vitest";
import { apiAtLeast } from "../../../src/attributes/values/units.ts";
import { type Bench, bench, told } from "../../support/engine/live.ts";
import { IDLE } from "../../support/fixtures/stackfile.ts";

let live: Bench;
beforeAll(async () => {
  live = await bench("devices");
});
afterAll(() => live.close());

it("of a CDI specification are asked for as such, or refused where the engine knows none", async () => {
  const name = live.stack();
  const file = { name, containers: { web: { ...IDLE, devices: ["acme.com/net=none"] } } };
  const { failures } = await live.apply(file);
  if (!apiAtLeast(live.engine.facts.api, "1.44")) {
    expect(failures).toEqual([
      expect.stringContaining("`devices.acme.com/net=none` needs API 1.44"),
    ]);
    return;
  }
  // The engine's machine has no such device, so the container is made and cannot start.
  expect(failures).toEqual([expect.stringContaining("unresolvable CDI devices")]);
  const { HostConfig } = await live.inspect(`${name}-web-1`);
  expect(HostConfig).toMatchObject({
    DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["acme.com/net=none"] }],
  });
  expect((await live.plan(file)).steps.map(told)).toEqual([
    `container.start ${name}-web-1`,
    `container.wait ${name}-web-1`,
  ]);
});
