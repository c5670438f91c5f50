import { stringify } from "yaml";

/** One generated container, in the words that both tools share. */
interface Service {
  readonly name: string;
  readonly network: string;
  readonly volume?: string;
  /** Of the host's loopback. */
  readonly port?: number;
  readonly health?: Health;
  readonly needs: readonly string[];
  readonly waits: "service_started" | "service_healthy";
  readonly generation: number;
}

interface Health {
  readonly test: readonly string[];
  readonly interval: string;
  readonly retries: number;
}

export interface Shape {
  readonly project: string;
  readonly services: readonly Service[];
}

const IMAGE = "busybox:1.36";
const COMMAND = ["sleep", "86400"];
const FIRST_PORT = 18_100;
const LAYERS = 4;

/** Checked once a minute: the measurements are not of the engine's probes. */
const SELDOM: Health = { test: ["CMD", "true"], interval: "60s", retries: 3 };

const often = (milliseconds: number): Health => ({
  test: ["CMD", "true"],
  interval: `${milliseconds}ms`,
  retries: 30,
});

/**
 * `count` containers in four layers: a network for each ten, a volume and a published port for
 * each five, health checks on a quarter.
 */
export function layered(project: string, count: number): Shape {
  const services = Array.from({ length: count }, (_, index): Service => {
    const layer = layerOf(index, count);
    const below = range(count).filter((other) => layerOf(other, count) === layer - 1);
    const near = below[index % Math.max(below.length, 1)];
    return {
      name: nameOf(index),
      network: `net${Math.floor(index / 10)}`,
      ...(index % 5 === 0 ? { volume: `vol${index / 5}` } : {}),
      ...(index % 5 === 1 ? { port: FIRST_PORT + index } : {}),
      ...(index % 4 === 2 ? { health: SELDOM } : {}),
      needs: near === undefined ? [] : [nameOf(near)],
      waits: "service_started",
      generation: 1,
    };
  });
  return { project, services };
}

/**
 * Each waits for the one before to be healthy.
 * @param interval of the probes, in milliseconds: what is measured is the wait for the probe, and
 *   then that of the tools
 */
export function chain(project: string, count: number, interval: number): Shape {
  const services = range(count).map(
    (index): Service => ({
      name: nameOf(index),
      network: "net0",
      health: often(interval),
      needs: index === 0 ? [] : [nameOf(index - 1)],
      waits: "service_healthy",
      generation: 1,
    }),
  );
  return { project, services };
}

/** The same with health checks that tell soon: who waits for them does not measure their intervals. */
export function soon(shape: Shape): Shape {
  const services = shape.services.map((service) =>
    service.health === SELDOM ? { ...service, health: often(500) } : service,
  );
  return { ...shape, services };
}

/** The same with other environments, so that it is a file that nobody has seen. */
export function regenerated(shape: Shape, generation: number): Shape {
  return { ...shape, services: shape.services.map((service) => ({ ...service, generation })) };
}

/** The same, but for the environment of its last container, which nobody depends on. */
export function changed(shape: Shape): Shape {
  const services = shape.services.map((service, index) =>
    index === shape.services.length - 1
      ? { ...service, generation: service.generation + 1 }
      : service,
  );
  return { ...shape, services };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const nameOf = (index: number): string => `c${String(index).padStart(3, "0")}`;
const layerOf = (index: number, count: number): number => Math.floor((index * LAYERS) / count);

const networksOf = ({ services }: Shape): string[] => [
  ...new Set(services.map(({ network }) => network)),
];
const volumesOf = ({ services }: Shape): string[] => services.flatMap(({ volume }) => volume ?? []);

/** The same text serves both, but for the name of one section. */
export function document(shape: Shape, section: "containers" | "services"): string {
  const volumes = volumesOf(shape);
  const empty = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  return stringify({
    name: shape.project,
    networks: empty(networksOf(shape)),
    ...(volumes.length > 0 ? { volumes: empty(volumes) } : {}),
    [section]: Object.fromEntries(shape.services.map((each) => [each.name, attributes(each)])),
  });
}

function attributes(service: Service): Record<string, unknown> {
  const { network, volume, port, health, needs, waits, generation } = service;
  const depends = Object.fromEntries(needs.map((name) => [name, { condition: waits }]));
  return {
    image: IMAGE,
    command: COMMAND,
    init: true,
    environment: { GENERATION: String(generation), ROLE: `bench ${service.name}` },
    networks: [network],
    ...(volume ? { volumes: [`${volume}:/data`] } : {}),
    ...(port ? { ports: [`127.0.0.1:${port}:80`] } : {}),
    ...(health ? { healthcheck: { ...health, timeout: "5s" } } : {}),
    ...(needs.length > 0 ? { depends_on: depends } : {}),
  };
}

/** Bodies for the engine, and who starts after whom: all that the bare calls need. */
export function bare(shape: Shape): object {
  const labels = { "bench.project": shape.project };
  const full = (name: string) => `${shape.project}_${name}`;
  return {
    project: shape.project,
    networks: networksOf(shape).map((name) => ({ Name: full(name), Labels: labels })),
    volumes: volumesOf(shape).map((name) => ({ Name: full(name), Labels: labels })),
    containers: shape.services.map((service) => ({
      name: `${shape.project}-${service.name}`,
      needs: service.needs.map((name) => `${shape.project}-${name}`),
      healthy: service.waits === "service_healthy",
      body: body(service, full, labels),
    })),
  };
}

function body(service: Service, full: (name: string) => string, labels: object): object {
  const { volume, port, health, generation } = service;
  const network = full(service.network);
  return {
    Image: IMAGE,
    Cmd: COMMAND,
    Env: [`GENERATION=${generation}`, `ROLE=bench ${service.name}`],
    Labels: labels,
    ...(port ? { ExposedPorts: { "80/tcp": {} } } : {}),
    ...(health ? { Healthcheck: probe(health) } : {}),
    HostConfig: {
      Init: true,
      NetworkMode: network,
      ...(volume ? { Mounts: [{ Type: "volume", Source: full(volume), Target: "/data" }] } : {}),
      ...(port
        ? { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } }
        : {}),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [service.name] } } },
  };
}

function probe({ test, interval, retries }: Health): object {
  const nanoseconds = interval.endsWith("ms")
    ? Number.parseInt(interval, 10) * 1e6
    : Number.parseInt(interval, 10) * 1e9;
  return { Test: test, Interval: nanoseconds, Timeout: 5e9, Retries: retries };
}
