import { digestsOf } from "../../../attributes/image/digests.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { laterVersions } from "../../../attributes/values/tag-versions.ts";
import type { EngineSession } from "../../../engine/engine.ts";
import { pinnable } from "../../../language/pins.ts";
import type { ObservedState } from "../../../model/observed-state.ts";
import type { Resource } from "../../../model/stack.ts";
import { tableText } from "../../../render/text/table.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadInput } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const FORMAT = "stackwright.outdated/1";
const TITLES = ["IMAGE", "CONTENT", "NEWER TAGS"];
/** Tags in a table; JSON has all. */
const SHOWN = 4;

interface Row {
  readonly address: string;
  readonly image: string;
  /** What the lock file names, or the engine has. */
  readonly current: readonly string[];
  /** What the registry has under the tag; absent: it does not answer. */
  readonly remote?: string;
  /** `unknown`: nothing to compare with, or no answer. */
  readonly content: "current" | "newer" | "unknown";
  /** The latest first; of no meaning where the registry has not given its tags. */
  readonly tags: readonly string[];
  readonly errors: readonly string[];
}

export const run: Run = async (args, host) => {
  const { stack, secrets } = await loadInput(args, host);
  const { signal } = host.interrupts;
  const images = pinnable(stack);
  const { rows, anonymous } = await withEngine(engineFlags(args), host, async (engine) => {
    const observed = await engine.observe(stack, secrets, signal);
    const looked = images.map((image) => rowOf(image, observed, engine, signal));
    return {
      rows: await Promise.all(looked),
      anonymous: await withoutLogin(images, engine, signal),
    };
  });
  const outdated = rows.filter(({ content, tags }) => content === "newer" || tags.length > 0);
  const failed = rows.flatMap(({ image, errors }) => errors.map((error) => ({ image, error })));
  if (args.text("format") === "json") {
    host.out(`${JSON.stringify({ format: FORMAT, stack: stack.name, images: rows }, null, 2)}\n`);
  } else if (outdated.length > 0) {
    const cells = outdated.map(({ image, content, tags }) => [image, content, brief(tags)]);
    host.out(tableText(TITLES, cells, host.paintOut));
  } else host.out(`${verdict(rows)}\n`);
  const warn = (text: string) => host.err(`${host.paintErr.warn("warning:")} ${sanitize(text)}\n`);
  for (const why of anonymous) warn(why);
  for (const { image, error } of failed) warn(`${image}: ${error}`);
  if (outdated.length > 0) return EXIT.pending;
  return failed.length > 0 ? EXIT.failed : EXIT.done;
};

/** In place of a table that would be empty. */
function verdict(rows: readonly Row[]): string {
  const silent = rows.filter(({ errors }) => errors.length > 0);
  const unknown = rows.filter(
    ({ content, errors }) => content === "unknown" && errors.length === 0,
  );
  if (rows.length === 0)
    return "The stack pulls no image by a tag, so there is nothing to look up.";
  if (silent.length === rows.length)
    return "No image could be looked up, so it is not known whether there is anything newer.";
  if (silent.length > 0)
    return `Of ${rows.length} images, ${silent.length} could not be looked up; the others have nothing newer.`;
  if (unknown.length > 0)
    return `No newer tags. Whether the content is newer is not known of ${unknown.map(({ image }) => sanitize(image)).join(", ")}: neither the lock file nor the engine has it.`;
  return "No registry has anything newer.";
}

const brief = (tags: readonly string[]): string =>
  tags.slice(0, SHOWN).join(", ") + (tags.length > SHOWN ? `, … ${tags.length - SHOWN} more` : "");

/** Nobody else tells the hint: that one registry does not answer ends nothing. */
function told(error: unknown): string {
  const { message, hint } = error as Error & { readonly hint?: string };
  return hint === undefined ? message : `${message} (${hint})`;
}

/** Why registries were asked without the login that there may be: public content is had all the same. */
async function withoutLogin(
  images: readonly Resource[],
  engine: EngineSession,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const hosts = [...new Set(images.map(({ name }) => splitReference(name).host))];
  const asked = await Promise.allSettled(hosts.map((host) => engine.login(host, signal)));
  signal.throwIfAborted();
  return asked.flatMap((each, index) =>
    each.status === "rejected"
      ? [`${hosts[index]} was asked without a login: ${told(each.reason)}`]
      : [],
  );
}

async function rowOf(
  image: Resource,
  observed: ObservedState,
  engine: EngineSession,
  signal: AbortSignal,
): Promise<Row> {
  const { tag = "latest" } = splitReference(image.name);
  const [remote, tags] = await Promise.allSettled([
    engine.remote(image, signal),
    engine.tags(image, signal),
  ]);
  signal.throwIfAborted();
  const local = digestsOf(observed.images[image.name] ?? {});
  const current = image.digest === undefined ? local : [image.digest];
  const digest = remote.status === "fulfilled" ? remote.value.digest : undefined;
  const known = digest !== undefined && current.length > 0;
  return {
    ...{ address: image.address, image: image.name, current },
    ...(digest === undefined ? {} : { remote: digest }),
    content: !known ? "unknown" : current.includes(digest) ? "current" : "newer",
    tags: tags.status === "fulfilled" ? laterVersions(tag, tags.value) : [],
    errors: [remote, tags].flatMap((each) =>
      each.status === "rejected" ? [told(each.reason)] : [],
    ),
  };
}
