import { createHash } from "node:crypto";
import { ROOTFS_LABEL } from "../../../src/attributes/image/archive.ts";
import { BUILD_LABEL } from "../../../src/attributes/image/build-record.ts";
import { at, canonical, list, record, text } from "../../../src/attributes/values/json.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Loose, minor } from "./json.ts";
import type { SimPlugins } from "./plugins.ts";

/** What the engine answers instead of doing it. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(`${status}: ${message}`);
    this.name = "Refused";
    this.status = status;
  }
}

/** How a start stands among the hooks. */
export const STARTED = "started";

export interface SimContainer {
  readonly id: string;
  name: string;
  status: "created" | "running" | "paused" | "exited";
  exitCode: number;
  /** When it was made, on a clock that counts. */
  readonly created: number;
  /** When it was last started; 0: never. */
  started: number;
  health: "starting" | "healthy" | "unhealthy" | "none";
  /** Hooks that were executed, a line each; and each start. */
  readonly ran: string[];
  readonly image: string;
  readonly config: JsonObject;
  readonly host: Loose;
  /** Endpoint settings by network name; an empty NetworkID: not resolved before the first start. */
  readonly endpoints: Map<string, Loose>;
  readonly mounts: JsonObject[];
  readonly files: Map<
    string,
    { content: string; mode: number; uid: number; gid: number; mtime: Date }
  >;
}

export const isUp = ({ status }: SimContainer): boolean =>
  status === "running" || status === "paused";

/** An engine's images, networks and volumes, with the refusals that were measured (reliability-facts 2.1). */
export class Things {
  readonly api: string;
  readonly containers: SimContainer[] = [];
  readonly networks: Loose[] = [];
  readonly volumes: Loose[] = [];
  readonly plugins: SimPlugins;
  readonly images: Map<string, JsonObject>;
  /** Without swap accounting, any limit of it is discarded. */
  countsSwap = true;
  /** What the registry holds, by reference. */
  readonly registry: Map<string, JsonObject>;
  #serial = 0;

  constructor(
    api: string,
    images: Iterable<[string, JsonObject]>,
    registry: Iterable<[string, JsonObject]>,
    plugins: SimPlugins,
  ) {
    this.plugins = plugins;
    this.api = api;
    this.images = new Map(images);
    this.registry = new Map(registry);
    this.networks.push({ Id: this.newId("b"), Name: "bridge", Driver: "bridge", Labels: {} });
  }

  /** The last moment at which something happened. */
  get clock(): number {
    return this.#serial;
  }

  /** A moment later than all before it. */
  protected now(): number {
    this.#serial += 1;
    return this.#serial;
  }

  protected newId(prefix: string): string {
    this.#serial += 1;
    return prefix.repeat(52) + this.#serial.toString(16).padStart(12, "0");
  }

  /** Ids begin with their serial, as the first twelve digits must tell containers apart. */
  protected newContainerId(): string {
    this.#serial += 1;
    return this.#serial.toString(16).padStart(12, "0") + "c".repeat(52);
  }

  /** How many volumes and networks a plugin drives. */
  driven(name: string): number {
    return [...this.volumes, ...this.networks].filter(({ Driver }) => Driver === name).length;
  }

  #driverFor(body: JsonObject, own: string): void {
    const driver = text(body.Driver) || own;
    if (driver !== own && !this.plugins.isEnabled(driver))
      throw new Refused(404, `plugin "${driver}" not found`);
  }

  network(ref: string): Loose {
    const found = this.networks.find(({ Id, Name }) => Id === ref || Name === ref);
    if (!found) throw new Refused(404, `network ${ref} not found`);
    return found;
  }

  pull(reference: string, digest?: string): void {
    const image =
      digest === undefined
        ? this.registry.get(reference)
        : [...this.registry.values()].find(({ Digest }) => Digest === digest);
    if (!image) throw new Refused(404, `manifest for ${reference} not found`);
    this.#name(reference, image);
  }

  /** What had the name is still known by its id. */
  #name(reference: string, image: JsonObject): void {
    const former = this.images.get(reference);
    if (former) this.images.set(text(former.Id), former);
    this.images.set(reference, image);
  }

  /** An image of the base's config, with the label that says what it was built from. */
  build(reference: string, bases: readonly string[], recipe: JsonObject): void {
    const found = bases.map((base): [string, JsonObject | undefined] => [
      base,
      this.images.get(base),
    ]);
    const missing = found.find(([, image]) => image === undefined);
    if (missing) throw new Refused(404, `pull access denied for ${missing[0]}`);
    const ids = Object.fromEntries(found.map(([base, image]) => [base, image?.Id ?? null]));
    const label = canonical({ ...recipe, base: ids });
    const config = record(found[0]?.[1]?.Config);
    this.#name(reference, {
      Id: `sha256:${createHash("sha256").update(label).digest("hex")}`,
      RepoDigests: [],
      RepoTags: [`${reference}:latest`],
      ...{ Os: "linux", Architecture: "amd64" },
      Config: { ...config, Labels: { ...record(config.Labels), [BUILD_LABEL]: label } },
    });
  }

  /** The files of the client hold what the registry has. */
  load(reference: string, ids: readonly string[]): void {
    const image = [...this.registry.values()].find(({ Id }) => ids.includes(text(Id)));
    if (!image) throw new Refused(500, "open manifest.json: no such file or directory");
    this.#name(reference, image);
  }

  tag(reference: string, to: string): void {
    const image =
      this.images.get(reference) ?? [...this.images.values()].find(({ Id }) => Id === reference);
    if (!image) throw new Refused(404, `No such image: ${reference}`);
    this.#name(to, image);
  }

  push(reference: string): void {
    const image = this.images.get(reference);
    if (!image)
      throw new Refused(404, `An image does not exist locally with the tag: ${reference}`);
    this.registry.set(reference, image);
  }

  /** An import makes a new image each time. */
  importRootfs(reference: string, digest: string): void {
    const Config = { Cmd: ["sh"], Labels: { [ROOTFS_LABEL]: digest } };
    const Id = `sha256:${this.newId("d")}`;
    this.images.set(reference, { Id, RepoDigests: [], Os: "linux", Architecture: "amd64", Config });
  }

  createNetwork(name: string, body: JsonObject): void {
    if (this.networks.some(({ Name }) => Name === name)) {
      throw new Refused(409, `network with name ${name} already exists`);
    }
    this.#driverFor(body, "bridge");
    const serial = this.#serial + 1;
    const pools = list(at(body.IPAM, "Config")).map(record);
    const mine = pools.length > 0 ? pools : [{ Subnet: `172.${serial % 200}.${serial >> 8}.0/24` }];
    for (const other of this.networks) {
      const taken = list(at(other.IPAM, "Config")).map((pool) => record(pool).Subnet);
      if (mine.some(({ Subnet }) => taken.includes(Subnet ?? null))) {
        throw new Refused(403, "Pool overlaps with other one on this address space");
      }
    }
    const old = minor(this.api) < 44;
    const config = mine.map((pool) =>
      pool.Gateway || (old && pools.length > 0)
        ? pool
        : { ...pool, Gateway: text(pool.Subnet).replace(/0\/\d+$/, "1") },
    );
    const { CheckDuplicate: _, IPAM, ...rest } = body;
    this.networks.push({
      Scope: "local",
      Internal: false,
      Attachable: false,
      EnableIPv6: false,
      Options: {},
      Driver: "bridge",
      Labels: {},
      ...rest,
      IPAM: { Driver: "default", Options: null, ...record(IPAM), Config: config },
      Id: this.newId("e"),
      Name: name,
      asked: pools.length > 0,
    });
  }

  removeNetwork(ref: string): void {
    const network = this.network(ref);
    const active = this.containers.filter(
      (container) => isUp(container) && container.endpoints.has(text(network.Name)),
    );
    if (active.length > 0) {
      throw new Refused(
        403,
        `network ${text(network.Name)} has active endpoints (${active[0]?.name})`,
      );
    }
    this.networks.splice(this.networks.indexOf(network), 1);
  }

  /** The engine answers with the old volume, whatever it is, where the name exists. */
  createVolume(name: string, body: JsonObject): Loose {
    const old = this.volumes.find(({ Name }) => Name === name);
    if (old) return old;
    this.#driverFor(body, "local");
    const { DriverOpts, ...rest } = body;
    const made: Loose = {
      Driver: "local",
      Scope: "local",
      Labels: null,
      ...rest,
      Options: DriverOpts ?? null,
      Name: name,
      CreatedAt: new Date(++this.#serial * 1000).toISOString(),
    };
    this.volumes.push(made);
    return made;
  }

  removeVolume(name: string): void {
    const volume = this.volumes.find(({ Name }) => Name === name);
    if (!volume) throw new Refused(404, `get ${name}: no such volume`);
    const user = this.containers.find(({ mounts }) => mounts.some(({ Name }) => Name === name));
    if (user) throw new Refused(409, `remove ${name}: volume is in use - [${user.id}]`);
    this.volumes.splice(this.volumes.indexOf(volume), 1);
  }
}
