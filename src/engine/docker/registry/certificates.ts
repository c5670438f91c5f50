import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readWhole } from "../../../system/read-file.ts";
import { configFolder } from "../connection/docker-context.ts";
import type { ClientEnvironment } from "../connection/environment.ts";

/** For TLS to one registry, beside what the system trusts; each in PEM form. */
export interface Certificates {
  /** Whom to trust. */
  readonly ca: readonly string[];
  /** Who we are; each has its key at the same place of `key`. */
  readonly cert: readonly string[];
  readonly key: readonly string[];
}

/**
 * The folders of a registry's certificates on this machine: of an engine, of one without root, and
 * Docker Desktop's.
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
 * What lies in a registry's folders as Docker lays it out (Docker, "Verify repository client with
 * certificates"): `*.crt` are authorities, `x.cert` with `x.key` is a client's own. What cannot be
 * read is passed over: the registry's refusal then names the folders.
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
