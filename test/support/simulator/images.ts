import type { JsonObject } from "../../../src/model/json.ts";
import { SimPlugins } from "./plugins.ts";
import { World } from "./world.ts";

const bare = (id: string): JsonObject => ({
  Id: `sha256:${id.repeat(64)}`,
  Digest: `sha256:${id.repeat(32)}${"f".repeat(32)}`,
  RepoDigests: [`docker.io/library/any@sha256:${id.repeat(32)}${"f".repeat(32)}`],
  Os: "linux",
  Architecture: "amd64",
  Config: { Cmd: ["sh"], Env: ["PATH=/bin"] },
});

/** An image that says all that an image can say, so that every merge rule has something to merge. */
const rich = (id: string, release: string): JsonObject => ({
  ...bare(id),
  Config: {
    Cmd: ["serve", release],
    Entrypoint: ["/entry"],
    Env: ["PATH=/app/bin:/bin", `RELEASE=${release}`],
    Labels: { vendor: "acme", release },
    ExposedPorts: { "7000/tcp": {} },
    Volumes: { "/var/lib/app": {} },
    User: "app",
    WorkingDir: "/app",
    StopSignal: "SIGQUIT",
    Healthcheck: { Test: ["CMD", "probe"], Interval: 5e9, Retries: 4 },
  },
});

export const IMAGES: Readonly<Record<string, JsonObject>> = {
  "busybox:1.36": bare("1"),
  "busybox:1.37": bare("2"),
  "acme/app:1": rich("3", "1"),
  "acme/app:2": rich("4", "2"),
};

/** These are in the registry only. */
export const REMOTE: Readonly<Record<string, JsonObject>> = { "acme/far:1": rich("5", "far") };

export function world(api: string): World {
  return new World(
    api,
    Object.entries(IMAGES),
    Object.entries({ ...IMAGES, ...REMOTE }),
    new SimPlugins(),
  );
}
