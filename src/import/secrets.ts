import { tokenValues } from "../attributes/container/former-values.ts";
import { passwordOf } from "../attributes/secrets/needles.ts";
import { looksSecret, pieces, tokens, tokensIn } from "../attributes/secrets/sensitive.ts";
import { list, text } from "../attributes/values/json.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** A variable that stands for what is sensitive, or looks so. */
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

  /**
   * The environment with a reference for each value that was asked as a sensitive one, by the label,
   * or whose key looks like a secret's, or that is a URL with a password.
   * @param literal the same as it is written in a file
   */
  without(
    container: string,
    clear: JsonObject,
    literal: JsonObject,
    asked: JsonObject,
  ): JsonObject {
    const entries = Object.entries(literal).map(([key, value]) => {
      const secret = text(clear[key]);
      const template = text(asked[key]);
      const sensitive = tokensIn(template).length > 0;
      const looks = looksSecret(key) || passwordOf(secret.trim()).length > 0;
      if (secret === "" || !(sensitive || looks)) return [key, value];
      const use = `container.${container} ${key}`;
      return [key, this.#written(container, use, key, sensitive ? template : undefined, secret)];
    });
    return Object.fromEntries(entries);
  }

  /** The same for the words of a command, by what was asked at the same place. */
  words(container: string, name: string, clear: Json, literal: Json, asked: Json): Json {
    const [now, then] = [list(clear), list(asked)];
    if (tokensIn(asked).length === 0 || !Array.isArray(literal)) return literal;
    return literal.map((word: Json, index) => {
      const template = text(then[index]);
      const sensitive = tokensIn(template).length > 0;
      // Where somebody has changed it, nothing tells any more which word it was.
      if (!sensitive && now.length === then.length) return word;
      const use = `container.${container} ${name}[${index}]`;
      const as = `${name}_${index}`;
      return this.#written(container, use, as, sensitive ? template : undefined, text(now[index]));
    });
  }

  /** A text of a file, with references in place of what is sensitive in it. */
  #written(
    container: string,
    use: string,
    key: string,
    template: string | undefined,
    value: string,
  ): string {
    const refer = (name: string, secret: string): string => {
      const known = this.#variable(container, name, secret);
      if (!known.uses.includes(use)) known.uses.push(use);
      return `\${${known.variable}}`;
    };
    const values = template === undefined ? undefined : tokenValues(template, value);
    if (template === undefined || !values) return refer(key, value);
    const names = tokens(template).map((name) => (name.startsWith("container.") ? key : name));
    const around = pieces(template).map((piece) => piece.replaceAll("$", "$$$$"));
    return around
      .flatMap((piece, index) => {
        const [name, secret = ""] = [names[index], values[index]];
        return name === undefined ? [piece] : [piece, refer(name, secret)];
      })
      .join("");
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
