import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

/** Debian's package, as `scripts/engine --version 28` unpacks it, or a system's own. */
export const BUILDX = [
  resolve(
    import.meta.dirname,
    "../../../.engine/pkg28/usr/libexec/docker/cli-plugins/docker-buildx",
  ),
  ...["/usr/libexec/docker/cli-plugins/docker-buildx", "/usr/local/bin/docker-buildx"],
].find((file) => existsSync(file));

export const BUILDERS = ["classic", "buildkit"] as const;

/** What makes the builder the one that is used: Docker's config folder with the plugin, or without. */
export function builderEnv(within: string, builder: (typeof BUILDERS)[number]) {
  const plugin = builder === "buildkit" ? BUILDX : undefined;
  const folder = join(within, plugin ? "with-buildx" : "without");
  if (!existsSync(folder)) {
    mkdirSync(join(folder, "cli-plugins"), { recursive: true });
    if (plugin) symlinkSync(plugin, join(folder, "cli-plugins/docker-buildx"));
  }
  return { DOCKER_CONFIG: folder, DOCKER_BUILDKIT: plugin ? undefined : "0" };
}
