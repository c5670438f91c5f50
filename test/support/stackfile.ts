import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { bytesOf } from "../../src/attributes/bytes.ts";
import { load } from "../../src/language/load.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Secrets, Stack } from "../../src/model/stack.ts";

/** A stack file's text, or its value: JSON is YAML. */
export type Source = string | JsonObject;

export interface Inputs {
  /** `k=v`, as `--var` gives them. */
  readonly variables?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Further files of the stack's folder by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export interface Understood {
  readonly stack: Stack;
  readonly secrets: Secrets;
  readonly document: JsonObject;
}

/** A container that does nothing, stops at once, and is soon taken for ready. */
export const IDLE: JsonObject = {
  image: "busybox:1.36",
  command: ["sleep", "3600"],
  init: true,
  stop_grace_period: "1s",
  update_config: { monitor: "50ms" },
};

/** For what is to end by itself while it is watched: long enough, however busy the machine is. */
export const WATCHED = { monitor: "20s" };

const FOLDER = "/stack";

/** Text to Stack, as the commands do it. Throws where the language finds a mistake. */
export function understand(source: Source, inputs: Inputs = {}): Understood {
  const text = typeof source === "string" ? source : JSON.stringify(source);
  const files: Record<string, string | Uint8Array> = { ...inputs.files, "stack.yaml": text };
  const { stack, secrets, diagnostics, document } = load({
    read: (path) => {
      const content = files[path.slice(FOLDER.length + 1)];
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    files: ["stack.yaml"],
    cwd: FOLDER,
    home: "/home/none",
    env: inputs.env ?? {},
    variables: inputs.variables ?? [],
    variableFiles: [],
  });
  if (stack && document) return { stack, secrets, document };
  const mistakes = diagnostics.map(({ message, hint }) => [message, hint].join("; "));
  throw new Error(`the stack is invalid: ${mistakes.join("\n")}`);
}

export function digest(text: string): string {
  return `sha256:${createHash("sha256").update(bytesOf(text)).digest("hex")}`;
}

/** Ports of this machine that nobody holds: other engines' containers may run on it too. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  return Promise.all(
    servers.map((server) => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      return new Promise<number>((resolve) => server.close(() => resolve(port)));
    }),
  );
}
