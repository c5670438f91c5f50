import { digestsOf } from "../../../attributes/image/digests.ts";
import {
  onMirror,
  type Reference,
  splitReference,
} from "../../../attributes/values/image-reference.ts";
import { onPlatform, platformOf } from "../../../attributes/values/platform.ts";
import type { OperationOf } from "../../../model/operations/operations.ts";
import type { StepContext } from "../../engine.ts";
import type { Client } from "../api/client.ts";
import { path, reference } from "../api/path.ts";
import { findImage } from "../api/queries.ts";
import type { Buildx } from "../build/find-buildx.ts";
import { EngineError } from "../errors/engine-error.ts";
import { postconditionFailed } from "../errors/postcondition.ts";
import { authorization, type Logins } from "../registry/credentials.ts";
import { atRegistry } from "../registry/errors.ts";
import type { Clock } from "../retry/backoff.ts";
import { retried } from "../retry/retry.ts";
import { layers, type PullLine } from "./pull-progress.ts";

/** What pulls and builds need besides the engine. */
export interface Runtime extends Clock {
  readonly logins: Logins;
  readonly buildx: Buildx;
  /** Folders of this machine that may contain certificates for a registry. */
  certificateFolders(host: string): readonly string[];
}

type Pull = OperationOf<"image.pull">;
type Context = Pick<StepContext, "signal" | "advance" | "warn">;

const OPERATION = "POST /images/create";
const TRIES = 7;
/** The connection to the engine was lost, or the registry may respond to a retry. */
const PASSING: ReadonlySet<string> = new Set([
  ...["cut", "timeout"],
  ...["registry-unreachable", "rate-limited", "unavailable"],
]);
/** Errors for which another registry is not tried. */
const FINAL: ReadonlySet<string> = new Set(["no-space", "interrupted", "unreachable"]);

/**
 * Pulls an image from the first of its mirrors that has it, else from its own registry, and tags
 * it. Downloaded layers stay on the engine, so a retry continues. @throws EngineError also for an
 * error inside the 200 stream, and if the engine has a different image afterwards
 */
export async function pull(client: Client, runtime: Runtime, work: Pull, context: Context) {
  const asked = splitReference(work.image);
  const mirrors = (work.mirrors ?? []).map((mirror) => onMirror(mirror, asked));
  const pulled = await fromFirst(client, runtime, work, context, mirrors, asked);
  if (asked.digest === undefined) await rename(client, pulled, asked, context.signal);
  await verify(client, work, context.signal);
}

/** Tries the mirrors in order. Returns the reference that was pulled. */
async function fromFirst(
  client: Client,
  runtime: Runtime,
  { platform, digest: pinned }: Pull,
  context: Context,
  mirrors: readonly string[],
  asked: Reference,
): Promise<string> {
  const digest = asked.digest ?? pinned;
  const tag = digest ?? asked.tag ?? "latest";
  const named = (repository: string) => `${repository}${digest ? "@" : ":"}${tag}`;
  for (const [index, mirror] of mirrors.entries()) {
    try {
      await attempt(client, runtime, { fromImage: mirror, tag, platform }, context, 2);
      return named(mirror);
    } catch (error) {
      if (!(error instanceof EngineError) || FINAL.has(error.code)) throw error;
      const next = mirrors[index + 1] ?? asked.repository;
      context.warn(`the mirror ${mirror} has not given it (${error.message}); trying ${next}`);
    }
  }
  await attempt(client, runtime, { fromImage: asked.repository, tag, platform }, context, TRIES);
  return named(asked.repository);
}

interface Query {
  readonly fromImage: string;
  readonly tag: string;
  readonly platform: string | undefined;
}

async function attempt(
  client: Client,
  runtime: Runtime,
  query: Query,
  { advance, warn, signal }: Context,
  tries: number,
): Promise<void> {
  const { host } = splitReference(query.fromImage);
  const { logins } = runtime;
  const headers = authorization(await logins.of(host, signal), host);
  const news = logins.news(host);
  if (news !== undefined) warn(news);
  const worth = (error: EngineError, failures: number) => {
    if (failures >= tries || !PASSING.has(error.code)) return false;
    advance({ text: `again, since ${error.message}` });
    return true;
  };
  const once = async () => {
    const lines = await client.progress("POST", path`/images/create`, {
      query: { ...query },
      headers,
      signal,
    });
    const sum = layers();
    let concluded = false;
    for await (const line of lines) {
      const { status = "" } = line as PullLine;
      concluded ||= /^Status: /.test(status);
      const progress = sum(line as PullLine);
      if (progress) advance(progress);
    }
    if (!concluded)
      throw new EngineError({
        code: "cut",
        message: `the pull of ${query.fromImage} ended early`,
        operation: OPERATION,
        phase: "body",
        retry: "safe",
      });
  };
  await retried(once, worth, runtime, signal).catch((error) => {
    throw atRegistry(error, host, logins.trouble(host) ?? Object.keys(headers).length > 0);
  });
}

/**
 * Tags the image with the requested name, even if it has that name: graph drivers record the time
 * of tagging, not of pulling (20.10 to 28, measured).
 */
async function rename(client: Client, pulled: string, asked: Reference, signal: AbortSignal) {
  await client.post(path`/images/${reference(pulled)}/tag`, undefined, {
    query: { repo: asked.repository, tag: asked.tag ?? "latest" },
    signal,
  });
}

async function verify(client: Client, { image, platform, digest }: Pull, signal: AbortSignal) {
  const json = await findImage(client, image, signal, { manifests: true });
  const refuse = (message: string, hint: string) =>
    postconditionFailed("not-applied", OPERATION, message, hint);
  if (!json) throw refuse(`${image} is not on the engine after its pull`, "Apply again.");
  // If the image is not an index, an engine accepts it for any requested platform.
  if (platform !== undefined && !onPlatform(json, platform))
    throw refuse(
      `${image} is not for ${platform}: the registry has it for ${platformOf(json)}`,
      "Name a platform that the registry has, or another image.",
    );
  if (digest !== undefined && !digestsOf(json).includes(digest))
    throw refuse(
      `${image} is not ${digest} after its pull`,
      "Somebody else tagged it meanwhile: apply again.",
    );
}
