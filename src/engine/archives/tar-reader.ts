import type { FileHandle } from "node:fs/promises";

/* Reads the entries of a tar archive without its large contents: those of a plain one are passed over. */

const BLOCK = 512;
/**
 * Size limit for JSON documents, in bytes. Documents of images are far smaller; layers are larger.
 */
const LARGEST = 4 << 20;

/** The file is damaged, or not an archive of the expected format. */
export class BadArchive extends Error {
  override readonly name = "BadArchive";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Reads bytes in sequence. A result shorter than requested means the end of the file. */
interface Source {
  read(length: number): Promise<Buffer>;
  skip(length: number): Promise<void>;
  /** True if skipping went past the end of the file. */
  cut(): boolean;
}

export interface Entry {
  readonly name: string;
  readonly isFile: boolean;
  readonly size: number;
  /** The content, if it may be JSON or YAML. */
  readonly text?: string;
}

/** @throws BadArchive */
export async function entriesOf(handle: FileHandle): Promise<readonly Entry[]> {
  const compressed = compressionOf((await handle.read(Buffer.alloc(6), 0, 6, 0)).buffer);
  if (compressed === "other")
    throw new BadArchive(
      "it is compressed in a way that stack does not read",
      "Use tar or tar.gz.",
    );
  const source =
    compressed === "gzip" ? await unzipped(handle) : plain(handle, (await handle.stat()).size);
  const entries: Entry[] = [];
  let long: string | undefined;
  for (;;) {
    const block = await source.read(BLOCK);
    if (block.length === 0 || block.every((byte) => byte === 0)) break;
    const { name, size, type } = headerOf(block);
    const special = type === "x" || type === "L";
    if (special && size > LARGEST) throw new BadArchive("a name in it is longer than 4 MiB");
    const content =
      special || (isFile(type) && size <= LARGEST) ? await source.read(size) : undefined;
    if (content && content.length < size) throw new BadArchive("it ends in the middle of an entry");
    await source.skip((content ? 0 : size) + ((BLOCK - (size % BLOCK)) % BLOCK));
    if (content && special) long = nameIn(type, content) ?? long;
    else if (type !== "g") {
      const isDocument =
        content && (name.endsWith(".yaml") || /^[[{]/.test(content.toString("latin1", 0, 1)));
      const more = isDocument ? { text: content.toString() } : {};
      entries.push({ name: clean(long ?? name), isFile: isFile(type), size, ...more });
      long = undefined;
    }
  }
  if (source.cut()) throw new BadArchive("it ends in the middle of an entry");
  if (entries.length === 0) throw new BadArchive("it is empty");
  return entries;
}

/** True if a file begins as a tar archive does, compressed or not. */
export async function isTar(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
  if (compressionOf(buffer) !== "none") return true;
  try {
    headerOf(buffer.subarray(0, bytesRead));
    return true;
  } catch {
    return false;
  }
}

export const clean = (name: string): string => name.replace(/^(\.?\/)+/, "").replace(/\/$/, "");
const isFile = (type: string): boolean => type === "0" || type === "\0" || type === "7";

export function compressionOf(head: Buffer): "none" | "gzip" | "other" {
  const is = (hex: string) => head.toString("hex").startsWith(hex);
  if (is("1f8b")) return "gzip";
  // bzip2, xz, zstd.
  return is("425a68") || is("fd377a585a") || is("28b52ffd") ? "other" : "none";
}

/**
 * Parses a header block: POSIX.1-1988 (ustar), "tar Interchange Format"; base-256 sizes as of GNU
 * tar.
 */
function headerOf(block: Buffer) {
  const field = (from: number, length: number) =>
    block.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  const octal = (from: number, length: number) =>
    Number.parseInt(field(from, length).trim() || "0", 8);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (block.length < BLOCK || octal(148, 8) !== sum)
    throw new BadArchive("it is not a tar archive");
  const large = ((block[124] ?? 0) & 0x80) !== 0;
  const size = large ? Number(block.readBigUInt64BE(128)) : octal(124, 12);
  const prefix = field(257, 5) === "ustar" ? field(345, 155) : "";
  return {
    name: prefix ? `${prefix}/${field(0, 100)}` : field(0, 100),
    size,
    type: String.fromCharCode(block[156] ?? 0),
  };
}

/** The name in a GNU entry or a pax header (POSIX.1-2001). */
function nameIn(type: string, content: Buffer): string | undefined {
  if (type === "L") return content.toString().replace(/\0+$/, "");
  return /^\d+ path=(.*)$/m.exec(content.toString())?.[1];
}

function plain(handle: FileHandle, size: number): Source {
  let position = 0;
  return {
    async read(length) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      position += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
    async skip(length) {
      position += length;
    },
    cut: () => position > size,
  };
}

async function unzipped(handle: FileHandle): Promise<Source> {
  const { createGunzip } = await import("node:zlib");
  const parts = handle.createReadStream({ start: 0, autoClose: false }).pipe(createGunzip());
  const chunks = parts[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  let missing = false;
  const take = async (length: number, keep: boolean) => {
    const kept: Buffer[] = [];
    for (let open = length; open > 0; ) {
      if (rest.length === 0) {
        const next = await chunks.next().catch((error: Error) => {
          throw new BadArchive(`its compression is broken: ${error.message}`);
        });
        missing ||= next.done === true && !keep;
        if (next.done) break;
        rest = next.value;
      }
      const part = rest.subarray(0, open);
      rest = rest.subarray(part.length);
      open -= part.length;
      if (keep) kept.push(part);
    }
    return Buffer.concat(kept);
  };
  return {
    read: (length) => take(length, true),
    async skip(length) {
      await take(length, false);
    },
    cut: () => missing,
  };
}
