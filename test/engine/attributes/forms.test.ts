import { afterAll, beforeAll, expect, it } from "vitest";
import { canonical } from "../../../src/attributes/values/json.ts";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Applied, type Bench, bench } from "../../support/engine/live.ts";
import { FILES, fileOf } from "../../support/engine/live-tracks.ts";
import { FULL } from "../../support/engine/trials.ts";
import { type Form, forms, told } from "../../support/fixtures/forms.ts";
import { understand } from "../../support/fixtures/stackfile.ts";

/*
 * What real engines make of each form that the language takes: it is there as asked, and the next
 * plan is empty. The containers are created and never started, and have several attributes each.
 */

const EXTERNAL = "forms-external";
/** What stands for itself: its object has a name, an address or a port that no other may have. */
const ALONE =
  /^(container_name|ports|networks|mac_address|links|external_links|network_mode|name)$/;
/** What does not stand together in one container, or decides about the other. */
const FAMILIES = [
  [
    "hostname",
    "domainname",
    "dns",
    "dns_search",
    "dns_opt",
    "extra_hosts",
    "uts",
    "sysctls",
    "ipc",
  ],
  ["cpus", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime"],
  ["mem_limit", "memswap_limit", "mem_reservation", "mem_swappiness", "oom_kill_disable"],
  ["volumes", "volumes_from", "tmpfs", "configs", "secrets", "read_only"],
  ["command", "entrypoint", "tty", "stdin_open", "init", "stop_grace_period", "image"],
  ["environment", "env_file"],
  ["labels", "label_file"],
  ["privileged", "security_opt", "cap_add", "cap_drop", "userns_mode", "pid"],
];
/** These need more than a container (an image, a registry that has it), or change what stack does and not what the engine has. */
const ELSEWHERE =
  /^(image|external|adopt|platform|pull_policy|replicas|depends_on|post_start|pre_stop|update_config)$/;
/** Values of which only the engine knows whether it takes them. */
const NOT_TAKEN = /^container\.(devices|security_opt|cap_add|cap_drop|sysctls)$/;
/** Values that most engines refuse, such as a runtime or a driver that they must have; the quick run leaves them out. */
const REFUSES =
  /^(container\.(entrypoint|cpus|cpuset|command|storage_opt|annotations|runtime|isolation|logging|gpus|cpu_rt_period|cpu_rt_runtime|userns_mode|cgroup_parent)|(network|volume)\.(driver|driver_opts|ipam|enable_ipv[46]))$/;
const MOST = FULL ? Number.POSITIVE_INFINITY : 3;

let live: Bench;
const counts = {
  forms: 0,
  refused: 0,
  empty: 0,
  byEngine: [] as string[],
  left: [] as string[],
  unforeseen: [] as string[],
};

beforeAll(async () => {
  live = await bench("forms");
});
afterAll(async () => {
  const { forms, refused, empty, byEngine } = counts;
  const said = `${forms} forms, ${refused} refused by the language, ${empty} empty`;
  console.log([`${said}, ${byEngine.length} refused by the engine:`, ...byEngine].join("\n"));
  await live.clear();
  await live.close();
});

/** The forms that the language takes, of each attribute those that come to different specs. */
function distinct(name: string): readonly Form[] {
  const seen = new Map<string, number>();
  return forms(EXTERNAL).filter((form) => {
    const { kind, attribute, key } = form.track;
    if (ELSEWHERE.test(attribute) || (!FULL && REFUSES.test(`${kind}.${attribute}`))) return false;
    counts.forms++;
    const spec = specOf(
      fileOf(name, [{ ...form.track, states: [form.value] }], 0),
      `${kind}.${key}`,
    );
    if (spec === undefined) counts.refused++;
    const text = `${kind} ${attribute} ${spec}`;
    const number = seen.get(`${kind} ${attribute}`) ?? 0;
    if (spec === undefined || seen.has(text) || number >= MOST) return false;
    seen.set(text, 1).set(`${kind} ${attribute}`, number + 1);
    return true;
  });
}

function specOf(file: JsonObject, address: string): string | undefined {
  try {
    const { stack } = understand(file, { files: FILES });
    return canonical(stack.resources.find((each) => each.address === address)?.spec ?? {});
  } catch {
    return undefined;
  }
}

/** Forms that stand in one object. */
type Bundle = Form[];
const clash = (a: string, b: string) =>
  a === b || FAMILIES.some((family) => family.includes(a) && family.includes(b));

function bundled(all: readonly Form[]): readonly Bundle[] {
  const bundles: Bundle[] = [];
  for (const form of all) {
    const { kind, attribute } = form.track;
    const fits = (bundle: Bundle) =>
      !ALONE.test(attribute) &&
      bundle.every(
        ({ track }) =>
          track.kind === kind && !ALONE.test(track.attribute) && !clash(track.attribute, attribute),
      );
    const into = bundles.find(fits);
    if (into) into.push(form);
    else bundles.push([form]);
  }
  return bundles;
}

/** A page is a file; of what stands for itself, and of networks, it has one object of each attribute. */
function pages(bundles: readonly Bundle[]): readonly (readonly Bundle[])[] {
  const result: Bundle[][] = [];
  for (const bundle of bundles) {
    const [{ kind, attribute }] = [bundle[0]?.track ?? { kind: "", attribute: "" }];
    const single = kind === "network" ? kind : ALONE.test(attribute) ? attribute : undefined;
    const room = (page: Bundle[]) =>
      single === undefined ||
      page.every(
        ([one]) =>
          one?.track.kind !== kind || (kind !== "network" && one?.track.attribute !== attribute),
      );
    const page = result.find(room);
    if (page) page.push(bundle);
    else result.push([bundle]);
  }
  return result;
}

const keyOf = (bundle: Bundle, index: number): string => `${bundle[0]?.track.key}-${index}`;

function pageFile(name: string, page: readonly Bundle[]): JsonObject {
  const base = fileOf(name, [], 0);
  const section = (kind: string) =>
    Object.fromEntries(
      page.flatMap((bundle, index) => {
        if (bundle[0]?.track.kind !== kind) return [];
        const context: JsonObject = Object.assign({}, ...bundle.map(({ track }) => track.context));
        const asked = Object.fromEntries(
          bundle.map(({ track, value }) => [track.attribute, value]),
        );
        const state = kind === "container" ? { state: "created" } : {};
        return [[keyOf(bundle, index), { ...context, ...asked, ...state }]];
      }),
    );
  const { networks, volumes, containers } = base as Record<string, JsonObject>;
  return {
    ...base,
    networks: { ...networks, ...section("network") },
    volumes: { ...volumes, ...section("volume") },
    containers: { ...containers, ...section("container") },
  };
}

/** Applies a page; what the engine refuses is taken apart, and then left out and counted. */
async function tried(name: string, page: readonly Bundle[]): Promise<void> {
  let standing = page;
  const options = { files: FILES, allowDataLoss: page.map(keyOf) };
  for (;;) {
    const file = pageFile(name, standing);
    const applied = await live.apply(file, options);
    const failed = standing.filter((bundle, index) => about(applied, bundle, index));
    if (failed.length === 0) {
      expect(applied.failures).toEqual([]);
      const { changes, blocked } = await live.plan(file, { files: FILES });
      const left = [
        ...changes,
        ...blocked.filter(({ required }) => required).map(({ change }) => change),
      ];
      counts.left.push(
        ...left.map(({ address, deltas }) => {
          const index = standing.findIndex((each, at) => address.endsWith(`.${keyOf(each, at)}`));
          return `${standing[index]?.map(told).join(", ")}: ${JSON.stringify(deltas)}`;
        }),
      );
      counts.empty += standing.flat().length - left.length;
      return;
    }
    for (const bundle of failed.filter(({ length }) => length === 1)) {
      const [form] = bundle as [Form];
      const why = about(applied, bundle, standing.indexOf(bundle));
      counts.byEngine.push(`${told(form)}: ${why}`);
      const which = `${form.track.kind}.${form.track.attribute}`;
      if (!REFUSES.test(which) && !NOT_TAKEN.test(which))
        counts.unforeseen.push(`${told(form)}: ${why}`);
    }
    const apart = failed
      .filter(({ length }) => length > 1)
      .flatMap((bundle) => bundle.map((one) => [one]));
    standing = [...standing.filter((bundle) => !failed.includes(bundle)), ...apart];
  }
}

const about = ({ failures }: Applied, bundle: Bundle, index: number): string | undefined =>
  failures.find((line) =>
    new RegExp(`^${bundle[0]?.track.kind}\\.${keyOf(bundle, index)}[: ]`).test(line),
  );

it("every form that is taken is there as asked, and nothing is left to do", async () => {
  const name = live.stack();
  const { client, post } = live;
  const made = await post(path`/containers/create`, { Image: "busybox:1.36", Cmd: ["true"] });
  await post(path`/commit`, {}, { container: String(made.Id), repo: "busybox", tag: "1.37" });
  await client.delete(path`/containers/${String(made.Id)}`);
  for (const page of pages(bundled(distinct(name)))) await tried(name, page);
  expect({ left: counts.left, unforeseen: counts.unforeseen }).toEqual({
    left: [],
    unforeseen: [],
  });
  expect(counts.empty).toBeGreaterThan(100);
}, 1_200_000);
