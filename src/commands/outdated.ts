import { digestsOf } from "../attributes/names.ts";
import { splitReference } from "../attributes/reference.ts";
import { laterVersions } from "../attributes/versions.ts";
import type { Installation } from "../engine/engine.ts";
import { lockable } from "../language/pins.ts";
import type { Observed } from "../model/observed.ts";
import type { Resource } from "../model/stack.ts";
import { safe } from "../render/safe.ts";
import { tableText } from "../render/table.ts";
import type { Run } from "./command.ts";
import { withEngine } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { engineFlags, loadInput } from "./inputs.ts";

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
  /** The latest first. */
  readonly tags: readonly string[];
  readonly errors: readonly string[];
}

export const run: Run = async (given, around) => {
  const { stack, secrets } = await loadInput(given, around);
  const { signal } = around.interrupts;
  const rows = await withEngine(engineFlags(given), around, async (engine) => {
    const observed = await engine.observe(stack, secrets, signal);
    return Promise.all(lockable(stack).map((image) => rowOf(image, observed, engine, signal)));
  });
  const outdated = rows.filter(({ content, tags }) => content === "newer" || tags.length > 0);
  const failed = rows.flatMap(({ image, errors }) => errors.map((error) => ({ image, error })));
  if (given.text("format") === "json") {
    around.out(`${JSON.stringify({ format: FORMAT, stack: stack.name, images: rows }, null, 2)}\n`);
  } else if (outdated.length > 0) {
    const cells = outdated.map(({ image, content, tags }) => [image, content, brief(tags)]);
    around.out(tableText(TITLES, cells, around.paintOut.strong));
  } else if (failed.length === 0) around.out("No registry has anything newer.\n");
  else around.out("Nothing newer, as far as the registries have answered.\n");
  for (const { image, error } of failed)
    around.err(`${around.paintErr.warn("warning:")} ${safe(image)}: ${safe(error)}\n`);
  if (outdated.length > 0) return EXIT.pending;
  return failed.length > 0 ? EXIT.failed : EXIT.done;
};

const brief = (tags: readonly string[]): string =>
  tags.slice(0, SHOWN).join(", ") + (tags.length > SHOWN ? `, … ${tags.length - SHOWN} more` : "");

/** Nobody else tells the hint: that one registry does not answer ends nothing. */
function told(error: unknown): string {
  const { message, hint } = error as Error & { readonly hint?: string };
  return hint === undefined ? message : `${message} (${hint})`;
}

async function rowOf(
  image: Resource,
  observed: Observed,
  engine: Installation,
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
