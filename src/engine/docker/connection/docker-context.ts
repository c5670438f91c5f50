import { join } from "node:path";
import { type ClientEnvironment, type EndpointError, refuse, type Tls } from "./environment.ts";

type TlsFiles = Omit<Tls, "verify">;

interface Context {
  readonly host: string;
  readonly skipVerify: boolean;
  readonly files: TlsFiles;
}

/** The config folder of Docker's CLI: `DOCKER_CONFIG`, else `~/.docker`. */
export function configFolder({ env, home }: Pick<ClientEnvironment, "env" | "home">): string {
  return env.DOCKER_CONFIG || join(home, ".docker");
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder, those that exist. */
export function tlsFiles(folder: string, { readFile }: ClientEnvironment): TlsFiles {
  const files: { ca?: string; cert?: string; key?: string } = {};
  for (const part of ["ca", "cert", "key"] as const) {
    const text = readFile(join(folder, `${part}.pem`));
    if (text !== undefined) files[part] = text;
  }
  return files;
}

/** The context that `docker context use` selected, if any. */
export function currentContext(around: ClientEnvironment): string | undefined | EndpointError {
  const file = join(configFolder(around), "config.json");
  const text = around.readFile(file);
  if (text === undefined) return undefined;
  const config = parse(text);
  if (!config) return refuse(`${file} is not JSON`, "Mend it, or name an engine with --host.");
  return typeof config.currentContext === "string" ? config.currentContext : undefined;
}

/**
 * Reads a context from the Docker config folder. Its files are in folders named by the SHA-256 of
 * its name, as Docker's CLI writes them.
 */
export function contextNamed(name: string, around: ClientEnvironment): Context | EndpointError {
  const folder = join(configFolder(around), "contexts");
  // Loaded only if a context is used.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(folder, "meta", id, "meta.json");
  const text = around.readFile(file);
  if (text === undefined)
    return refuse(`there is no Docker context "${name}"`, "`docker context ls` lists them.");
  const docker = asObject(asObject(parse(text)?.Endpoints)?.docker);
  if (!docker) return refuse(`the Docker context "${name}" names no engine`, `Look at ${file}.`);
  return {
    host: typeof docker.Host === "string" ? docker.Host : "",
    skipVerify: docker.SkipTLSVerify === true,
    files: tlsFiles(join(folder, "tls", id, "docker"), around),
  };
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
