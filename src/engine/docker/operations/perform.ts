import { reveal, revealBody } from "../../../attributes/secrets/sensitive.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { equal, list, record, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { OperationName, OperationOf } from "../../../model/operations/operations.ts";
import type { Step } from "../../../model/plan.ts";
import type { Address } from "../../../model/stack.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { archive } from "../api/container-files.ts";
import { path, reference } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import { pull, type Runtime } from "../images/pull.ts";
import type { Watch } from "./container-watch.ts";
import { runHook } from "./exec-hook.ts";
import { type KeptFiles, keepFiles, putFilesBack } from "./kept-files.ts";
import { join, leave } from "./network-endpoints.ts";
import { pullPlugin, removePlugin, setPlugin, switchPlugin } from "./plugins.ts";
import { idOf, inspect, verify } from "./read-back.ts";
import { persist } from "./retry-step.ts";
import { awaitCondition, staysReady } from "./wait.ts";

type Kind = OperationName;
type Doing<K extends Kind> = (
  work: OperationOf<K>,
  client: Client,
  context: StepContext,
  events: Watch,
  runtime: Runtime,
  kept: KeptFiles,
) => Promise<void>;

/** Each operation is one call, but for looks that make sure of its outcome. */
const doing: { readonly [K in Kind]: Doing<K> } = {
  "image.pull": (work, client, context, _events, runtime) => pull(client, runtime, work, context),

  async "image.build"(work, client, context, _events, outside) {
    const { build } = await import("../build/build.ts");
    await build(client, outside, work, context);
  },

  "image.load": async (work, client, context) =>
    (await import("../images/load.ts")).load(client, work, context),

  "image.import": async (work, client, context) =>
    (await import("../images/load.ts")).importRootfs(client, work, context),

  async "image.tag"({ image, to }, client, { signal }) {
    const { repository, tag } = splitReference(to);
    const query = { repo: repository, tag: tag ?? "latest" };
    await client.post(path`/images/${reference(image)}/tag`, undefined, { query, signal });
  },

  async "image.push"({ image }, client, context, _events, { logins }) {
    await (await import("../images/push.ts")).push(client, logins, image, context);
  },

  async "network.create"({ name, body }, client, { secrets, signal, warn }) {
    const sent = { ...revealBody(body, secrets), Name: name };
    const { Warning } = await client.post<JsonObject>(path`/networks/create`, sent, { signal });
    if (Warning) warn(text(Warning));
  },

  async "network.remove"({ network }, client, { signal }) {
    await client.delete(path`/networks/${idOf(network)}`, { accept: [404], signal });
  },

  // The engine answers 201 with the old volume, whatever it is, where the name exists.
  async "volume.create"({ name, body }, client, { secrets, signal }) {
    const sent = { ...revealBody(body, secrets), Name: name };
    const made = await client.post<JsonObject>(path`/volumes/create`, sent, { signal });
    if (!equal(record(made.Labels), record(body.Labels))) {
      const message = `a volume named ${name} has appeared that is not this stack's`;
      throw postconditionFailed(
        "not-applied",
        "POST /volumes/create",
        message,
        "Plan again to see what is in the way.",
      );
    }
  },

  async "volume.remove"({ volume }, client, { signal }) {
    await client.delete(path`/volumes/${volume.name}`, { accept: [404], signal });
  },

  "plugin.install": (work, client, context, _events, { logins }) =>
    pullPlugin(client, logins, work, context),

  "plugin.upgrade": (work, client, context, _events, { logins }) =>
    pullPlugin(client, logins, work, context),

  "plugin.set": (work, client, context) => setPlugin(client, work, context),

  "plugin.enable": ({ plugin }, client, { signal }) => switchPlugin(client, plugin, true, signal),

  "plugin.disable": ({ plugin }, client, { signal }) => switchPlugin(client, plugin, false, signal),

  "plugin.remove": ({ plugin }, client, { signal }) => removePlugin(client, plugin, signal),

  async "container.create"({ name, platform, body }, client, { secrets, signal, warn }) {
    const made = await client.post<JsonObject>(
      path`/containers/create`,
      revealBody(body, secrets),
      {
        query: { name, platform },
        signal,
      },
    );
    for (const warning of list(made.Warnings)) warn(text(warning));
  },

  "container.save_files": ({ container, files }, client, { signal }, _events, _outside, kept) =>
    keepFiles(client, idOf(container), files, kept, signal),

  async "container.restore_files"(
    { container, files },
    client,
    { signal, warn },
    _events,
    _outside,
    kept,
  ) {
    const left = await putFilesBack(client, idOf(container), files, kept, signal);
    for (const file of left) warn(`${file} was not there before, and cannot be taken away again`);
  },

  async "container.write_files"({ container, into = "/", files }, client, { secrets, signal }) {
    const clear = files.map((file) => ({ ...file, content: reveal(file.content, secrets) }));
    const tar = archive(clear, into);
    await client.put(path`/containers/${idOf(container)}/archive`, tar as never, {
      // Otherwise a file would take the place of a folder of the image, with all that is in it.
      query: { path: into, noOverwriteDirNonDir: true },
      signal,
    });
  },

  "network.connect": (work, client, { signal }) => join(client, work, signal),

  "network.disconnect": (work, client, { signal }) => leave(client, work, signal),

  async "container.update"({ container, resources }, client, { signal, warn }) {
    const id = idOf(container);
    const { Warnings } = await client.post<JsonObject>(path`/containers/${id}/update`, resources, {
      signal,
    });
    for (const warning of list(Warnings)) warn(text(warning));
    await verify(client, id, container.name, resources, signal);
  },

  // A rollback may find that the container never lost its name.
  async "container.rename"({ container, to }, client, { signal }) {
    try {
      const query = { name: to };
      await client.post(path`/containers/${idOf(container)}/rename`, undefined, { query, signal });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const live = await inspect(client, container, signal).catch(() => undefined);
      if (live?.Name !== `/${to}`) throw error;
    }
  },

  async "container.start"({ container }, client, { signal }) {
    await client.post(path`/containers/${idOf(container)}/start`, undefined, { signal });
  },

  async "container.pause"({ container }, client, { signal }) {
    await client.post(path`/containers/${idOf(container)}/pause`, undefined, { signal });
  },

  async "container.unpause"({ container }, client, { signal }) {
    await client.post(path`/containers/${idOf(container)}/unpause`, undefined, { signal });
  },

  async "container.stop"({ container, timeout }, client, { signal }) {
    const deadline = (timeout + 30) * 1000;
    await client.post(path`/containers/${idOf(container)}/stop`, undefined, {
      accept: [304, 404],
      deadline,
      signal,
    });
  },

  "container.exec": (work, client, context, _events, outside) =>
    runHook(client, outside, work, context),

  async "container.wait"({ container, staysReady: watches, ...how }, client, context, events) {
    const { signal, waitTimeout: timeout, over, advance, met } = context;
    const { name } = container;
    const task = { name, ...how, timeout, signal };
    if (watches) return staysReady(client, events, { ...task, container: idOf(container), over });
    const { Id } = await inspect(client, container, signal);
    return awaitCondition(client, events, { ...task, container: text(Id), met, advance });
  },

  async "container.remove"({ container }, client, { signal }) {
    await client.delete(path`/containers/${idOf(container)}`, { accept: [404], signal });
  },
};

/** What a step needs besides itself. */
export interface Doer {
  readonly client: Client;
  readonly events: Watch;
  /** Time and chance, and what pulls and builds need. */
  readonly outside: Runtime;
  /** What was kept of files, by the object whose they are. */
  readonly kept: Map<Address, KeptFiles>;
  /** Before each attempt: rejects when we may not act any more. */
  gate(): Promise<void>;
  absent(ms: number, warn: (message: string) => void): void;
}

/** Does one step of a plan. @throws EngineError */
export function perform(doer: Doer, step: Step, context: StepContext): Promise<void> {
  const { client, events, outside: runtime } = doer;
  const run = doing[step.operation] as Doing<Kind>;
  const { signal, warn } = context;
  const kept = doer.kept.get(step.address) ?? new Map();
  doer.kept.set(step.address, kept);
  return persist(step, () => run(step as never, client, context, events, runtime, kept), {
    ...doer,
    pace: runtime,
    signal,
    warn,
  });
}
