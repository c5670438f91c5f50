import { catalogue } from "../../../src/attributes/catalogue.ts";
import type { Scope } from "../../../src/attributes/core/attribute.ts";
import { token } from "../../../src/attributes/secrets/sensitive.ts";
import { Invalid } from "../../../src/attributes/values/invalid.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";

/** Surroundings in which `front`, `back`, `data` and `motd` are declared. */
export const scope: Scope = {
  stack: "shop",
  key: "web",
  network: (key) => (["front", "back"].includes(key) ? `shop_${key}` : undefined),
  volume: (key) => (key === "data" ? "shop_data" : undefined),
  plugin: () => undefined,
  image: () => undefined,
  config: (key) => (key === "motd" ? "hello" : undefined),
  secret: (key) => (key === "password" ? token("secret.password") : undefined),
  container: (key) => (key === "db" ? "shop-db-1" : undefined),
  keys: (kind) =>
    ({
      networks: ["front", "back"],
      volumes: ["data"],
      images: [],
      configs: ["motd"],
      secrets: ["password"],
      containers: ["web"],
    })[kind],
  path: (path) => (path.startsWith("/") ? path : `/project/${path}`),
};

type Name = keyof typeof catalogue.container;

export const parse = (name: Name, authored: Json): Json =>
  catalogue.container[name].parse(authored, scope);

/** The author's mistake, in the words and with the path that he is told; `undefined`: there is none. */
export function mistake(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const place = error.path.length > 0 ? ` at ${error.path.join(".")}` : "";
    return `${error.message}${place}${error.hint ? ` (${error.hint})` : ""}`;
  }
}

interface Reading {
  readonly image?: JsonObject;
  readonly spec?: JsonObject;
  readonly want?: Json;
  readonly recorded?: Json;
  readonly api?: string;
}

const ID = "0123456789abcdef".repeat(4);

/** What a codec reads out of an inspect answer. */
export function read(name: Name, json: JsonObject, options: Reading = {}): Json | undefined {
  const live = {
    json: { Id: ID, ...json },
    image: options.image,
    api: options.api ?? "1.51",
    recorded: options.recorded,
    spec: options.spec ?? {},
    digest: (text: string) => `sha256:${text}`,
    networkId: () => undefined,
    containerId: (name: string) => (name === "shop-db-1" ? "d".repeat(64) : undefined),
    file: () => undefined,
  };
  return catalogue.container[name].docker?.fromEngine(live, options.want);
}

export const host = (HostConfig: JsonObject): JsonObject => ({ HostConfig });
export const config = (Config: JsonObject): JsonObject => ({ Config });

/** The effective value of what is asked, on an image with the given config. */
export function merged(
  name: Name,
  asked: Json | undefined,
  Config: JsonObject,
  spec: JsonObject = {},
) {
  return catalogue.container[name].docker?.merged?.(asked, { Config }, spec);
}
