import { number, record, text } from "../../attributes/compare.ts";
import { namespaceOf } from "../../attributes/container/sysctls.ts";
import { showBytes } from "../../attributes/units.ts";
import type { Container, Model } from "../model.ts";
import { keyPlace, placeOf } from "../tree.ts";

/** Attributes of one container that an engine takes one by one, and not together. */
export function together(model: Model): void {
  for (const container of model.containers.values()) {
    hostNames(container, model);
    parameters(container, model);
    sizes(container, model);
    realTime(container, model);
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
