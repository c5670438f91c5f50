import { text } from "../attributes/compare.ts";
import { looksSecret } from "../attributes/sensitive.ts";
import type { JsonObject } from "../model/json.ts";

/** A variable that stands for what looks like a secret. */
export interface Withheld {
  readonly variable: string;
  readonly value: string;
  /** Where it is used: `container.web DB_PASSWORD`. */
  readonly uses: string[];
}

/** Collects the secrets of all containers: equal values under one name share one variable. */
export class Vault {
  readonly #all = new Map<string, Withheld>();

  get withheld(): readonly Withheld[] {
    return [...this.#all.values()];
  }

  /** The environment with a reference for each value whose key looks like a secret's. */
  without(container: string, clear: JsonObject, literal: JsonObject): JsonObject {
    const entries = Object.entries(literal).map(([key, value]) => {
      const secret = text(clear[key]);
      if (!looksSecret(key) || secret === "") return [key, value];
      const variable = this.#variable(container, key, secret);
      const use = `container.${container} ${key}`;
      if (!variable.uses.includes(use)) variable.uses.push(use);
      return [key, `\${${variable.variable}}`];
    });
    return Object.fromEntries(entries);
  }

  #variable(container: string, key: string, value: string): Withheld {
    const own = wordOf(`${container}_${key}`);
    for (let number = 0; ; number++) {
      const variable = [wordOf(key), own][number] ?? `${own}_${number}`;
      const known = this.#all.get(variable) ?? { variable, value, uses: [] };
      this.#all.set(variable, known);
      if (known.value === value) return known;
    }
  }

  /** The declarations, without their values. */
  section(): JsonObject {
    return Object.fromEntries(
      this.withheld.map(({ variable, uses }) => [
        variable,
        { type: "string", sensitive: true, description: uses.join(", ") },
      ]),
    );
  }
}

function wordOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/\W/g, "_")
    .replace(/^(?=\d)/, "_");
}
