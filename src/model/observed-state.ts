import type { Builder } from "./build.ts";
import type { JsonObject } from "./json.ts";
import type { Address } from "./stack.ts";

/** What the engine says of itself. */
export interface EngineFacts {
  /** Printable, without credentials: `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** Server product and version: `Docker/28.5.2`. */
  readonly server: string;
  /** The negotiated API version: `1.41`. */
  readonly api: string;
}

/** What an engine tells of its machine and configuration (`GET /info`). */
export interface EngineMeans {
  readonly cpus: number;
  /** Names of the OCI runtimes. */
  readonly runtimes: readonly string[];
  /** Its own log drivers, and the names of all its plugins. */
  readonly logDrivers: readonly string[];
  /** Its own network drivers, those in use, and the names of all its plugins. */
  readonly networkDrivers: readonly string[];
  /** Whether it manages a swarm, which networks of the driver `overlay` need. */
  readonly manages: boolean;
}

/** Whose an object is, by its labels. */
export interface Owner {
  readonly stack: string;
  readonly address: Address;
  /** By its name alone, since the stack asks for that: no labels of ours are on it. */
  readonly adopted?: boolean;
}

interface Found {
  readonly id: string;
  readonly name: string;
  /** Absent: not ours. An ownership label that came with the image does not count. */
  readonly owner?: Owner;
}

/** A container of this stack, with the engine's answer to `GET /containers/{id}/json`, untouched. */
export interface ObservedContainer extends Found {
  readonly json: JsonObject;
}

/** Any container of the engine, from the list alone. */
export interface ListedContainer extends Found {
  readonly state: string;
  /** Names of the networks that it is attached to. */
  readonly networks: readonly string[];
  /** Names of the volumes that it mounts. */
  readonly volumes: readonly string[];
  /** Ports of the host that it holds now: `0.0.0.0:8080/tcp`. */
  readonly ports: readonly string[];
}

export interface ObservedNetwork extends Found {
  readonly json: JsonObject;
}

export interface ObservedVolume extends Found {
  readonly json: JsonObject;
}

/**
 * A plugin under a name that the stack asks for, as `GET /plugins` lists it. It cannot be labelled,
 * so that nothing tells whose it is.
 */
export interface ObservedPlugin {
  readonly id: string;
  readonly name: string;
  readonly json: JsonObject;
}

/** A file inside a container. */
export interface ObservedFile {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, e.g. 0o444. */
  readonly mode: number;
  /** Bytes as text: see `textOf`. */
  readonly content: string;
  /** Its time of change is not the one that we gave it. */
  readonly touched: boolean;
}

/** One snapshot of an engine, as far as a stack is concerned. */
export interface ObservedState {
  readonly engine: EngineFacts;
  /** What the engine can give; absent: nothing that the stack asks depends on it. */
  readonly means?: EngineMeans;
  /** Paths that the stack needs on the engine's machine and that are surely not there. */
  readonly missingPaths?: readonly string[];
  /** When it was taken, by the engine's clock, to a second or so: milliseconds since 1970. */
  readonly at?: number;
  readonly containers: readonly ObservedContainer[];
  readonly listed: readonly ListedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** Absent: the stack names none. */
  readonly plugins?: readonly ObservedPlugin[];
  /**
   * The privileges that a plugin to be installed wants, by its reference, as the engine has found
   * them out at the registry; `null`: it has not.
   */
  readonly privileges?: Readonly<Record<string, readonly JsonObject[] | null>>;
  /** `GET /images/{reference}/json` by reference or by image id; `null`: not on the engine. */
  readonly images: Readonly<Record<string, JsonObject | null>>;
  /** Registry digest by reference, asked for images whose policy is `always`; `null`: no answer. */
  readonly remote: Readonly<Record<string, string | null>>;
  /** Registry digest by each name that an image is to be pushed to; `null`: none, or no answer. */
  readonly pushed?: Readonly<Record<string, string | null>>;
  /**
   * When the present run of somebody else's container began (as `State.StartedAt`), by its id, where
   * a container of the stack is in its namespaces. Absent: none is.
   */
  readonly lenders?: Readonly<Record<string, string>>;
  /** Files of configs and secrets read back from containers, by container id and path. */
  readonly files: Readonly<Record<string, ObservedFile | null>>;
  /** Facts by which the engine's kernel cannot do what the stack asks for (`GET /info`); absent: none. */
  readonly lacks?: readonly string[];
  /** What would build the stack's images; absent where it builds none. */
  readonly builder?: Builder;
  /** Why it is the classic one, where nobody asked for that: a clause. */
  readonly withoutBuildKit?: string;
}
