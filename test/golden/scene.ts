import type { JsonObject } from "../../src/model/json.ts";
import type { Address, Secrets, Stack } from "../../src/model/stack.ts";
import { plan } from "../../src/planning/plan.ts";
import { SimulatedEngine } from "../support/simulator/engine.ts";
import { world } from "../support/simulator/images.ts";
import { carriedOut, observed, policyOf } from "../support/simulator/reconcile.ts";

/** A container of somebody else, made before ours, or after where it uses what is ours. */
interface Other {
  readonly name: string;
  readonly port?: string;
  /** A network of its own. */
  readonly network?: string;
  readonly subnet?: string;
  /** A network and a volume of ours. */
  readonly joins?: string;
  readonly mounts?: string;
}

/** How the engine of a case came to be as it is: `case.json`. */
export interface Scene {
  readonly about: string;
  readonly api?: string;
  readonly others?: readonly Other[];
  /** The run that applied `before.yaml` was cut off after so many steps; absent: it was not. */
  readonly cut?: number;
  /** The run that applied it failed at this step; absent: it did not. */
  readonly refused?: number;
  /** What happened since, an operation and its arguments each. */
  readonly since?: readonly (readonly [keyof typeof happenings, ...string[]])[];
  /** What the lock file says, as digests by reference. */
  readonly locked?: Readonly<Record<string, string>>;
  /** What the files hold that images come from, by reference: that of the content, or a digest. */
  readonly files?: Readonly<Record<string, string>>;
  /** The same when `before*.yaml` was applied; absent: they were not looked at. */
  readonly filesBefore?: Readonly<Record<string, string>>;
  readonly destroy?: boolean;
  readonly volumes?: boolean;
  readonly plugins?: boolean;
  readonly allowDataLoss?: readonly string[];
  readonly unprotect?: readonly Address[];
  readonly targets?: readonly Address[];
  readonly replacing?: readonly Address[];
  /** `plan.txt` shows what the steps that create something send. */
  readonly bodies?: boolean;
}

const happenings = {
  stop: (engine: SimulatedEngine, name = "") => engine.world.stop(name),
  exit: (engine: SimulatedEngine, name = "", code = "0") => {
    Object.assign(engine.world.container(name), { status: "exited", exitCode: Number(code) });
  },
  start: (engine: SimulatedEngine, name = "") => engine.world.start(name),
  pause: (engine: SimulatedEngine, name = "") => engine.world.pause(name, true),
  rename: (engine: SimulatedEngine, name = "", to = "") => engine.world.rename(name, to),
  connect: (engine: SimulatedEngine, name = "", network = "") =>
    engine.world.connect(name, network, {}),
  disconnect: (engine: SimulatedEngine, name = "", network = "") =>
    engine.world.disconnect(name, network),
  update: (engine: SimulatedEngine, name = "", body = "{}") =>
    engine.world.update(name, JSON.parse(body) as JsonObject),
  setPlugin: ({ world: { plugins } }: SimulatedEngine, name = "", key = "", value = "") => {
    plugins.switch(name, false, 0);
    plugins.set(name, { [key]: value });
    plugins.switch(name, true, 0);
  },
  disablePlugin: ({ world: { plugins } }: SimulatedEngine, name = "") =>
    plugins.switch(name, false, 0),
  /** The reference now leads to the content of another. */
  retag: ({ world: { images } }: SimulatedEngine, reference = "", content = "") => {
    const image = images.get(content);
    const old = images.get(reference);
    if (image) images.set(reference, image);
    if (old) images.set("<none>", old);
  },
  /** The registry has other content under the reference than the engine. */
  publish: ({ world: { registry } }: SimulatedEngine, reference = "", content = "") => {
    const image = registry.get(content);
    if (image) registry.set(reference, image);
  },
};

export async function staged(scene: Scene, before: readonly Loaded[]): Promise<SimulatedEngine> {
  const engine = new SimulatedEngine(world(scene.api ?? "1.51"));
  const late = ({ joins, mounts }: Other) => joins !== undefined || mounts !== undefined;
  for (const other of scene.others ?? []) if (!late(other)) someone(engine, other);
  for (const [index, { stack, secrets }] of before.entries()) {
    const policy = policyOf({ secrets });
    const todo = plan(stack, await observed(engine, stack, secrets), policy);
    const { cut, refused } = index === before.length - 1 ? scene : {};
    engine.fate = ({ id, ...step }) => {
      // One that watches begins before many with lower numbers.
      const watches = step.operation === "container.wait" && step.staysReady;
      if (cut !== undefined && id > cut && !watches) return "dead";
      return id === refused ? "refused" : "fine";
    };
    const { errors } = await carriedOut(engine, todo, secrets);
    if (cut === undefined && refused === undefined && errors.length > 0)
      throw new Error(errors.join("\n"));
    engine.revive();
  }
  for (const other of scene.others ?? []) if (late(other)) someone(engine, other);
  for (const [what, ...details] of scene.since ?? []) happenings[what](engine, ...details);
  return engine;
}

export interface Loaded {
  readonly stack: Stack;
  readonly secrets: Secrets;
}

function someone({ world: there }: SimulatedEngine, other: Other): void {
  const { name, port, network, subnet, mounts } = other;
  const joins = other.joins ?? network;
  if (network)
    there.createNetwork(network, subnet ? { IPAM: { Config: [{ Subnet: subnet }] } } : {});
  there.createContainer(name, {
    Image: "busybox:1.36",
    HostConfig: {
      NetworkMode: joins ?? "bridge",
      ...(port ? { PortBindings: { "80/tcp": [{ HostIp: "", HostPort: port }] } } : {}),
      ...(mounts ? { Mounts: [{ Type: "volume", Source: mounts, Target: "/x" }] } : {}),
    },
    ...(joins ? { NetworkingConfig: { EndpointsConfig: { [joins]: {} } } } : {}),
  });
  there.start(name);
}
