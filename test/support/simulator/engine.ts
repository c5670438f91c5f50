import { isConnected } from "../../../src/attributes/container/network/endpoint.ts";
import { reveal, revealBody } from "../../../src/attributes/secrets/sensitive.ts";
import { equal, record } from "../../../src/attributes/values/json.ts";
import { observe } from "../../../src/engine/docker/observe/observe.ts";
import { entryOn, isJoined } from "../../../src/engine/docker/operations/network-endpoints.ts";
import type { Engine, StepContext } from "../../../src/engine/engine.ts";
import type { Builder } from "../../../src/model/build.ts";
import type { EngineFacts, ObservedState } from "../../../src/model/observed-state.ts";
import type { Ref } from "../../../src/model/operations/fields.ts";
import type { OperationName, OperationOf } from "../../../src/model/operations/operations.ts";
import type { Step } from "../../../src/model/plan.ts";
import type { Secrets, Stack } from "../../../src/model/stack.ts";
import { ANONYMOUS } from "../fixtures/anonymous.ts";
import { inspect, readingClient } from "./client.ts";
import { Refused } from "./things.ts";
import type { World } from "./world.ts";

/**
 * What happens to one step instead of its success; `lost`: it takes effect, the answer is lost;
 * `exits`, `sick`: its container has ended meanwhile, or its probes fail.
 */
export type Fault = "fine" | "refused" | "lost" | "dead" | "exits" | "sick";

type Doing<K extends OperationName> = (
  work: OperationOf<K>,
  world: World,
  secrets: Secrets,
) => void;

const idOf = ({ id, name }: Ref): string => id ?? name;

const doing: { readonly [K in OperationName]: Doing<K> } = {
  "image.pull": ({ image, digest }, world) => world.pull(image, digest),
  "image.build": ({ image, bases, record }, world) => world.build(image, bases, record),
  "image.load": ({ image, ids }, world) => world.load(image, ids),
  "image.import": ({ image, digest }, world) => world.importRootfs(image, digest),
  "image.tag": ({ image, to }, world) => world.tag(image, to),
  "image.push": ({ image }, world) => world.push(image),
  "network.create": ({ name, body }, world) => world.createNetwork(name, body),
  "network.remove": ({ network }, world) => gone(() => world.removeNetwork(idOf(network))),
  "volume.create": ({ name, body }, world) => {
    const made = world.createVolume(name, body);
    if (!equal(record(made.Labels), record(body.Labels))) {
      throw new Refused(201, `a volume named ${name} has appeared that is not this stack's`);
    }
  },
  "volume.remove": ({ volume }, world) => gone(() => world.removeVolume(volume.name)),
  "plugin.install": ({ name, source, privileges }, { plugins }) =>
    plugins.install(name, source, privileges),
  "plugin.upgrade": ({ plugin, source, privileges }, { plugins }) =>
    plugins.upgrade(idOf(plugin), source, privileges),
  "plugin.set": ({ plugin, settings }, { plugins }, secrets) =>
    plugins.set(idOf(plugin), reveal(settings, secrets)),
  "plugin.enable": ({ plugin }, { plugins }) => plugins.switch(idOf(plugin), true, 0),
  "plugin.disable": ({ plugin }, world) =>
    world.plugins.switch(idOf(plugin), false, world.driven(plugin.name)),
  "plugin.remove": ({ plugin }, { plugins }) => gone(() => plugins.remove(idOf(plugin))),
  "container.create": ({ name, body }, world, secrets) => {
    world.createContainer(name, revealBody(body, secrets));
  },
  "container.save_files": ({ container }, world) => void world.container(idOf(container)),
  "container.restore_files": () => {},
  "container.write_files": ({ container, into = "/", files }, world, secrets) => {
    const target = world.container(idOf(container));
    if (target.host.ReadonlyRootfs === true && into === "/")
      throw new Refused(403, "rootfs is marked read-only");
    for (const { content, target: path, uid, gid, mode } of files) {
      target.files.set(path, {
        content: reveal(content, secrets),
        uid,
        gid,
        mode,
        mtime: new Date(0),
      });
    }
  },
  // What an engine refuses as connected, or as not, is looked at: see joined.ts.
  "network.connect": ({ container, network, endpoint }, world) => {
    const live = inspect(world.container(idOf(container)));
    if (entryOn(live, network) && isJoined(live, network, endpoint)) return;
    world.connect(idOf(container), idOf(network), endpoint);
  },
  "network.disconnect": ({ container, network }, world) => {
    const live = inspect(world.container(idOf(container)));
    const entry = entryOn(live, network);
    if (!entry) return;
    if (!isConnected(live, entry)) world.connect(idOf(container), idOf(network), {});
    world.disconnect(idOf(container), idOf(network));
  },
  "container.update": ({ container, resources }, world) => {
    world.update(idOf(container), resources);
    const { host } = world.container(idOf(container));
    for (const [key, value] of Object.entries(resources)) {
      if (key === "MemorySwap" && host[key] === -1) continue;
      if (!equal(value ?? null, host[key] ?? null)) throw new Refused(200, `ignored ${key}`);
    }
  },
  "container.rename": ({ container, to }, world) => {
    if (world.container(idOf(container)).name !== to) world.rename(idOf(container), to);
  },
  "container.start": ({ container }, world) => world.start(idOf(container)),
  "container.pause": ({ container }, world) => world.pause(idOf(container), true),
  // Refused as not paused, it is looked at; one that has ended meanwhile is not paused.
  "container.unpause": ({ container }, world) => {
    if (world.container(idOf(container)).status === "paused") world.pause(idOf(container), false);
  },
  "container.stop": ({ container }, world) => gone(() => world.stop(idOf(container))),
  "container.exec": ({ container, hook, command, environment }, world, secrets) => {
    const run = () => {
      const { name, status, ran } = world.container(idOf(container));
      if (status !== "running" && hook === "pre_stop") return;
      if (status !== "running") throw new Refused(409, `Container ${name} is not running`);
      reveal({ ...environment }, secrets);
      ran.push([hook, ...reveal([...command], secrets)].join(" "));
    };
    if (hook === "pre_stop") gone(run);
    else run();
  },
  "container.wait": ({ container, condition, staysReady, minUptime }, world) => {
    const awaited = world.container(idOf(container));
    if (staysReady) {
      const { name, status, health } = awaited;
      const fine =
        health === "none" ? minUptime === 0 || status === "running" : health !== "unhealthy";
      if (!fine) throw new Refused(0, `${name} does not stay ready`);
    } else if (condition === "completed") {
      if (awaited.status === "running") Object.assign(awaited, { status: "exited", exitCode: 0 });
      if (awaited.status !== "exited") throw new Refused(0, `${awaited.name} never completes`);
    } else if (condition === "ready" && awaited.health === "none") {
      if (awaited.status !== "running") throw new Refused(0, `${awaited.name} does not stay up`);
    } else {
      if (awaited.health === "none") throw new Refused(0, `${awaited.name} has no health check`);
      awaited.health = "healthy";
    }
  },
  "container.remove": ({ container }, world) =>
    gone(() => world.removeContainer(idOf(container), false)),
};

function gone(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
  }
}

/** Ends when the signal is aborted. */
const ended = (over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (over.aborted) resolve();
    else over.addEventListener("abort", () => resolve(), { once: true });
  });

/** An engine in memory, for properties and golden cases: it refuses what a real one refuses. */
export class SimulatedEngine implements Engine {
  readonly world: World;
  readonly facts: EngineFacts;
  /** Decides the fate of the next step; `dead`: from now on nothing answers. */
  fate: (step: Step) => Fault = () => "fine";
  /** Steps that took effect. */
  performed: Step[] = [];
  builder: Builder = "buildkit";
  #dead = false;

  constructor(world: World) {
    this.world = world;
    this.facts = { endpoint: "unix:///simulated.sock", server: "Simulated/1", api: world.api };
  }

  revive(): void {
    this.#dead = false;
    this.fate = () => "fine";
    this.performed = [];
  }

  observe(stack: Stack, secrets: Secrets, signal: AbortSignal): Promise<ObservedState> {
    const builds = stack.resources.some(({ build }) => build !== undefined);
    const asked = { stack, secrets, known: new Map() };
    const seen = observe(readingClient(this.world), ANONYMOUS, asked, signal);
    return builds ? seen.then((all) => ({ ...all, builder: this.builder })) : seen;
  }

  /** @param context `over` absent: it is so already */
  async perform(
    step: Step,
    { secrets, over }: Pick<StepContext, "secrets"> & Partial<StepContext>,
  ): Promise<void> {
    await Promise.resolve();
    const chosen = this.#dead ? "dead" : this.fate(step);
    if (step.operation === "container.wait" && step.staysReady && over && chosen === "fine")
      await ended(over);
    const fate = this.#dead ? "dead" : chosen;
    if (fate === "dead") this.#dead = true;
    if (fate === "dead" || fate === "refused") throw new Error(`step ${step.id} ${fate}`);
    if (fate === "exits" || fate === "sick") this.#ail(step, fate);
    const run = doing[step.operation] as Doing<OperationName>;
    run(step as never, this.world, secrets);
    this.performed.push(step);
    if (fate === "lost") throw new Error(`the answer to step ${step.id} is lost`);
  }

  #ail(step: Step, how: "exits" | "sick"): never {
    const ref = "container" in step ? idOf(step.container) : "";
    const { id, name } = this.world.container(ref);
    if (how === "exits") this.world.stop(id);
    else this.world.container(id).health = "unhealthy";
    throw new Refused(0, `${name} ${how}`);
  }

  close(): void {}
}
