import { bytesOf, isBinary } from "../../attributes/values/binary-text.ts";

const BLOCK = 512;

/**
 * Pax header for a tar entry with names that are not valid UTF-8; it holds them as bytes
 * (POSIX.1-2001, "pax Header Block"). Empty if none is needed.
 * @param names bytes as text (`attributes/bytes.ts`)
 */
export function foreignNames(names: { readonly path: string; readonly link?: string }): Buffer {
  const told = { path: names.path, linkpath: names.link ?? "" };
  const records = Object.entries(told).flatMap(([key, name]) =>
    isBinary(name) ? [record(key, bytesOf(name))] : [],
  );
  if (records.length === 0) return Buffer.alloc(0);
  const body = Buffer.concat(records);
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  return Buffer.concat([header(body.length), body, padding]);
}

/** A pax record, `LENGTH KEY=VALUE\n`; the length includes its own digits. */
function record(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  while (length !== rest.length + String(length).length)
    length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Header block of the pax entry: POSIX.1-1988 (ustar). */
function header(size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write("PaxHeader", 0);
  block.write(octal(0o644, 7), 100);
  for (const owner of [108, 116]) block.write(octal(0, 7), owner);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write("        x", 148);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
