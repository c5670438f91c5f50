// The floor: only the calls that nobody can do without, over the same socket. No checks, no
// output, no knowledge of what it does. Usage: floor.mjs SOCKET BODIES.json SCENARIO
import { readFileSync } from "node:fs";

// An import would evaluate every export, which takes longer than the calls of a small stack.
const http = process.getBuiltinModule("node:http");

const [, , socketPath, file, scenario] = process.argv;
const world = JSON.parse(readFileSync(file, "utf8"));
const agent = new http.Agent({ keepAlive: true });
const CONCURRENCY = 8;

/** @returns {Promise<any>} */
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body && JSON.stringify(body);
    const headers = text
      ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }
      : {};
    const request = http.request({ socketPath, agent, method, path: `/v1.41${path}`, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const answer = Buffer.concat(parts).toString();
        if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${answer}`));
        else resolve(answer ? JSON.parse(answer) : undefined);
      });
    });
    request.end(text);
  });
}

let running = 0;
const queue = [];
async function slot(task) {
  if (running >= CONCURRENCY) await new Promise((resolve) => queue.push(resolve));
  running++;
  try {
    return await task();
  } finally {
    running--;
    queue.shift()?.();
  }
}
const each = (all, task) => Promise.all(all.map((one) => slot(() => task(one))));

async function observe() {
  const filters = encodeURIComponent(JSON.stringify({ label: [`bench.project=${world.project}`] }));
  const [list] = await Promise.all([
    call("GET", `/containers/json?all=1&filters=${filters}`),
    call("GET", `/networks?filters=${filters}`),
    call("GET", `/volumes?filters=${filters}`),
    call("GET", "/images/busybox:1.36/json"),
  ]);
  await each(list, ({ Id }) => call("GET", `/containers/${Id}/json`));
  return list;
}

/** Ids of containers whose health became good, from the engine's own events. */
function health() {
  const healthy = new Set();
  const waiting = new Map();
  const filters = encodeURIComponent(JSON.stringify({ event: ["health_status"] }));
  const request = http.request({ socketPath, path: `/v1.41/events?filters=${filters}` });
  request.on("error", () => {});
  request.on("response", (response) => {
    response.setEncoding("utf8").on("data", (text) => {
      for (const line of text.split("\n").filter(Boolean)) {
        const { Action, Actor } = JSON.parse(line);
        const { name } = Actor.Attributes;
        if (!Action.endsWith(": healthy")) continue;
        healthy.add(name);
        waiting.get(name)?.();
      }
    });
  });
  request.end();
  return {
    of: (name) =>
      healthy.has(name) ? undefined : new Promise((resolve) => waiting.set(name, resolve)),
    close: () => request.destroy(),
  };
}

async function up() {
  const events = world.containers.some(({ healthy }) => healthy) ? health() : undefined;
  await Promise.all([
    each(world.networks, (body) => call("POST", "/networks/create", body)),
    each(world.volumes, (body) => call("POST", "/volumes/create", body)),
  ]);
  const started = new Map();
  for (const { name, needs, healthy, body } of world.containers) {
    const created = slot(() => call("POST", `/containers/create?name=${name}`, body));
    const before = needs.map(async (need) => {
      await started.get(need);
      if (healthy) await events.of(need);
    });
    const start = async () => {
      await Promise.all([created, ...before]);
      await slot(() => call("POST", `/containers/${name}/start`));
    };
    started.set(name, start());
  }
  await Promise.all(started.values());
  events?.close();
}

async function change() {
  await observe();
  const { name, body } = world.containers.at(-1);
  await call("POST", `/containers/${name}/stop`);
  await call("DELETE", `/containers/${name}`);
  await call("POST", `/containers/create?name=${name}`, body);
  await call("POST", `/containers/${name}/start`);
}

async function down() {
  const list = await call("GET", "/containers/json?all=1");
  const gone = new Map();
  const needs = new Map(world.containers.map((one) => [one.name, one.needs]));
  const names = list.map(({ Names }) => Names[0].slice(1)).filter((name) => needs.has(name));
  for (const name of names.sort().reverse()) {
    const dependents = names.filter((other) => needs.get(other).includes(name));
    const remove = async () => {
      await Promise.all(dependents.map((other) => gone.get(other)));
      await slot(() => call("POST", `/containers/${name}/stop`));
      await slot(() => call("DELETE", `/containers/${name}`));
    };
    gone.set(name, remove());
  }
  await Promise.all(gone.values());
  await each(world.networks, ({ Name }) => call("DELETE", `/networks/${Name}`));
}

await { apply: up, plan: observe, again: observe, change, destroy: down }[scenario]();
agent.destroy();
