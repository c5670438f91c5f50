import type { Report } from "../source/diagnostics.ts";
import { mapEntries, textOf } from "../yaml/forms.ts";
import { child, type Mapping } from "../yaml/tree.ts";

/*
 * What a Compose file may say and nothing comes of, on a single engine or in this program. It is told
 * once, at its line, and left out; docker compose leaves most of it out without a word.
 */

interface Rules {
  /** Why nothing comes of it. */
  readonly [key: string]: string | Rules;
}

const SWARM = "only a swarm has it; docker compose ignores it too";
const WINDOWS = "it is for Windows alone";

const SERVICE: Rules = {
  attach: "stack follows no logs",
  credential_spec: WINDOWS,
  cpu_count: WINDOWS,
  cpu_percent: WINDOWS,
  develop: "stack watches no files",
  pull_refresh_after: "docker compose ignores it too; use `pull_policy`",
  deploy: {
    endpoint_mode: SWARM,
    labels: SWARM,
    placement: SWARM,
    rollback_config: SWARM,
    update_config: { max_failure_ratio: SWARM },
    restart_policy: { delay: SWARM, window: SWARM },
    resources: { reservations: { cpus: SWARM, generic_resources: SWARM } },
  },
  build: {
    cache_to: "the engine keeps the cache of its builds itself",
    isolation: WINDOWS,
    no_cache_filter: "use `no_cache`, or an argument that changes",
    provenance: "no attestations are added",
    sbom: "no attestations are added",
  },
};

const FILE: Rules = { labels: SWARM };

/** The document without what has no effect; each is a warning. */
export function effectiveOnly(root: Mapping, report: Report): Mapping {
  const rules: Readonly<Record<string, Rules>> = {
    containers: SERVICE,
    configs: FILE,
    secrets: FILE,
  };
  return mapEntries(root, (section, { value }) => {
    const known = rules[section];
    if (!known || value.kind !== "map") return value;
    return mapEntries(value, (_, entry) => {
      if (entry.value.kind !== "map") return entry.value;
      const left = without(entry.value, known, [], report);
      return section === "containers" ? withoutContradiction(left, report) : left;
    });
  });
}

function without(map: Mapping, rules: Rules, path: readonly string[], report: Report): Mapping {
  return mapEntries(map, (key, entry) => {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const name = [...path, key];
    if (typeof rule === "string") {
      report.warn(`\`${name.join(".")}\` has no effect`, entry.key, rule);
      return undefined;
    }
    return rule && entry.value.kind === "map"
      ? without(entry.value, rule, name, report)
      : entry.value;
  });
}

/** What docker compose decides without a word where two attributes say different things. */
function withoutContradiction(service: Mapping, report: Report): Mapping {
  const deploy = child(service, "deploy");
  const mode = child(deploy, "mode");
  const isReplicated = !mode || textOf(mode) === "replicated";
  return mapEntries(service, (key, entry) => {
    if (key === "restart" && child(deploy, "restart_policy")) {
      report.warn("`restart` has no effect", entry.key, "`deploy.restart_policy` is used");
      return undefined;
    }
    if (key !== "deploy" || entry.value.kind !== "map" || isReplicated) return entry.value;
    return mapEntries(entry.value, (name, part) => {
      if (name !== "mode") return part.value;
      report.warn(`\`deploy.mode: ${textOf(part.value)}\` has no effect`, part.key, SWARM);
      return undefined;
    });
  });
}
