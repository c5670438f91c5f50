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
  const { changes, held, conflicts, steps, recovery, unchanged, adopted = [], ...plan } = whole;
  const { notes = [], targets = [], replacing = [], exchanges = [] } = plan;
  const sections: readonly (readonly string[])[] = [
    [
      `${plan.purpose} ${plan.stack}: ${changes.length} to change, ${unchanged} unchanged`,
      ...(targets.length > 0 ? [`only ${targets.join(" ")}`] : []),
      ...(replacing.length > 0 ? [`replacing ${replacing.join(" ")}`] : []),
    ],
    changes.flatMap(changeLines),
    held.flatMap(({ address, action, reason, flag, blocks, change }) => [
      `held: ${action} ${address}: ${reason}${flag ? ` (${flag})` : ""}${blocks ? ", blocks" : ""}`,
      ...change.deltas.map(deltaLine),
    ]),
    notes.map(({ address, message }) => `note: ${address}: ${message}`),
    adopted.map((address) => `adopted: ${address}`),
    conflicts.map(({ address, message, hint }) => `conflict: ${address}: ${message} (${hint})`),
    steps.flatMap((step) => [stepLine(step), ...(bodies ? bodyLines(step) : [])]),
    recovery.flatMap((step) => [stepLine(step), ...(bodies ? bodyLines(step) : [])]),
    exchanges.map(({ of, by }) => {
      const along = by.map(({ target, ifDone, ifUnbegun }) =>
        [target, ...ifDone, ...(ifUnbegun ? ["or, not begun,", ...ifUnbegun] : [])].join(" "),
      );
      return `with ${of} go back: ${along.join(", ")}`;
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

function deltaLine({ attribute, before, after, unknown, origin, live }: Delta): string {
  const from = before === undefined ? "" : shown(before);
  const to = after === undefined ? (unknown ?? "") : shown(after);
  return `    ${attribute}: ${from} -> ${to} [${origin}${live ? ", live" : ""}]`;
}

function stepLine(step: Step): string {
  const after = step.after.length > 0 ? ` after ${step.after.join(" ")}` : "";
  const ended = step.afterEnd ? ` after the end of ${step.afterEnd.join(" ")}` : "";
  const until = step.until ? ` until the end of ${step.until.join(" ")}` : "";
  const fails = step.ifFails ? `; if it fails: ${step.ifFails.join(" ") || "nothing"}` : "";
  const skipped = step.ifSkipped ? `; if it is left out: ${step.ifSkipped.join(" ")}` : "";
  const undone = step.ifUndone ? `; if it is undone: ${step.ifUndone.join(" ")}` : "";
  const down = step.leavesDown ? ", and it stays down" : "";
  const service = step.service ? ` (${step.service})` : "";
  const head = `${step.id}. ${step.target}: ${phrase(step)}${service}${after}${ended}${until}`;
  return `${head}; ${step.because}${fails}${down}${skipped}${undone}`;
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
  switch (step.do) {
    case "pull":
      return `pull ${step.image}${step.digest ? ` at ${step.digest}` : ""}${step.platform ? ` for ${step.platform}` : ""}${step.mirrors ? ` from ${step.mirrors.join(", ")}` : ""}`;
    case "build":
      return `build ${step.image} (${step.by})${step.bases.length > 0 ? ` on ${step.bases.join(", ")}` : ""}`;
    case "load":
      return `load ${step.image} from ${step.file}${step.platform ? ` for ${step.platform}` : ""}`;
    case "import":
      return `import ${step.image} from ${step.file}${step.platform ? ` for ${step.platform}` : ""}${step.changes.length > 0 ? ` with ${shown([...step.changes])}` : ""}`;
    case "tag":
      return `tag ${step.image} as ${step.to}`;
    case "push":
      return `push ${step.image}`;
    case "create network":
    case "create volume":
    case "create container":
      return `${step.do} ${step.name}`;
    case "install plugin":
      return `${step.do} ${step.source} as ${step.name} with ${shown(step.privileges as Json)}`;
    case "upgrade plugin":
      return `${step.do} ${step.plugin.name} to ${step.source} with ${shown(step.privileges as Json)}`;
    case "set plugin":
      return `${step.do} ${step.plugin.name} to ${shown(step.settings)}`;
    case "enable plugin":
    case "disable plugin":
    case "remove plugin":
      return `${step.do} ${step.plugin.name}`;
    case "remove network":
      return `${step.do} ${step.network.name}`;
    case "remove volume":
      return `${step.do} ${step.volume.name}`;
    case "inject":
      return `inject ${step.files.map(({ target }) => target).join(", ")} into ${step.container.name}`;
    case "keep files":
    case "put files back":
      return `${step.do} ${step.files.join(", ")} of ${step.container.name}`;
    case "connect":
      return `connect ${step.container.name} to ${step.network.name} as ${shown(step.endpoint)}`;
    case "disconnect":
      return `disconnect ${step.container.name} from ${step.network.name}`;
    case "update":
      return `update ${step.container.name} with ${shown(step.resources)}`;
    case "rename":
      return `rename ${step.container.name} to ${step.to}`;
    case "stop":
      return `stop ${step.container.name} within ${step.grace}s`;
    case "exec":
      return `${step.hook} in ${step.container.name}: ${hookText(step)}`;
    case "await":
      return `await ${step.container.name} ${step.condition}${lasting(step)}`;
    case "remove container":
      return `${step.do} ${step.container.name}`;
    default:
      return `${step.do} ${step.container.name}`;
  }
}

function lasting({ hold, up, ran, still }: Extract<Step, { do: "await" }>): string {
  if (still) return " still";
  const held = hold === undefined ? "" : ` for ${hold}ms`;
  return `${held}${up === undefined ? "" : ` or up for ${up}ms`}${ran ? " from now" : ""}`;
}

function hookText(step: Extract<Step, { do: "exec" }>): string {
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
