import { redactorOf } from "../../../attributes/container/former-values.ts";
import { configLabels, hasFailed } from "../../../attributes/core/ownership.ts";
import { at, list, number, record, text } from "../../../attributes/values/json.ts";
import type { ObservedContainer } from "../../../model/observed-state.ts";
import { ago, tableText } from "../../../render/text/table.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.ps/1";
const TITLES = ["ADDRESS", "NAME", "STATE", "HEALTH", "PORTS", "IMAGE", "CREATED"];

export const run: Run = async (args, host) => {
  const { stack, secrets } = await loadOwned(args, host);
  const observed = await withEngine(engineFlags(args), host, (engine) =>
    engine.observe(stack, secrets, host.interrupts.signal),
  );
  const redact = redactorOf(stack, secrets, observed);
  const rows = observed.containers
    .filter(({ owner }) => owner?.stack === stack.name)
    .map(rowOf)
    .map((row) => ({ ...row, name: redact(row.name), image: redact(row.image) }))
    .sort((a, b) => a.address.localeCompare(b.address, "en", { numeric: true }));
  if (args.text("format") === "json") {
    const document = { format: FORMAT, stack: stack.name, containers: rows };
    host.out(`${JSON.stringify(document, null, 2)}\n`);
  } else if (rows.length === 0) {
    host.err(`${stack.name} has no containers on ${observed.engine.endpoint}.\n`);
  } else {
    const cells = rows.map((row) => [
      row.address,
      row.name,
      stateText(row),
      row.health,
      row.ports.join(", "),
      row.image,
      ago(host.now() - Date.parse(row.created)),
    ]);
    host.out(tableText(TITLES, cells, host.paintOut));
  }
  return EXIT.done;
};

function stateText({ failed, state, restarts }: Row): string {
  const often = restarts > 0 ? `, restarted ${restarts} ${restarts === 1 ? "time" : "times"}` : "";
  return `${failed ? "failed: " : ""}${state}${often}`;
}

export interface Row {
  readonly address: string;
  readonly name: string;
  readonly id: string;
  /** `running`, `exited (1)`, `restarting (1)`: with the last exit's code. */
  readonly state: string;
  /** How often the engine has restarted it since it was started. */
  readonly restarts: number;
  /** It was to replace another, failed, and is kept for inspection. */
  readonly failed: boolean;
  /** Empty: it has no health check. */
  readonly health: string;
  /** `*:8080->80/tcp`. */
  readonly ports: readonly string[];
  readonly image: string;
  /** ISO 8601. */
  readonly created: string;
}

export function rowOf({ json, id, name, owner }: ObservedContainer): Row {
  const state = text(at(json, "State", "Status"));
  const code = at(json, "State", "ExitCode");
  return {
    address: owner?.address ?? "",
    name,
    id,
    state: ["exited", "restarting"].includes(state) ? `${state} (${Number(code ?? 0)})` : state,
    restarts: number(json.RestartCount),
    failed: hasFailed(name, configLabels(json)),
    health: text(at(json, "State", "Health", "Status")),
    ports: portsOf(record(at(json, "NetworkSettings", "Ports"))),
    image: text(at(json, "Config", "Image")),
    created: text(json.Created),
  };
}

/** One entry for IPv4 and IPv6 where both listen on all addresses. */
function portsOf(ports: ReturnType<typeof record>): string[] {
  const shown = Object.entries(ports).flatMap(([inner, bindings]) =>
    list(bindings).map((binding) => {
      const { HostIp, HostPort } = record(binding);
      const ip = text(HostIp).replace(/^(::|0\.0\.0\.0)$/, "");
      const host = ip.includes(":") ? `[${ip}]` : ip || "*";
      return `${host}:${text(HostPort)}->${inner}`;
    }),
  );
  return [...new Set(shown)];
}
