/**
 * Attributes of the Compose Specification that a container does not take, each with what to do
 * instead. Whatever is neither here nor in the catalogue is no attribute of Compose.
 */
export const refused: Readonly<Record<string, string>> = {
  attach: "stack follows no logs; leave it out",
  cpu_count: "it is for Windows alone; use `cpus`",
  cpu_percent: "it is for Windows alone; use `cpus`",
  credential_spec: "it is for Windows alone; leave it out",
  develop: "stack watches no files; leave it out",
  extends: "use a YAML anchor with `<<`, or a further file with -f",
  models: "it belongs to Docker Desktop; leave it out",
  pre_start: "use a container of its own, and `condition: service_completed_successfully`",
  profiles: "put optional containers into a file of their own, and add it with -f",
  provider: "it is run by docker compose alone; leave it out",
  pull_refresh_after: "use `pull_policy: always`",
  scale: "use `replicas`",
  use_api_socket:
    "it is docker compose's word for a mount of the engine's socket and a copy of your credentials; mount /var/run/docker.sock under `volumes`",
};

/** The same for the parts of `build`. */
export const refusedInBuild: Readonly<Record<string, string>> = {
  cache_to: "the engine keeps the cache of its builds itself; leave it out",
  entitlements: "what a build may do is for the engine's owner to say; leave it out",
  isolation: "it is for Windows alone; leave it out",
  no_cache_filter: "use `no_cache`, or an argument that changes",
  privileged: "an engine builds without privileges; leave it out",
  provenance: "it would be other content at each build; leave it out",
  sbom: "it would be other content at each build; leave it out",
  ulimits: "set them in the engine's configuration (`default-ulimits`)",
};
