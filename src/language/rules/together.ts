import { namespaceOf } from "../../attributes/container/resources/sysctls.ts";
import { number, record, text, texts } from "../../attributes/values/json.ts";
import { showBytes } from "../../attributes/values/units.ts";
import type { Container, Model } from "../model/model.ts";
import { keyPlace, placeOf } from "../yaml/tree.ts";

/** Attributes of one container that an engine takes one by one, and not together. */
export function together(model: Model): void {
  for (const container of model.containers.values()) {
    hostNames(container, model);
    parameters(container, model);
    sizes(container, model);
    realTime(container, model);
    somethingToRun(container, model);
    roomForFilter(container, model);
  }
}

/** The engine refuses a host name (400), and runc a domain name, where the host's are used. */
function hostNames({ key, values }: Container, { root, report }: Model): void {
  if (values.uts !== "host") return;
  for (const name of ["hostname", "domainname"].filter((each) => values[each] !== undefined)) {
    const at = keyPlace(root, ["containers", key, name]);
    report.error(`\`${name}\` cannot stand together with \`uts: host\``, at, "remove one of them");
  }
}

/** Nobody may set a kernel parameter of the host's own namespaces (runc, "validate sysctls"). */
function parameters({ key, authored, values }: Container, { root, report }: Model): void {
  for (const [index, name] of Object.keys(record(values.sysctls)).entries()) {
    const owner = namespaceOf(name);
    if (owner === undefined || values[owner] !== "host") continue;
    const place = Array.isArray(authored.sysctls) ? index : name;
    const at = keyPlace(root, ["containers", key, "sysctls", place]);
    report.error(
      `\`${name}\` would be the host's, by \`${owner}: host\``,
      at,
      "remove one of them",
    );
  }
}

/** The engine refuses them at creation (400). */
function sizes({ key, values }: Container, { root, report }: Model): void {
  const [limit, reserved, swap] = ["mem_limit", "mem_reservation", "memswap_limit"].map((name) =>
    number(values[name]),
  ) as [number, number, number];
  const judge = (name: string, wrong: boolean, why: string) => {
    const at = placeOf(root, ["containers", key, name]);
    if (limit > 0 && wrong)
      report.error(`\`${name}\` ${why} \`mem_limit\`, ${showBytes(limit)}`, at);
  };
  judge("mem_reservation", reserved > limit, "is above");
  judge("memswap_limit", swap > 0 && swap < limit, "counts memory too, and is below");
  if (swap <= 0 || limit > 0) return;
  const at = placeOf(root, ["containers", key, "memswap_limit"]);
  report.error("`memswap_limit` counts memory too, and needs a `mem_limit`", at, "add `mem_limit`");
}

/** The engine refuses it at creation (400). */
function realTime({ key, values }: Container, { root, report }: Model): void {
  const period = number(values.cpu_rt_period);
  if (period === 0 || number(values.cpu_rt_runtime) <= period) return;
  const at = placeOf(root, ["containers", key, "cpu_rt_runtime"]);
  report.error(`\`cpu_rt_runtime\` is longer than its period, ${text(period)}`, at);
}

/** An entrypoint of nothing takes the image's away, and its command with it: the engine refuses that (400). */
function somethingToRun({ key, values }: Container, { root, report }: Model): void {
  const [word, ...words] = texts(values.entrypoint);
  if (word !== "" || words.length > 0 || texts(values.command).length > 0) return;
  const at = placeOf(root, ["containers", key, "entrypoint"]);
  report.error("no command is left to run", at, "give a `command`, since the image's is not used");
}

/** What runc needs to load a seccomp filter, which it does under the container's own limits (measured, 20.10 and 28.5). */
const FOR_FILTER: Readonly<Record<string, number>> = {
  nofile: 11,
  as: 10_485_760,
  data: 10_485_760,
};

function roomForFilter({ key, values }: Container, { root, report }: Model): void {
  if (values.privileged === true || texts(values.security_opt).includes("seccomp=unconfined"))
    return;
  for (const [name, limit] of Object.entries(record(values.ulimits))) {
    const soft = number(record(limit).soft);
    const least = FOR_FILTER[name] ?? 0;
    if (soft < 0 || soft >= least) continue;
    const at = placeOf(root, ["containers", key, "ulimits", name]);
    const hint = `at least ${least}, or \`security_opt: [seccomp=unconfined]\``;
    report.error(`nothing starts under seccomp with \`${name}: ${soft}\``, at, hint);
  }
}
