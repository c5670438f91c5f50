import { configLabels } from "../../../attributes/core/ownership.ts";
import { at, record, text } from "../../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { LockHolder, LockOwner } from "../../../model/lock.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import { ARCHITECTURES, holderProgram, layer } from "./holder-binary.ts";
import { LABEL, lockName, stackOf } from "./lock-name.ts";

/*
 * The lock is a container of a fixed name: an engine gives a name to one container only. While its
 * holder lives, so does the program in it, see holder.ts. It carries no label of ownership, so that
 * no plan sees it.
 */

const IMAGE = "stackwright-lock:1";
/** Digits of a short ID. */
const SHORT = 12;

/** A lock found on the engine. */
export interface FoundLock {
  /** The full 64 digits. */
  readonly id: string;
  readonly holder: LockHolder;
  /** `created`, `running`, `exited`, ... */
  readonly status: string;
  /** Distinguishes runs with the same claim. */
  readonly token: string;
}

/** The lock with the given name or ID; `undefined` if there is none. */
export async function findLock(
  client: Client,
  nameOrId: string,
  signal: AbortSignal,
): Promise<FoundLock | undefined> {
  const to = path`/containers/${nameOrId}/json`;
  const json = await client.get<JsonObject | undefined>(to, { accept: [404], signal });
  const labels = configLabels(json);
  if (!json || typeof labels[LABEL] !== "string") return undefined;
  const { token, user, host, pid, version, operation } = claimed(labels[LABEL]);
  const id = text(json.Id);
  return {
    id,
    token: text(token),
    status: text(at(json, "State", "Status")),
    holder: {
      id: id.slice(0, SHORT),
      since: text(json.Created),
      stack: stackOf(text(json.Name)),
      operation: operation === "destroy" ? "destroy" : "apply",
      user: text(user),
      host: text(host),
      pid: Number(pid ?? 0),
      version: text(version),
    },
  };
}

function claimed(label: string): JsonObject {
  try {
    return record(JSON.parse(label) as Json);
  } catch {
    return {};
  }
}

/** Creates the lock; `undefined` if the name is taken. This call alone decides which run has it. */
export async function createLock(
  client: Client,
  claim: LockOwner,
  token: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = lockName(claim.stack);
  const create = async () => {
    const to = path`/containers/create`;
    const made = await client.post<JsonObject>(to, body(claim, token), { query: { name }, signal });
    return text(made.Id);
  };
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code === "name-taken") return undefined;
    if (error.code === "no-space") throw withoutSpace(error);
    if (error.code !== "image-missing") throw error;
    await importImage(client, signal);
    return createLock(client, claim, token, signal);
  }
}

/** Commands that free disk space must work without any. */
function withoutSpace(error: EngineError): EngineError {
  const message = `the stack can't be locked: ${error.message}`;
  const hint = `${error.hint} --lock=false works without a lock, as to remove something.`;
  const { code, operation, phase, retry } = error;
  return new EngineError({ code, operation, phase, retry, message, hint, cause: error });
}

function body({ stack: _, ...claim }: LockOwner, token: string): JsonObject {
  return {
    Image: IMAGE,
    Entrypoint: ["/hold"],
    Labels: { [LABEL]: JSON.stringify({ ...claim, token }) },
    OpenStdin: true,
    // The program's input ends with its only connection.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    // PID 1 ignores gentler signals, and an engine that shuts down would wait for it.
    StopSignal: "SIGKILL",
    User: "65534:65534",
    // Its network namespace is empty either way. Without this, 20.10 sets up the namespace in a
    // second process, which takes most of the start's time.
    NetworkDisabled: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "none" },
    },
  };
}

async function importImage(client: Client, signal: AbortSignal): Promise<void> {
  const { Arch } = await client.get<JsonObject>(path`/version`, { signal });
  const program = holderProgram(text(Arch));
  if (!program) {
    const message = `there is no lock for an engine of architecture ${text(Arch)}, only for ${ARCHITECTURES.join(", ")}`;
    const hint = "Give --lock=false, and see to it that nobody else works on this stack.";
    throw postconditionFailed("not-applied", "POST /images/create", message, hint);
  }
  const [repo = "", tag = ""] = IMAGE.split(":");
  const lines = await client.progress("POST", path`/images/create`, {
    query: { fromSrc: "-", repo, tag },
    body: await layer(program),
    signal,
  });
  for await (const _ of lines);
}

/**
 * Removes a lock in any state, by its full ID so that a newer lock of the name is never removed.
 */
export async function removeLock(client: Client, id: string, signal?: AbortSignal): Promise<void> {
  try {
    const query = { force: true, v: true };
    await client.delete(path`/containers/${id}`, { query, accept: [404], signal });
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "being-removed") throw error;
  }
}
