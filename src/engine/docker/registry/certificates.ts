import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readWhole } from "../../../system/read-file.ts";
import { configFolder } from "../connection/docker-context.ts";
import type { ClientEnvironment } from "../connection/environment.ts";

/** PEM certificates for TLS to one registry, in addition to the system's. */
export interface Certificates {
  /** Trusted certificate authorities. */
  readonly ca: readonly string[];
  /** Client certificates; the key of each is at the same index of `key`. */
  readonly cert: readonly string[];
  readonly key: readonly string[];
}

/**
 * Folders with a registry's certificates on this machine: of a root engine, a rootless one, and
 * Docker Desktop.
 */
export function certificateFolders(
  host: string,
  around: Pick<ClientEnvironment, "env" | "home">,
): readonly string[] {
  const { env, home } = around;
  const rootless = join(env.XDG_CONFIG_HOME || join(home, ".config"), "docker");
  return ["/etc/docker", rootless, configFolder(around)].map((folder) =>
    join(folder, "certs.d", host),
  );
}

/**
 * Reads certificate folders in Docker's layout (Docker, "Verify repository client with
 * certificates"): `*.crt` are authorities, `x.cert` with `x.key` is a client certificate.
 * Unreadable files are skipped; the error of the registry's refusal names the folders.
 */
export function certificatesIn(folders: readonly string[]): Certificates {
  const files = folders.flatMap((folder) =>
    (attempt(() => readdirSync(folder)) ?? []).sort().map((file) => join(folder, file)),
  );
  const read = (file: string) => attempt(() => readWhole(file)?.toString());
  const pairs = files.flatMap((file) => {
    if (!file.endsWith(".cert")) return [];
    const [cert, key] = [read(file), read(file.replace(/\.cert$/, ".key"))];
    return cert !== undefined && key !== undefined ? [{ cert, key }] : [];
  });
  return {
    ca: files.filter((file) => file.endsWith(".crt")).flatMap((file) => read(file) ?? []),
    cert: pairs.map(({ cert }) => cert),
    key: pairs.map(({ key }) => key),
  };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
