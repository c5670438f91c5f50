import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { stringify } from "yaml";
import { digestsOf } from "../../../attributes/image/digests.ts";
import { splitReference } from "../../../attributes/values/image-reference.ts";
import { number, text } from "../../../attributes/values/json.ts";
import { platformOf } from "../../../attributes/values/platform.ts";
import { copy, packed } from "../../../engine/archives/write-archive.ts";
import type { EngineSession } from "../../../engine/engine.ts";
import { portable } from "../../../language/portable-document.ts";
import { isOpen } from "../../../language/source/paths.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Pin, Pins } from "../../../model/pins.ts";
import type { Resource } from "../../../model/stack.ts";
import { plural, size } from "../../../render/words/quantities.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { Run } from "../../framework/command.ts";
import { meter } from "../../framework/transfer-meter.ts";
import { absolute, type Destination, destination } from "../../host/destination.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags, type Input, loadInput } from "../../inputs/load-stack.ts";
import { lockText } from "../../inputs/lock-file.ts";
import { withEngine } from "../../workflow/with-engine.ts";

/** Their names in the archive, and in the folder where it is unpacked. */
export const STACK_ENTRY = "stack.yaml";
export const LOCK_ENTRY = "stack.lock.yaml";
const HEAD = "# Written by `stack save`: what the stack is, without its sensitive values.\n";

export const run: Run = async (args, host) => {
  const input = await loadInput(args, host);
  const to = destination(args.text("out") ?? `${input.stack.name}.tar`, host);
  if (to.isStdout && host.stdout.isTTY)
    throw new CliError("usage", "an archive is not written to a terminal", "Name a file: --out.");
  const images = input.stack.resources.filter(({ kind }) => kind === "image");
  refuseDigests(images);
  const document = documentOf(input, host);
  const bytes = await withEngine(engineFlags(args), host, async (engine) => {
    const present = await presentImages(images, input, engine, host);
    const pins = pinsOf(present, input.pins, host.now());
    const documents = {
      [STACK_ENTRY]: HEAD + stringify(document, { lineWidth: 100 }),
      [LOCK_ENTRY]: lockText(pins),
    };
    const sources = input.files.map((file) => absolute(file, host));
    return write(to, sources, documents, present, engine, host);
  });
  to.tell(`${to.file}: ${plural(images.length, "image")}, ${size(bytes)}.\n`);
  const needed = Object.keys((document.variables ?? {}) as JsonObject);
  if (needed.length > 0)
    to.tell(
      `To be given where it is applied: ${needed.map((each) => sanitize(each)).join(", ")}.\n`,
    );
  return EXIT.done;
};

type Present = readonly (readonly [Resource, JsonObject])[];

/** A graph driver keeps a digest only as the name of what was pulled by it. */
function refuseDigests(images: readonly Resource[]): void {
  const named = images.filter(({ name }) => splitReference(name).digest !== undefined);
  if (named.length === 0) return;
  const names = named.map(({ name }) => name).join(", ");
  throw new CliError(
    "invalid-stack",
    `an archive cannot keep the name of what is named by digest: ${names}`,
    "Name a tag, and hold it to its content with `stack lock`.",
  );
}

function documentOf({ document, files }: Input, host: CliHost): JsonObject {
  const [first = "-"] = files;
  const folder = isOpen(first) ? host.cwd : dirname(resolve(host.cwd, first));
  return portable(document, (file) => {
    const bytes = host.read(resolve(folder, file.replace(/^~(?=\/)/, host.home)));
    try {
      return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new CliError(
        "invalid-stack",
        `the config file ${file} is no text, and cannot be saved`,
      );
    }
  });
}

/** Each image with the engine's answer about it; all must be there, as asked. */
async function presentImages(
  images: readonly Resource[],
  { stack, secrets }: Input,
  engine: EngineSession,
  host: CliHost,
): Promise<Present> {
  const observed = await engine.observe(stack, secrets, host.interrupts.signal);
  const plan = await host.parts.plan(stack, observed, { secrets, allowDataLoss: [] });
  const due = new Set(plan.changes.map(({ address }) => address));
  const found = images.flatMap((image) => {
    const json = observed.images[image.name];
    return json && !due.has(image.address) ? [[image, json] as const] : [];
  });
  if (found.length === images.length) return found;
  const known = new Set(found.map(([image]) => image));
  const missing = images.filter((image) => !known.has(image)).map(({ name }) => name);
  throw new CliError(
    "not-on-engine",
    `not on the engine as the stack asks for them: ${missing.join(", ")}`,
    "`stack apply` brings them.",
  );
}

/** What each image is, by its digest where it has one, and by its id, since a load loses the digest. */
function pinsOf(images: Present, pins: Pins, now: number): Pins {
  const locked = new Date(now).toISOString().slice(0, 10);
  return Object.fromEntries(
    images.map(([{ name }, json]): [string, Pin] => {
      const id = text(json.Id);
      const [digest = id] = digestsOf(json);
      const pin = pins[name] ?? { digest, platforms: [platformOf(json)], locked };
      return [name, { ...pin, ids: [...new Set([...(pin.ids ?? []), id])] }];
    }),
  );
}

/** Gives the size of the archive. */
async function write(
  to: Destination,
  sources: readonly string[],
  documents: Readonly<Record<string, string>>,
  images: Present,
  engine: EngineSession,
  host: CliHost,
): Promise<number> {
  const { signal } = host.interrupts;
  const total = images.reduce((sum, [, json]) => sum + number(json.Size), 0);
  const names = images.map(([{ name }]) => name);
  const show = meter("saving", total, host);
  try {
    const from =
      names.length > 0 ? await (await engine.images()).save(names, total, signal) : undefined;
    const tar = packed(async (into) => {
      for (const [name, content] of Object.entries(documents)) into.entry({ name }, content);
      if (from) await copy(Readable.from(from), into, () => true, show.more);
    });
    await host.write(to.path, tar, { signal, sources });
  } finally {
    show.end();
  }
  return show.bytes();
}
