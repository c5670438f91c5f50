import { pack } from "tar-stream";
import { record, text } from "../../../src/attributes/values/json.ts";
import type { Client } from "../../../src/engine/docker/api/client.ts";
import { EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { portsOf } from "./json.ts";
import { isUp, type SimContainer } from "./things.ts";
import type { World } from "./world.ts";

/** The answers that the real observer reads, so that what it makes of them is tested too. */
export function readingClient(world: World): Client {
  const answer = (path: string, remote = ""): Json | undefined => {
    const [, kind = "", ...rest] = path.split("/");
    const name = rest.slice(0, -1).join("/");
    if (path === "/containers/json") return world.containers.map(summary);
    if (path === "/info")
      return { SystemTime: new Date(0).toISOString(), SwapLimit: world.countsSwap };
    if (path === "/plugins") return world.plugins.list();
    if (path === "/plugins/privileges") return privileges(world, remote);
    if (path === "/networks") return world.networks as Json[];
    if (path === "/volumes")
      return { Volumes: world.volumes.length > 0 ? (world.volumes as Json[]) : null };
    if (kind === "containers") {
      const found = world.containers.find(({ id }) => id === name);
      return found && inspect(found);
    }
    if (kind === "images") return imageNamed(world, name);
    if (kind === "distribution") {
      const image = world.registry.get(name);
      return image && { Descriptor: { digest: text(image.Digest) } };
    }
    throw new Error(`nobody has simulated GET ${path}`);
  };
  const reading = {
    endpoint: { display: "unix:///simulated.sock" },
    api: world.api,
    server: "Simulated/1",
    now: () => world.clock * 1000,
    get: async (path: string, options?: { query?: { remote?: string } }) =>
      structuredClone(answer(path, options?.query?.remote)),
    raw: async (path: string, { query }: { query: { path: string } }) => {
      const file = world.container(path.split("/")[2] ?? "").files.get(query.path);
      if (!file) return undefined;
      const tar = pack();
      const { uid, gid, mode, content, mtime } = file;
      // With the bits of a regular file, since tar-stream takes the mode 0 for silence.
      const header = { name: query.path.slice(1), uid, gid, mode: mode | 0o100_000, mtime };
      tar.entry(header, content);
      tar.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
  return reading as unknown as Client;
}

function privileges({ plugins }: World, remote: string): Json {
  try {
    return plugins.privileges(remote);
  } catch (error) {
    const { message } = error as Error;
    const operation = "GET /plugins/privileges";
    throw new EngineError({ code: "refused", message, operation, phase: "body", retry: "no" });
  }
}

function imageNamed(world: World, name: string): JsonObject | undefined {
  return world.images.get(name) ?? [...world.images.values()].find(({ Id }) => Id === name);
}

export function inspect(container: SimContainer): JsonObject {
  const { id, name, status, exitCode, health, image, config, host, endpoints, mounts } = container;
  return {
    Id: id,
    Name: `/${name}`,
    Created: new Date(container.created * 1000).toISOString(),
    Image: image,
    State: {
      Status: status,
      Running: isUp(container),
      Paused: status === "paused",
      ExitCode: exitCode,
      StartedAt: new Date(container.started * 1000).toISOString(),
      ...(health === "none" ? {} : { Health: { Status: health } }),
    },
    Config: config,
    HostConfig: host,
    Mounts: mounts,
    NetworkSettings: { Networks: Object.fromEntries(endpoints) as JsonObject },
  };
}

function summary(container: SimContainer): JsonObject {
  const { id, name, status, config, mounts, endpoints } = container;
  const ports = isUp(container) ? portsOf(container) : [];
  return {
    Id: id,
    Names: [`/${name}`],
    State: status,
    Labels: record(config.Labels),
    NetworkSettings: { Networks: Object.fromEntries(endpoints) as JsonObject },
    Mounts: mounts,
    Ports: ports.map((port) => {
      const [, IP = "", PublicPort = "", Type = ""] = /^(.*):(\d+)\/(\w+)$/.exec(port) ?? [];
      return { IP, PublicPort: Number(PublicPort), Type };
    }),
  };
}
