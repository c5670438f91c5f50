import { type Loaded, load, type Sources } from "../../../src/language/load.ts";
import type { Resource } from "../../../src/model/stack.ts";

/** Loads from files in memory, in the folder /srv/shop; the first one is the stack file. */
export function loaded(
  files: string | Readonly<Record<string, string | Uint8Array>>,
  options: Partial<Sources> = {},
): Loaded {
  const all = typeof files === "string" ? { "stack.yaml": files } : files;
  const names = options.files ?? Object.keys(all).filter((name) => /^[\w-]+\.yaml$/.test(name));
  return load({
    read: (path) => {
      const found = all[path] ?? all[path.replace("/srv/shop/", "")];
      const inside = `${path}/`.replace("/srv/shop/", "");
      if (found === undefined && Object.keys(all).some((file) => file.startsWith(inside)))
        throw Object.assign(new Error(path), { reason: "it is a folder" });
      return typeof found === "string" ? new TextEncoder().encode(found) : found;
    },
    cwd: "/srv/shop",
    home: "/home/me",
    env: {},
    variables: [],
    variableFiles: [],
    ...options,
    files: names,
  });
}

/** Diagnostics as lines: place, what, hint, and the text that the caret underlines. */
export function told({ diagnostics, texts }: Loaded): string[] {
  return diagnostics.map(({ severity, message, place, length, hint }) => {
    const line = place && texts.get(place.file)?.split("\n")[place.line - 1];
    const under = place && line?.slice(place.column - 1, place.column - 1 + (length ?? 1));
    const where = place ? `${place.file}:${place.line}:${place.column}` : "-";
    const kind = severity === "error" ? "" : "warning: ";
    return `${where} ⟨${under ?? ""}⟩ ${kind}${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

/** A resource of a stack that has no mistakes. */
export function resource(from: Loaded, address: string): Resource {
  const found = from.stack?.resources.find((one) => one.address === address);
  if (!found) throw new Error(`no ${address}: ${told(from).join("\n")}`);
  return found;
}

/** A stack of one container `web` with the given lines. */
export function web(...lines: readonly string[]): string {
  const own = lines.map((line) => `    ${line}\n`).join("");
  return `name: shop\ncontainers:\n  web:\n    image: busybox\n${own}`;
}
