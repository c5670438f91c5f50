import { attribute } from "../core/attribute.ts";
import { boolean, parseStrings, parseText, string } from "../core/shapes.ts";
import { Invalid } from "../values/invalid.ts";

/** What only a swarm has. */
const swarmOnly = {
  external: attribute<boolean>({
    description:
      "Refused unless false: it names an object of a swarm, and a single engine keeps none.",
    schema: boolean,
    examples: [false],
    absent: { is: "value", value: false },
    parse: (authored) => {
      if (authored !== true) return false;
      const hint = "use `file`, `environment`, or for a secret `command` with its store's program";
      throw new Invalid("only a swarm keeps what is `external`", { hint });
    },
  }),
  name: attribute<string>({
    description: "Taken for Compose's sake; on a single engine there is nothing to be named.",
    schema: string,
    examples: ["motd_v2"],
    absent: { is: "value", value: "" },
    parse: parseText,
  }),
};

export const config = {
  content: attribute<string>({
    description: "The text itself; variables are filled in.",
    schema: string,
    examples: ["hello\n"],
    emptyCounts: true,
    absent: { is: "value", value: "" },
    sensitive: true,
    parse: parseText,
  }),
  file: attribute<string>({
    description: "A file of the client, taken byte by byte.",
    schema: string,
    examples: ["motd.txt"],
    absent: { is: "value", value: "" },
    parse: parseText,
  }),
  environment: attribute<string>({
    description: "A variable of the client's environment; its value is treated as sensitive.",
    schema: string,
    examples: ["MOTD"],
    absent: { is: "value", value: "" },
    parse: parseText,
  }),
  ...swarmOnly,
};

export const secret = {
  file: config.file,
  environment: config.environment,
  command: attribute<readonly string[]>({
    description:
      "A program of the client and its arguments, run without a shell in the folder of the first stack file, by `plan` and `apply` alone, for 60 seconds at most. Its output is the value; one line end at its end is taken away.",
    schema: { type: "array", items: string, minItems: 1 },
    examples: [["pass", "show", "db"]],
    emptyCounts: true,
    absent: { is: "value", value: [] },
    merge: "replace",
    parse: parseStrings,
  }),
  ...swarmOnly,
};

/** Docker's own limit for a secret: more than 0 and at most 500 KiB (`swarmkit`, "validateSecretSpec"). */
export const SECRET_LIMIT = 500 * 1024;

/** What keeps a value of so many bytes from being a secret; `undefined`: nothing. */
export function unfit(bytes: number): string | undefined {
  if (bytes === 0) return "is empty";
  return bytes > SECRET_LIMIT ? "is larger than 500 KiB, the most that a secret may be" : undefined;
}
