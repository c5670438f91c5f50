import { mask } from "../../src/attributes/secrets/sensitive.ts";
import { isMap, text } from "../../src/attributes/values/json.ts";
import type { Change, Delta } from "../../src/model/change.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import type { Plan, Step } from "../../src/model/plan.ts";

interface Options {
  /** Also what the steps send that create something. */
  readonly bodies?: boolean;
}

/** A plan as stable text, for tests to compare and people to review. */
export function print(whole: Plan, { bodies = false }: Options = {}): string {
  const { changes, blocked, conflicts, steps, rollback, unchanged, adopted = [], ...plan } = whole;
  const { notes = [], targets = [], replace = [], exchanges = [] } = plan;
  const sections: readonly (readonly string[])[] = [
    [
      `${plan.purpose} ${plan.stack}: ${changes.length} to change, ${unchanged} unchanged`,
      ...(targets.length > 0 ? [`only ${targets.join(" ")}`] : []),
      ...(replace.length > 0 ? [`replacing ${replace.join(" ")}`] : []),
    ],
    changes.flatMap(changeLines),
    blocked.flatMap(({ address, action, reason, flag, required, change }) => [
      `blocked: ${action} ${address}: ${reason}${flag ? ` (${flag})` : ""}${required ? ", required" : ""}`,
      ...change.deltas.map(deltaLine),
    ]),
    notes.map(({ address, message }) => `note: ${address}: ${message}`),
    adopted.map((address) => `adopted: ${address}`),
    conflicts.map(({ address, message, hint }) => `conflict: ${address}: ${message} (${hint})`),
    steps.flatMap((step) => [stepLine(step), ...(bodies ? bodyLines(step) : [])]),
    rollback.flatMap((step) => [stepLine(step), ...(bodies ? bodyLines(step) : [])]),
    exchanges.map(({ address, members }) => {
      const along = members.map(({ address, onDone, onNotStarted }) =>
        [address, ...onDone, ...(onNotStarted ? ["or, not begun,", ...onNotStarted] : [])].join(
          " ",
        ),
      );
      return `with ${address} go back: ${along.join(", ")}`;
    }),
  ];
  return sections
    .filter(({ length }) => length > 0)
    .map(joined)
    .join("\n");
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

function changeLines({
  address,
  action,
  name,
  reason,
  origin,
  deltas,
  unchanged,
  rollout,
}: Change): string[] {
  const head = `${action} ${address} (${name}): ${reason} [${origin}], ${unchanged} unchanged`;
  const because = rollout?.reason ? ` because ${rollout.reason}` : "";
  const order = rollout ? [`    ${rollout.order}${because}`] : [];
  return [head, ...order, ...deltas.map(deltaLine)];
}

function deltaLine({ attribute, before, after, unknown, origin, inPlace }: Delta): string {
  const from = before === undefined ? "" : shown(before);
  const to = after === undefined ? (unknown ?? "") : shown(after);
  return `    ${attribute}: ${from} -> ${to} [${origin}${inPlace ? ", in place" : ""}]`;
}

function stepLine(step: Step): string {
  const after = step.dependsOn.length > 0 ? ` after ${step.dependsOn.join(" ")}` : "";
  const ended = step.dependsOnCompletion
    ? ` after the end of ${step.dependsOnCompletion.join(" ")}`
    : "";
  const until = step.until ? ` until the end of ${step.until.join(" ")}` : "";
  const fails = step.onFailure ? `; if it fails: ${step.onFailure.join(" ") || "nothing"}` : "";
  const skipped = step.onSkip ? `; if it is left out: ${step.onSkip.join(" ")}` : "";
  const undone = step.onExchangeRollback
    ? `; if it is undone: ${step.onExchangeRollback.join(" ")}`
    : "";
  const down = step.leavesStopped ? ", and it stays down" : "";
  const service = step.availability ? ` (${step.availability})` : "";
  const head = `${step.id}. ${step.address}: ${phrase(step)}${service}${after}${ended}${until}`;
  return `${head}; ${step.reason}${fails}${down}${skipped}${undone}`;
}

/** A line for each field of what is sent: `HostConfig.Memory: 67108864`. */
function bodyLines(step: Step): string[] {
  return "body" in step ? fieldLines("", step.body) : [];
}

function fieldLines(prefix: string, fields: JsonObject): string[] {
  return Object.entries(fields).flatMap(([name, value = null]) =>
    isMap(value) && ["HostConfig", "Labels", "NetworkingConfig"].includes(name)
      ? fieldLines(`${prefix}${name}.`, value)
      : [`    ${prefix}${name}: ${shown(value)}`],
  );
}

function phrase(step: Step): string {
  switch (step.operation) {
    case "image.pull":
      return `${step.operation} ${step.image}${step.digest ? ` at ${step.digest}` : ""}${step.platform ? ` for ${step.platform}` : ""}${step.mirrors ? ` from ${step.mirrors.join(", ")}` : ""}`;
    case "image.build":
      return `${step.operation} ${step.image} (${step.by})${step.bases.length > 0 ? ` on ${step.bases.join(", ")}` : ""}`;
    case "image.load":
      return `${step.operation} ${step.image} from ${step.file}${step.platform ? ` for ${step.platform}` : ""}`;
    case "image.import":
      return `${step.operation} ${step.image} from ${step.file}${step.platform ? ` for ${step.platform}` : ""}${step.changes.length > 0 ? ` with ${shown([...step.changes])}` : ""}`;
    case "image.tag":
      return `${step.operation} ${step.image} as ${step.to}`;
    case "image.push":
      return `${step.operation} ${step.image}`;
    case "network.create":
    case "volume.create":
    case "container.create":
      return `${step.operation} ${step.name}`;
    case "plugin.install":
      return `${step.operation} ${step.source} as ${step.name} with ${shown(step.privileges as Json)}`;
    case "plugin.upgrade":
      return `${step.operation} ${step.plugin.name} to ${step.source} with ${shown(step.privileges as Json)}`;
    case "plugin.set":
      return `${step.operation} ${step.plugin.name} to ${shown(step.settings)}`;
    case "plugin.enable":
    case "plugin.disable":
    case "plugin.remove":
      return `${step.operation} ${step.plugin.name}`;
    case "network.remove":
      return `${step.operation} ${step.network.name}`;
    case "volume.remove":
      return `${step.operation} ${step.volume.name}`;
    case "container.write_files":
      return `${step.operation} ${step.files.map(({ target }) => target).join(", ")} into ${step.container.name}`;
    case "container.save_files":
    case "container.restore_files":
      return `${step.operation} ${step.files.join(", ")} of ${step.container.name}`;
    case "network.connect":
      return `${step.operation} ${step.container.name} to ${step.network.name} as ${shown(step.endpoint)}`;
    case "network.disconnect":
      return `${step.operation} ${step.container.name} from ${step.network.name}`;
    case "container.update":
      return `${step.operation} ${step.container.name} with ${shown(step.resources)}`;
    case "container.rename":
      return `${step.operation} ${step.container.name} to ${step.to}`;
    case "container.stop":
      return `${step.operation} ${step.container.name} within ${step.timeout}s`;
    case "container.exec":
      return `${step.operation} ${step.hook} in ${step.container.name}: ${hookText(step)}`;
    case "container.wait":
      return `${step.operation} ${step.container.name} ${step.condition}${lasting(step)}`;
    case "container.remove":
      return `${step.operation} ${step.container.name}`;
    default:
      return `${step.operation} ${step.container.name}`;
  }
}

function lasting({
  monitor,
  minUptime,
  wasRunning,
  staysReady,
}: Extract<Step, { operation: "container.wait" }>): string {
  if (staysReady) return " still";
  const held = monitor === undefined ? "" : ` for ${monitor}ms`;
  return `${held}${minUptime === undefined ? "" : ` or up for ${minUptime}ms`}${wasRunning ? " from now" : ""}`;
}

function hookText(step: Extract<Step, { operation: "container.exec" }>): string {
  const { command, user, privileged, working_dir, environment } = step;
  const more = { user, privileged, working_dir, environment };
  const said = Object.entries(more).filter(([, value]) => value !== undefined);
  const added = said.length > 0 ? ` with ${shown(Object.fromEntries(said) as JsonObject)}` : "";
  return shown([...command]) + added;
}

function shown(value: Json): string {
  const clear = mask(value);
  return typeof clear === "string" ? clear : text(JSON.stringify(clear));
}
