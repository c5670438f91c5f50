import {
  addressAt,
  contains,
  rangeOfAddress,
  rangeOfPrefix,
} from "../../../src/attributes/values/cidr.ts";
import { at, list, number, record, text, texts } from "../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { configOf, hostConfigOf, type Loose, minor, mountsOf, portsOf } from "./json.ts";
import { isUp, Refused, type SimContainer, STARTED, Things } from "./things.ts";

/** Endpoints that need no network of their own. */
const BUILT_IN = new Set(["bridge", "host", "none"]);

/** An engine's containers on top of the rest. */
export class World extends Things {
  container(ref: string): SimContainer {
    const found = this.containers.find(({ id, name }) => id === ref || name === ref);
    if (!found) throw new Refused(404, `No such container: ${ref}`);
    return found;
  }

  createContainer(name: string, body: JsonObject): string {
    this.#nameFree(name);
    const image = this.images.get(text(body.Image));
    if (!image) throw new Refused(404, `No such image: ${text(body.Image)}`);
    const endpoints = Object.entries(record(at(body.NetworkingConfig, "EndpointsConfig")));
    if (minor(this.api) < 44 && endpoints.length > 1) {
      throw new Refused(400, "Container cannot be connected to network endpoints");
    }
    const host = hostConfigOf(body, this.api);
    checkResources(host);
    if (!this.countsSwap) host.MemorySwap = -1;
    checkSharedNetwork(body);
    for (const mode of SHARED) host[mode] = this.#shared(text(host[mode]));
    const id = this.newContainerId();
    const config = configOf(body, image, id);
    if (!list(config.Cmd).length && !list(config.Entrypoint).length) {
      throw new Refused(400, "No command specified");
    }
    const mode = text(host.NetworkMode);
    const container: SimContainer = {
      id,
      name,
      status: "created",
      exitCode: 0,
      created: this.now(),
      started: 0,
      health: "none",
      ran: [],
      image: text(image.Id),
      config,
      host,
      endpoints: new Map(),
      mounts: this.#withOthers(this.#mounts(body, config), body),
      files: new Map(),
    };
    const attached: [string, Json | undefined][] =
      endpoints.length > 0 ? endpoints : [[mode === "default" ? "bridge" : mode, undefined]];
    for (const [network, endpoint] of sharing(mode) ? [] : attached)
      container.endpoints.set(network, settings(endpoint));
    this.containers.push(container);
    return id;
  }

  #mounts(body: JsonObject, config: JsonObject): JsonObject[] {
    const all = mountsOf(body, config);
    const targets = [
      ...all.map(({ target }) => target),
      ...Object.keys(record(at(body.HostConfig, "Tmpfs"))),
    ];
    if (new Set(targets).size < targets.length) throw new Refused(400, "Duplicate mount point");
    return all.map(({ target, json }) => {
      if (json.Type !== "volume") return { ...json, Name: "", Destination: target };
      const name = text(json.Name) || this.newId("a");
      this.createVolume(
        name,
        text(json.Name) ? {} : { Labels: { "com.docker.volume.anonymous": "" } },
      );
      return { ...json, Name: name, Source: `/volumes/${name}/_data`, Destination: target };
    });
  }

  /** The name of another container becomes its id. */
  #shared(mode: string): string {
    return sharing(mode) ? `container:${this.container(sharing(mode) ?? "").id}` : mode;
  }

  /** What `VolumesFrom` names is mounted too, but for targets that are taken. */
  #withOthers(own: JsonObject[], body: JsonObject): JsonObject[] {
    const taken = new Set(own.map(({ Destination }) => Destination));
    const others = texts(at(body.HostConfig, "VolumesFrom")).flatMap(
      (item) => this.container(item.split(":")[0] ?? "").mounts,
    );
    return [...own, ...others.filter(({ Destination }) => !taken.has(Destination))];
  }

  #nameFree(name: string): void {
    const holder = this.containers.find((each) => each.name === name);
    if (holder) {
      const message = `Conflict. The container name "/${name}" is already in use by container "${holder.id}"`;
      throw new Refused(409, message);
    }
  }

  rename(ref: string, to: string): void {
    const container = this.container(ref);
    if (container.name === to) throw new Refused(400, "Renaming a container with the same name");
    this.#nameFree(to);
    container.name = to;
  }

  start(ref: string): void {
    const container = this.container(ref);
    if (container.status === "paused") throw new Refused(409, "cannot start a paused container");
    if (container.status === "running") return;
    for (const mode of SHARED) {
      const id = sharing(text(container.host[mode]));
      if (id === undefined) continue;
      const other = this.containers.find((each) => each.id === id);
      if (!other || !isUp(other))
        throw new Refused(409, `cannot join ${mode} of ${id}: it does not run`);
      if (mode === "IpcMode" && other.host.IpcMode !== "shareable")
        throw new Refused(409, `cannot join IPC of ${other.name}: non-shareable IPC`);
    }
    this.#modeIsThere(container);
    // A container that has lost every endpoint gets that of its network mode again.
    if (container.endpoints.size === 0 && !sharing(text(container.host.NetworkMode))) {
      const mode = text(container.host.NetworkMode);
      container.endpoints.set(mode === "default" ? "bridge" : mode, settings(undefined));
    }
    try {
      for (const [name, endpoint] of container.endpoints) this.#join(container, name, endpoint);
      this.#takePorts(container);
    } catch (error) {
      container.exitCode = 128;
      for (const endpoint of container.endpoints.values()) unplug(endpoint);
      throw error;
    }
    container.status = "running";
    container.exitCode = 0;
    container.started = this.now();
    container.ran.push(STARTED);
    const test = texts(at(container.config, "Healthcheck", "Test"));
    container.health = test.length > 0 && test[0] !== "NONE" ? "starting" : "none";
  }

  /** From 28 on, whatever networks it is on (measured on 20.10 and 28.5). */
  #modeIsThere({ host }: SimContainer): void {
    const mode = text(host.NetworkMode);
    if (minor(this.api) < 44 || mode === "default" || BUILT_IN.has(mode) || sharing(mode)) return;
    if (this.networks.some(({ Id, Name }) => Id === mode || Name === mode)) return;
    throw new Refused(404, `could not find a network matching network mode ${mode}`);
  }

  /** Refused, it leaves the entry without an endpoint. */
  #join(container: SimContainer, name: string, endpoint: Loose): void {
    if (BUILT_IN.has(name)) return;
    const stale = text(endpoint.NetworkID);
    const network = this.network(stale || name);
    const address = this.#addressFor(container, network, endpoint);
    Object.assign(endpoint, { NetworkID: network.Id, EndpointID: `f${container.id}`, ...address });
    if (minor(this.api) < 45) {
      endpoint.Aliases = [...new Set([...texts(endpoint.Aliases), container.id.slice(0, 12)])];
    }
  }

  /** The fixed one, or else the lowest that nobody has: so that whoever comes late finds his taken. */
  #addressFor(container: SimContainer, network: Loose, endpoint: Loose): JsonObject {
    this.#refuseTaken6(text(network.Name), endpoint, container);
    const ip = text(at(endpoint.IPAMConfig, "IPv4Address"));
    if (ip && network.asked !== true) {
      throw new Refused(
        400,
        "user specified IP address is supported only with a configured subnet",
      );
    }
    const pools = list(at(network.IPAM, "Config")).map(record);
    const ranges = pools.map(({ Subnet }) => rangeOfPrefix(text(Subnet)));
    if (ip && !ranges.some((range) => contains(range, rangeOfAddress(ip))))
      throw new Refused(400, `no configured subnet contains the IP address ${ip}`);
    // What nobody asked for is the first address, whether or not the network tells it.
    const gateways = ranges.map(({ first }, index) => {
      return text(pools[index]?.Gateway) || addressAt(4, first + 1n);
    });
    const taken = new Set([
      ...gateways,
      ...ranges.flatMap(({ first, last }) => [addressAt(4, first), addressAt(4, last)]),
      ...this.containers
        .filter((other) => other !== container && isUp(other))
        .map((other) => text(other.endpoints.get(text(network.Name))?.IPAddress)),
    ]);
    if (ip && taken.has(ip)) throw new Refused(403, "Address already in use");
    if (ip) return { IPAddress: ip };
    const [range] = ranges;
    if (!range) return { IPAddress: "" };
    for (let value = range.first; value <= range.last; value++) {
      const free = addressAt(range.family, value);
      if (!taken.has(free)) return { IPAddress: free };
    }
    throw new Refused(500, "No available IPv4 addresses on this network's address pools");
  }

  /** Of this family, only what was asked is known. */
  #refuseTaken6(network: string, endpoint: JsonObject, container: SimContainer): void {
    const ip = text(at(endpoint.IPAMConfig, "IPv6Address"));
    const taken = this.containers.some((other) => {
      if (!ip || other === container || !isUp(other)) return false;
      const { EndpointID, IPAMConfig } = other.endpoints.get(network) ?? {};
      return EndpointID && text(at(IPAMConfig, "IPv6Address")) === ip;
    });
    if (taken) throw new Refused(403, "Address already in use");
  }

  #takePorts(container: SimContainer): void {
    const wanted = portsOf(container);
    for (const other of this.containers) {
      if (other === container || !isUp(other)) continue;
      const taken = portsOf(other).find((port) => wanted.includes(port));
      if (taken) throw new Refused(500, `Bind for ${taken} failed: port is already allocated`);
    }
  }

  stop(ref: string): void {
    const container = this.container(ref);
    if (!isUp(container)) return;
    container.status = "exited";
    container.exitCode = 137;
    container.health = "none";
    for (const endpoint of container.endpoints.values()) unplug(endpoint);
    // Its processes are those of whoever shares them.
    for (const other of this.containers)
      if (other.host.PidMode === `container:${container.id}`) this.stop(other.id);
  }

  pause(ref: string, paused: boolean): void {
    const container = this.container(ref);
    if (container.status !== (paused ? "running" : "paused")) {
      throw new Refused(409, `Container ${ref} is not ${paused ? "running" : "paused"}`);
    }
    container.status = paused ? "paused" : "running";
  }

  removeContainer(ref: string, volumes: boolean): void {
    const container = this.container(ref);
    if (isUp(container)) throw new Refused(409, "cannot remove container: container is running");
    this.containers.splice(this.containers.indexOf(container), 1);
    if (!volumes) return;
    for (const { Name } of container.mounts) {
      const volume = this.volumes.find((each) => each.Name === Name);
      const anonymous = record(volume?.Labels)["com.docker.volume.anonymous"] !== undefined;
      const used = this.containers.some((each) => each.mounts.some((mount) => mount.Name === Name));
      if (volume && anonymous && !used) this.volumes.splice(this.volumes.indexOf(volume), 1);
    }
  }

  update(ref: string, body: JsonObject): void {
    const { host } = this.container(ref);
    const next: Loose = { ...host };
    for (const [key, value] of Object.entries(body)) {
      if (key === "PidsLimit") next.PidsLimit = Math.max(number(value), 0);
      else if (key === "RestartPolicy")
        next.RestartPolicy = text(record(value).Name) ? value : host[key];
      else if (UPDATABLE.has(key) && value) next[key] = value;
    }
    if (number(next.Memory) > number(next.MemorySwap) && number(next.MemorySwap) > 0) {
      throw new Refused(409, "Memory limit should be smaller than already set memoryswap limit");
    }
    checkResources(next);
    if (!this.countsSwap) next.MemorySwap = -1;
    Object.assign(host, next);
  }

  connect(containerRef: string, networkRef: string, endpoint: Json | undefined): void {
    const container = this.container(containerRef);
    const name = text(this.network(networkRef).Name);
    const mode = text(container.host.NetworkMode);
    if (["host", "none"].includes(mode) || sharing(mode)) {
      throw new Refused(403, "container sharing network namespace cannot be connected");
    }
    const known = container.endpoints.get(name);
    if (known && (!isUp(container) || known.EndpointID !== "")) {
      throw new Refused(
        403,
        `endpoint with name ${container.name} already exists in network ${name}`,
      );
    }
    if (isUp(container)) this.#modeIsThere(container);
    const made = settings(endpoint);
    container.endpoints.set(name, made);
    if (isUp(container)) this.#join(container, name, made);
  }

  disconnect(containerRef: string, networkRef: string): void {
    const container = this.container(containerRef);
    // One that does not run is let go of a network that no longer exists, by its name.
    const known = this.networks.find(({ Id, Name }) => Id === networkRef || Name === networkRef);
    const name = text(
      (known ?? (isUp(container) ? this.network(networkRef) : undefined))?.Name ?? networkRef,
    );
    const entry = container.endpoints.get(name);
    if (!entry || (isUp(container) && entry.EndpointID === "")) {
      throw new Refused(500, `container ${container.id} is not connected to network ${name}`);
    }
    container.endpoints.delete(name);
  }
}

const SHARED = ["NetworkMode", "IpcMode", "PidMode"];

const sharing = (mode: string): string | undefined => /^container:(.+)$/.exec(mode)?.[1];

/** What belongs to a network of one's own. */
function checkSharedNetwork(body: JsonObject): void {
  const { NetworkMode, PortBindings, Dns, ExtraHosts } = record(body.HostConfig);
  if (!sharing(text(NetworkMode))) return;
  const { Hostname, ExposedPorts } = body;
  const conflicting = [PortBindings, Dns, ExtraHosts, Hostname, ExposedPorts].some(Boolean);
  if (conflicting) throw new Refused(400, "conflicting options: and the network mode");
}

const UPDATABLE = new Set([
  "Memory",
  "MemorySwap",
  "MemoryReservation",
  "NanoCpus",
  "CpuShares",
  "CpuPeriod",
  "CpuQuota",
  "CpuRealtimePeriod",
  "CpuRealtimeRuntime",
  "CpusetCpus",
]);

function settings(endpoint: Json | undefined): Loose {
  const { Aliases, IPAMConfig, Links, DriverOpts, MacAddress } = record(endpoint);
  return {
    ...(MacAddress === undefined ? {} : { MacAddress }),
    IPAMConfig: IPAMConfig ?? null,
    Links: Links ?? null,
    Aliases: Aliases ?? null,
    DriverOpts: DriverOpts ?? null,
    ...{ NetworkID: "", EndpointID: "", IPAddress: "" },
  };
}

/** Its addresses are others' from then on; the id of the network stays. */
function unplug(endpoint: Loose): void {
  Object.assign(endpoint, { EndpointID: "", IPAddress: "" });
}

function checkResources(host: Loose): void {
  const memory = number(host.Memory);
  const swap = number(host.MemorySwap);
  if (memory > 0 && memory < 6 * 1024 ** 2)
    throw new Refused(400, "Minimum memory limit allowed is 6MB");
  if (swap > 0 && memory === 0) throw new Refused(400, "You should always set the Memory limit");
  if (swap > 0 && swap < memory)
    throw new Refused(400, "Minimum memoryswap limit should be larger");
  if (number(host.MemoryReservation) > memory && memory > 0) {
    throw new Refused(400, "Minimum memory limit cannot be less than memory reservation limit");
  }
}
