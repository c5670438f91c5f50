import { statSync } from "node:fs";
import type { Loaded, Sources } from "../../language/load.ts";
import { isAbsence } from "../../system/file-errors.ts";
import { readIf, readOwn, replaceFile } from "../host/owned-files.ts";

/*
 * What the files of a stack came to is kept for the next run that reads the same: to parse and judge
 * them takes a third of a plan that changes nothing. Only the files' meaning is kept, never anything
 * of an engine.
 *
 * A record says in clear which files and variables of the environment the load asked for. The rest is
 * encrypted with a key made of all that it was told, the absences too. So the record opens only where
 * every answer is the same, to the byte, and tells nothing to who has not got the files.
 */

/** What a load asked for, in order, and was told; `undefined`: there is no such file or variable. */
interface Asked {
  readonly files: Map<string, Uint8Array | undefined>;
  readonly env: Map<string, string | undefined>;
}

/** Each stack has its slot; a stack of the same slot takes it over, so that nothing piles up. */
const SLOTS = 64;
/** Bytes. */
const LARGEST = 2 ** 20;
const CIPHER = "aes-256-gcm";
const IV = 12;
const TAG = 16;
const LINE = 10;

/**
 * As `load`, without loading what was loaded before.
 * @param folder of ours; `undefined`: nothing is kept
 */
export async function loadKept(
  sources: Sources,
  folder: string | undefined,
  load: (sources: Sources) => Promise<Loaded>,
): Promise<Loaded> {
  if (folder === undefined) return load(sources);
  const slot = sha256(framed(sources)).readUInt32LE() % SLOTS;
  const record = `${folder}/files-${slot}`;
  const known = opened(record, sources);
  if (known) return known;
  const { watched, asked } = watching(sources);
  const loaded = await load(watched);
  const told = asked();
  if (told && mayBeKept(loaded)) keep(record, sources, told, loaded);
  return loaded;
}

/** The same sources; `asked` gives `undefined` if something was asked that a record cannot repeat. */
function watching(sources: Sources) {
  const files: Asked["files"] = new Map();
  const env: Asked["env"] = new Map();
  let repeatable = true;
  const ask = (name: string | symbol) => {
    if (typeof name === "string") env.set(name, sources.env[name]);
  };
  const watched: Sources = {
    ...sources,
    read(path) {
      // Standard input has one reader; a failure is no answer.
      if (path === "-" || path.endsWith("/-")) repeatable = false;
      try {
        const bytes = sources.read(path);
        // It was written meanwhile, and only one of the answers would be held against the next run.
        if (files.has(path) && !isSame(files.get(path), bytes)) repeatable = false;
        files.set(path, bytes);
        return bytes;
      } catch (error) {
        repeatable = false;
        throw error;
      }
    },
    env: new Proxy(sources.env, {
      get(all, name) {
        ask(name);
        return Reflect.get(all, name);
      },
      has(all, name) {
        ask(name);
        return Reflect.has(all, name);
      },
      getOwnPropertyDescriptor(all, name) {
        ask(name);
        return Reflect.getOwnPropertyDescriptor(all, name);
      },
      ownKeys(all) {
        repeatable = false;
        return Reflect.ownKeys(all);
      },
    }),
  };
  return { watched, asked: (): Asked | undefined => (repeatable ? { files, env } : undefined) };
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one && other ? Buffer.compare(one, other) === 0 : one === other;
}

/** Mistakes are told anew each time, and what is sensitive is written nowhere. */
function mayBeKept({ stack, diagnostics, secrets, commands }: Loaded): boolean {
  const hidden = secrets.size + commands.length;
  return stack !== undefined && diagnostics.length === 0 && hidden === 0;
}

/** Best effort: without a record the next run is slower. */
function keep(record: string, sources: Sources, asked: Asked, loaded: Loaded): void {
  const { createCipheriv, randomBytes } = process.getBuiltinModule("node:crypto");
  const { stack, document, given: args, texts } = loaded;
  const clear = JSON.stringify([stack, document, args, [...texts]]);
  if (clear.length > LARGEST) return;
  const iv = randomBytes(IV);
  const cipher = createCipheriv(CIPHER, keyOf(sources, asked), iv, { authTagLength: TAG });
  const body = [cipher.update(clear, "utf8"), cipher.final()];
  const head = `${JSON.stringify([[...asked.files.keys()], [...asked.env.keys()]])}\n`;
  try {
    if (![...asked.files].every(([path, bytes]) => !bytes || statSync(path).isFile())) return;
    const parts = [Buffer.from(head), iv, cipher.getAuthTag(), ...body];
    replaceFile(record, Buffer.concat(parts), 0o600);
  } catch {
    // A full disk, a home that is read-only, a file that has gone.
  }
}

/** Whatever is wrong with a record, the files are loaded. */
function opened(record: string, sources: Sources): Loaded | undefined {
  const { createDecipheriv } = process.getBuiltinModule("node:crypto");
  try {
    const { bytes } = readOwn(record);
    const head = bytes.indexOf(LINE);
    const [paths, names] = JSON.parse(bytes.toString("utf8", 0, head)) as [string[], string[]];
    const asked: Asked = {
      files: new Map(paths.map((path) => [path, readRegular(path)])),
      env: new Map(names.map((name) => [name, sources.env[name]])),
    };
    const iv = bytes.subarray(head + 1, head + 1 + IV);
    const tag = bytes.subarray(head + 1 + IV, head + 1 + IV + TAG);
    const how = { authTagLength: TAG };
    const decipher = createDecipheriv(CIPHER, keyOf(sources, asked), iv, how).setAuthTag(tag);
    const body = decipher.update(bytes.subarray(head + 1 + IV + TAG));
    const clear = Buffer.concat([body, decipher.final()]).toString();
    const [stack, document, args, texts] = JSON.parse(clear);
    return {
      ...{ stack, document, given: args, texts: new Map(texts) },
      ...{ secrets: new Map(), commands: [], diagnostics: [] },
    };
  } catch {
    return undefined;
  }
}

/**
 * To read a pipe takes what is meant for somebody else.
 * @throws for all but a file, or none
 */
function readRegular(path: string): Uint8Array | undefined {
  try {
    return readIf(path, (stats) => stats.isFile()).bytes;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function keyOf(sources: Sources, { files, env }: Asked): Buffer {
  const contents = [...files].flatMap(([path, bytes]) => [
    JSON.stringify([path, bytes?.length ?? null]),
    bytes ?? "",
  ]);
  return sha256(framed(sources), JSON.stringify([...env]), ...contents);
}

/** What the command line says of the files. */
function framed(sources: Sources): string {
  const { read: _, env: __, ...said } = sources;
  return JSON.stringify(said);
}

function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
