import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** The engine's own API, for setting the scene and looking at it; nothing here is timed. */
export async function ask<T>(socketPath: string, method: string, path: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = http.request({ socketPath, method, path }, (response) => {
    const parts: Buffer[] = [];
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("end", () => {
      const text = Buffer.concat(parts).toString();
      if ((response.statusCode ?? 0) < 400) resolve(text);
      else reject(new Error(`${method} ${path}: ${text}`));
    });
  });
  request.on("error", reject).end();
  const text = await promise;
  return (text ? JSON.parse(text) : undefined) as T;
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
}

/** How often a network is tried that is still in use, each half second. */
const PATIENCE = 6;
const PREFIX = /^\/?bench-?/;

/** Removes what an earlier run left: objects whose names begin as ours do, and no others. */
export async function wipe(socket: string): Promise<void> {
  const containers = await ask<Listed[]>(socket, "GET", "/containers/json?all=1");
  const ours = containers.filter(({ Names }) => Names.some((name) => PREFIX.test(name)));
  for (const { Id } of ours) await ask(socket, "DELETE", `/containers/${Id}?force=1&v=1`);
  const networks = await ask<{ Id: string; Name: string }[]>(socket, "GET", "/networks");
  for (const { Id, Name } of networks) if (PREFIX.test(Name)) await removeNetwork(socket, Id);
  const { Volumes } = await ask<{ Volumes: { Name: string }[] | null }>(socket, "GET", "/volumes");
  for (const { Name } of Volumes ?? [])
    if (PREFIX.test(Name)) await ask(socket, "DELETE", `/volumes/${Name}`);
}

/**
 * 20.10 may hold the endpoint of a container that is gone until it is restarted; then the network
 * stays, for its project to use again.
 */
async function removeNetwork(socket: string, id: string): Promise<void> {
  for (let tries = 0; tries < PATIENCE; tries++) {
    try {
      return await ask(socket, "DELETE", `/networks/${id}`);
    } catch {
      await sleep(500);
    }
  }
}

/** Number of a project's containers that run. */
export async function running(socket: string, project: string): Promise<number> {
  const containers = await ask<Listed[]>(socket, "GET", "/containers/json?all=1");
  return containers.filter(
    ({ Names, State }) =>
      State === "running" && Names.some((name) => new RegExp(`^/${project}[-_]`).test(name)),
  ).length;
}
