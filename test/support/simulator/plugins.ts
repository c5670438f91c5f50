import { equal } from "../../../src/attributes/values/json.ts";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { Refused } from "./things.ts";

interface Offered {
  readonly privileges: readonly JsonObject[];
  /** The settable environment, with its defaults. */
  readonly env: Readonly<Record<string, string>>;
}

const capability = (name: string): JsonObject => ({
  Name: "capabilities",
  Description: "list of additional capabilities required",
  Value: [name],
});

/** What the registry has. */
const OFFERED: Readonly<Record<string, Offered>> = {
  "acme/disk:1": { privileges: [capability("CAP_SYS_ADMIN")], env: { DEBUG: "0" } },
  "acme/disk:2": {
    privileges: [capability("CAP_SYS_ADMIN"), capability("CAP_NET_ADMIN")],
    env: { DEBUG: "0", CACHE: "1m" },
  },
  "acme/log:1": { privileges: [], env: {} },
};

interface SimPlugin {
  readonly id: string;
  readonly name: string;
  source: string;
  enabled: boolean;
  readonly settings: Record<string, string>;
}

/** The plugins of a simulated engine. */
export class SimPlugins {
  readonly #all = new Map<string, SimPlugin>();

  /** `GET /plugins` */
  list(): Json[] {
    return [...this.#all.values()].map(({ id, name, source, enabled, settings }): JsonObject => {
      const env = Object.entries(offered(source).env);
      return {
        Id: id,
        Name: `${name}:latest`,
        PluginReference: source,
        Enabled: enabled,
        Settings: { Env: Object.entries(settings).map((pair) => pair.join("=")) },
        Config: { Env: env.map(([Name, Value]) => ({ Name, Value, Settable: ["value"] })) },
      };
    });
  }

  /** `GET /plugins/privileges` */
  privileges(source: string): Json {
    return offered(source).privileges as Json;
  }

  install(name: string, source: string, privileges: readonly JsonObject[]): void {
    if (this.#all.has(name)) throw new Refused(400, `plugin ${name} already exists`);
    granted(source, privileges);
    const settings = { ...offered(source).env };
    const id = `plugin-${this.#all.size + 1}`;
    this.#all.set(name, { id, name, source, enabled: false, settings });
  }

  upgrade(name: string, source: string, privileges: readonly JsonObject[]): void {
    granted(source, privileges);
    this.#disabled(name).source = source;
  }

  set(name: string, settings: Readonly<Record<string, string>>): void {
    const plugin = this.#disabled(name);
    for (const setting of Object.keys(settings)) {
      if (offered(plugin.source).env[setting] === undefined)
        throw new Refused(500, `setting "${setting}" not found in the plugin configuration`);
    }
    Object.assign(plugin.settings, settings);
  }

  switch(name: string, enabled: boolean, users: number): void {
    const plugin = this.#plugin(name);
    if (!enabled && users > 0) throw new Refused(409, `plugin ${name} is in use`);
    plugin.enabled = enabled;
  }

  isEnabled(driver: string): boolean {
    return this.#all.get(driver)?.enabled === true;
  }

  remove(name: string): void {
    const { name: key } = this.#disabled(name);
    this.#all.delete(key);
  }

  #plugin(name: string): SimPlugin {
    const found = [...this.#all.values()].find((each) => each.name === name || each.id === name);
    if (!found) throw new Refused(404, `plugin ${name} not found`);
    return found;
  }

  #disabled(name: string): SimPlugin {
    const plugin = this.#plugin(name);
    if (plugin.enabled) throw new Refused(409, `plugin ${name} is enabled`);
    return plugin;
  }
}

function offered(source: string): Offered {
  const found = OFFERED[source];
  if (!found) throw new Refused(404, `no plugin ${source}`);
  return found;
}

function granted(source: string, privileges: readonly JsonObject[]): void {
  if (!equal(privileges as Json, offered(source).privileges as Json))
    throw new Refused(200, "incorrect privileges");
}
