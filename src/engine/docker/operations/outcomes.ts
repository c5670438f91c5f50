import { configLabels } from "../../../attributes/core/ownership.ts";
import { at, equal, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Ref } from "../../../model/operations/fields.ts";
import type { OperationName, OperationOf } from "../../../model/operations/operations.ts";
import type { Step } from "../../../model/plan.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { engineTime } from "../api/queries.ts";
import type { Clock } from "../retry/backoff.ts";
import { entryOn, isJoined } from "./network-endpoints.ts";
import { isHere, pluginNow } from "./plugins.ts";
import { idOf } from "./read-back.ts";

type Kind = OperationName;

interface Looking {
  readonly client: Client;
  readonly pace: Clock;
  /** Milliseconds since the call was sent. */
  elapsed(): number;
  readonly signal: AbortSignal;
}

type Look<K extends Kind> = (work: OperationOf<K>, looking: Looking) => Promise<boolean> | boolean;

/** These may be done twice, so there is no need to know. */
const again = () => false;

/** Whether what a step asks for is so, by a look at its object alone. */
const effects: { readonly [K in Kind]: Look<K> } = {
  "image.pull": again,
  "image.build": again,
  "image.load": again,
  "image.import": again,
  "image.tag": again,
  "image.push": again,
  "volume.create": again,
  "container.save_files": again,
  "container.restore_files": again,
  "container.write_files": again,
  "container.update": again,
  "container.wait": again,

  // Only what is lost before a hook begins comes here: see exec.ts.
  "container.exec": again,

  // 20.10 makes a second network of the same name without a word.
  async "network.create"({ name, body }, { client, signal }) {
    const query = { filters: JSON.stringify({ name: [name] }) };
    const found = await client.get<JsonObject[]>(path`/networks`, { query, signal });
    return found.some(
      (network) => network.Name === name && equal(record(network.Labels), record(body.Labels)),
    );
  },

  "network.remove": async ({ network }, { client, signal }) =>
    isGone(await present(client, path`/networks/${idOf(network)}`, signal)),

  "volume.remove": async ({ volume }, { client, signal }) =>
    isGone(await present(client, path`/volumes/${volume.name}`, signal)),

  "plugin.install": (work, { client, signal }) => isHere(client, work, signal),

  "plugin.upgrade": (work, { client, signal }) => isHere(client, work, signal),

  "plugin.set": again,

  "plugin.enable": async ({ plugin }, { client, signal }) =>
    (await pluginNow(client, plugin, signal))?.Enabled === true,

  "plugin.disable": async ({ plugin }, { client, signal }) =>
    (await pluginNow(client, plugin, signal))?.Enabled === false,

  "plugin.remove": async ({ plugin }, { client, signal }) =>
    isGone(await pluginNow(client, plugin, signal)),

  // Its labels say what was asked of it: with these, it is the one.
  async "container.create"({ name, body }, looking) {
    const json = await inspected({ name }, looking);
    const labels = configLabels(json);
    const asked = Object.entries(record(body.Labels));
    return json !== undefined && asked.every(([key, value]) => equal(labels[key], value));
  },

  "network.connect": async ({ container, network, endpoint }, looking) => {
    const json = await inspected(container, looking);
    return json !== undefined && isJoined(json, network, endpoint);
  },

  "network.disconnect": async ({ container, network }, looking) =>
    entryOn(await inspected(container, looking), network) === undefined,

  "container.rename": async ({ container, to }, looking) =>
    text((await inspected(container, looking))?.Name) === `/${to}`,

  "container.start": async ({ container }, looking) => hasStarted(container, looking),

  "container.pause": async ({ container }, looking) =>
    at(await inspected(container, looking), "State", "Paused") === true,

  "container.unpause": async ({ container }, looking) =>
    at(await inspected(container, looking), "State", "Paused") === false,

  "container.stop": async ({ container }, looking) =>
    at(await inspected(container, looking), "State", "Running") !== true,

  "container.remove": async ({ container }, looking) => isGone(await inspected(container, looking)),
};

/** Whether a step has been done, though its call was refused or its answer lost. */
export async function alreadyApplied(
  client: Client,
  clock: Clock,
  step: Step,
  elapsed: () => number,
  signal: AbortSignal,
): Promise<boolean> {
  const look = effects[step.operation] as Look<Kind>;
  return look(step as never, { client, pace: clock, elapsed, signal });
}

const isGone = (json: JsonObject | undefined): boolean => json === undefined;

type To = Parameters<Client["get"]>[0];

function present(client: Client, to: To, signal: AbortSignal): Promise<JsonObject | undefined> {
  return client.get<JsonObject | undefined>(to, { accept: [404], signal });
}

function inspected(container: Ref, { client, signal }: Looking) {
  return present(client, path`/containers/${idOf(container)}/json`, signal);
}

const STOPPING = 1_000;

/**
 * Running counts when it lasts for a second, since a container that is being stopped runs too. One
 * that has ended counts when it began after the call was sent, reckoned by the engine's clock.
 */
async function hasStarted(container: Ref, looking: Looking): Promise<boolean> {
  const { client, pace: clock, elapsed, signal } = looking;
  const state = async () => record((await inspected(container, looking))?.State);
  const first = await state();
  if (first.Status === "created") return false;
  if (first.Running === true) {
    await clock.sleep(STOPPING, signal);
    const second = await state();
    return second.Running === true && second.StartedAt === first.StartedAt;
  }
  const age = (await engineTime(client, signal)) - Date.parse(text(first.StartedAt));
  return age >= 0 && age <= elapsed() + STOPPING;
}
