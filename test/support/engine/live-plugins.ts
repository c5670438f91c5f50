import { pack } from "tar-stream";
import { expect } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Bench } from "./live.ts";

/**
 * A volume driver for x86-64 Linux, 522 bytes, since an engine enables only what listens on its
 * socket. It accepts one connection after another on /run/docker/plugins/p.sock, reads once, answers
 * with HTTP/1.0, and closes. `{"Err":"none"}` is the answer until a request's path goes on with `Cr`
 * after `/VolumeDriver.`; from then on it has the one volume `plugged`, mounted at `/`, until one
 * goes on with `Re`. SIGTERM ends it.
 */
const PROGRAM = Buffer.from(
  [
    "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAA",
    "AAEAAAAHAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAACgIAAAAAAAAKEgAAAAAAAAAQAAAAAAAAag9fvjsB",
    "QAAx0moIQVpqDVgPBb9dAUAAaldYDwVqAV9qAV4x0mopWA8FicOJ375bAUAAaB0AAABaajFYDwWJ32oFXmoy",
    "WA8FRTHtid8x9jHSaitYDwVBicREiee+CgJAALoAEAAAMcAPBWaLBCUdAkAAZj1DcnUDQbUBvngBQABoIQAA",
    "AFpFhO10Cr6ZAUAAunEAAABmPVJldQNFMe1EiedBugBAAABFMcBFMclqLFgPBUSJ52oDWA8F648x/2o8WA8F",
    "NAFAAAAAAAAAAAAEAAAAADQBQAAAAAAAAAAAAAAAAAABAC9ydW4vZG9ja2VyL3BsdWdpbnMvcC5zb2NrAEhU",
    "VFAvMS4wIDIwMCBPSw0KDQp7IkVyciI6Im5vbmUifUhUVFAvMS4wIDIwMCBPSw0KDQp7IlZvbHVtZSI6eyJO",
    "YW1lIjoicGx1Z2dlZCIsIk1vdW50cG9pbnQiOiIvIn0sIlZvbHVtZXMiOlt7Ik5hbWUiOiJwbHVnZ2VkIn1d",
    "LCJNb3VudHBvaW50IjoiLyJ9",
  ].join(""),
  "base64",
);

/** A plugin's configuration: two settings, of which one can be set, and a mount of the host. */
const config = (more: JsonObject): JsonObject => ({
  description: "a volume driver for tests",
  entrypoint: ["/driver"],
  interface: { types: ["docker.volumedriver/1.0"], socket: "p.sock" },
  env: [
    { name: "DEBUG", value: "0", settable: ["value"] },
    { name: "PASSWORD", value: "", settable: ["value"] },
    { name: "FIXED", value: "x" },
  ],
  mounts: [
    {
      ...{ name: "state", source: "/tmp", destination: "/state", type: "bind" },
      ...{ options: ["rbind"], settable: ["source"] },
    },
  ],
  ...more,
});

/** Puts a plugin into a registry, and takes it off the engine again. */
export async function publish(live: Bench, name: string, more: JsonObject = {}): Promise<void> {
  const tar = pack();
  tar.entry({ name: "config.json" }, JSON.stringify(config(more)));
  tar.entry({ name: "rootfs/driver", mode: 0o755 }, PROGRAM);
  // 20.10 may refuse a layer that it has just dropped: `content already exists`.
  tar.entry({ name: "rootfs/name" }, name);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
  const { client } = live;
  const body = Buffer.concat(parts);
  for await (const _ of await client.stream("POST", path`/plugins/create`, {
    query: { name },
    body,
  }));
  const headers = { "X-Registry-Auth": Buffer.from("{}").toString("base64") };
  const pushed = await client.progress("POST", path`/plugins/${reference(name)}/push`, { headers });
  let last: Record<string, unknown> = {};
  for await (const line of pushed) last = line;
  expect(last).toHaveProperty("aux");
  await client.delete(path`/plugins/${reference(name)}`, { query: { force: true } });
}

export const plugin = (live: Bench, name: string): Promise<JsonObject> =>
  live.client.get<JsonObject>(path`/plugins/${reference(name)}/json`);

export const forget = (live: Bench, name: string): Promise<void> =>
  live.client.delete(path`/plugins/${reference(name)}`, { query: { force: true }, accept: [404] });
