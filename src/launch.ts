import type { Script } from "node:vm";
import { EXIT } from "./cli/host/exit-codes.ts";
import { readOwn, replaceFile } from "./cli/host/owned-files.ts";

/*
 * dist/main.js: runs the program beside it, dist/stack.js, a script that is one function, with V8's
 * code cache. A command is over before most of its code is optimised: what it does longest is to
 * compile, and nearly all functions are compiled when they are first called. Node's own compile
 * cache holds what is compiled before that, this one what a run has come to.
 *
 * This is a module, where an import evaluates all of a built-in module, some 2 ms of node:fs alone,
 * and comes before the look at Node's version: hence `getBuiltinModule`.
 */

/** Put in by the build: a digest of the program. */
declare const __BUILD__: string;

/** @param folder what is kept between the runs of this build; it may not be there */
type Program = (require: typeof process.getBuiltinModule, folder: string) => void;

/** Code that V8 runs as it is, so it has to be ours: checked against a crash, and by its owner. */
interface Cache {
  readonly file: string;
  readonly code: Buffer | undefined;
  /** How many runs have added to it what they called. */
  readonly rounds: number;
  /** Enough runs have, and the last of them not long ago. */
  readonly ripe: boolean;
}

/** A checksum of all that follows, and the rounds, as 32 bits each. */
const HEADER = 8;
/** The second plan of a stack calls what the first did not, and so does a plan with changes. */
const ROUNDS = 4;
const DAY = 86_400_000;
const MONTH = 30 * DAY;
/** Seconds. V8 drops the code of functions that rest, so a long run would make the cache poorer. */
const LONG = 20;

function launch(): void {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const filename = `${import.meta.dirname}/stack.js`;
  const cache = load(cacheFile());
  const script = new Script(readFileSync(filename, "latin1"), {
    filename,
    ...(cache.code ? { cachedData: cache.code } : {}),
  });
  const known = cache.code !== undefined && script.cachedDataRejected === false;
  // At a natural end only: who interrupts a run does not wait for this.
  if (!(known && cache.ripe))
    process.once("beforeExit", () => {
      if (known && process.uptime() > LONG) return;
      save(cache.file, script, known ? cache.rounds + 1 : 1);
    });
  (script.runInThisContext() as Program)(process.getBuiltinModule, above(cache.file));
}

/** One for each command, so that a short one does not load what only a long one calls. */
function cacheFile(): string {
  const { env, argv, arch, versions } = process;
  const home = process.getBuiltinModule("node:os").homedir();
  const folder = `${env.XDG_CACHE_HOME || `${home}/.cache`}/stackwright`;
  const command = /^[a-z]{2,12}$/.exec(argv[2] ?? "")?.[0] ?? "stack";
  return `${folder}/${__BUILD__}-${versions.v8}-${arch}/${command}`;
}

/** Whatever is wrong with it: without a cache all works as well. */
function load(file: string): Cache {
  try {
    const { bytes, mtimeMs } = readOwn(file);
    if (bytes.readUInt32LE(0) !== checksum(bytes)) throw new Error();
    const rounds = bytes.readUInt32LE(4);
    const ripe = rounds >= ROUNDS && Date.now() - mtimeMs < DAY;
    return { file, code: bytes.subarray(HEADER), rounds, ripe };
  } catch {
    return { file, code: undefined, rounds: 0, ripe: false };
  }
}

const checksum = (bytes: Buffer): number =>
  process.getBuiltinModule("node:zlib").crc32(bytes.subarray(4));

/** Best effort: a full disk or a read-only home only makes the next run slower. */
function save(file: string, script: Script, rounds: number): void {
  const { existsSync, mkdirSync } = process.getBuiltinModule("node:fs");
  try {
    const code = script.createCachedData();
    const bytes = Buffer.concat([Buffer.alloc(HEADER), code]);
    bytes.writeUInt32LE(rounds, 4);
    bytes.writeUInt32LE(checksum(bytes), 0);
    const folder = above(file);
    // Not `recursive`, which runs for ever where a folder cannot be made, as in /proc.
    const missing = [folder, above(folder), above(above(folder))].filter(
      (each) => !existsSync(each),
    );
    for (const each of missing.reverse()) mkdirSync(each, { mode: 0o700 });
    if (missing.length > 0) sweep(folder);
    replaceFile(file, bytes, 0o600);
  } catch {
    // As without a cache.
  }
}

const above = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** What other builds have left, once they are not used any more. */
function sweep(folder: string): void {
  const { readdirSync, rmSync, statSync } = process.getBuiltinModule("node:fs");
  for (const name of readdirSync(above(folder))) {
    const path = `${above(folder)}/${name}`;
    if (path !== folder && Date.now() - statSync(path).mtimeMs > MONTH)
      rmSync(path, { recursive: true, force: true });
  }
}

/** As `engines` in package.json says. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `error: stack needs Node 22.13 or later; this is ${process.versions.node}\n` +
      "  Install a current LTS version of Node.js: https://nodejs.org/en/download\n",
  );
  process.exitCode = EXIT.failed;
} else launch();
