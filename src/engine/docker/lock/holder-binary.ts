import { pack } from "tar-stream";

/*
 * The program of a lock's container. It reads its standard input and ends with it: so it lives for
 * as long as the one who holds the other end. 150 bytes, without a library, since an engine may
 * have no image at all and no registry within reach.
 */

interface Machine {
  /** `e_machine` of the ELF header. */
  readonly elf: number;
  readonly code: readonly number[];
}

/** Little-endian 32-bit instructions. */
const words = (...all: readonly number[]): number[] =>
  all.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]);

/**
 * By the engine's name of the architecture: `do n = read(0, below the stack, 256); while (n > 0);
 * exit(0)`.
 */
const MACHINES: Readonly<Record<string, Machine>> = {
  amd64: {
    elf: 62,
    code: [
      ...[0x31, 0xff], // xor edi, edi
      ...[0x48, 0x8d, 0xb4, 0x24, 0x00, 0xff, 0xff, 0xff], // lea rsi, [rsp - 256]
      ...[0xba, 0x00, 0x01, 0x00, 0x00], // mov edx, 256
      ...[0x31, 0xc0], // xor eax, eax (read)
      ...[0x0f, 0x05], // syscall
      ...[0x48, 0x85, 0xc0], // test rax, rax
      ...[0x7f, 0xe8], // jg to the beginning
      ...[0xb8, 0x3c, 0x00, 0x00, 0x00], // mov eax, 60 (exit)
      ...[0x31, 0xff], // xor edi, edi
      ...[0x0f, 0x05], // syscall
    ],
  },
  arm64: {
    elf: 183,
    code: words(
      0xd2800000, // mov x0, 0
      0xd10403e1, // sub x1, sp, 256
      0xd2802002, // mov x2, 256
      0xd28007e8, // mov x8, 63 (read)
      0xd4000001, // svc 0
      0xf100001f, // cmp x0, 0
      0x54ffff4c, // b.gt to the beginning
      0xd2800000, // mov x0, 0
      0xd2800ba8, // mov x8, 93 (exit)
      0xd4000001, // svc 0
    ),
  },
  riscv64: {
    elf: 243,
    code: words(
      0x00000513, // li a0, 0
      0xf0010593, // addi a1, sp, -256
      0x10000613, // li a2, 256
      0x03f00893, // li a7, 63 (read)
      0x00000073, // ecall
      0xfea046e3, // bgtz a0, to the beginning
      0x00000513, // li a0, 0
      0x05d00893, // li a7, 93 (exit)
      0x00000073, // ecall
    ),
  },
};

export const ARCHITECTURES: readonly string[] = Object.keys(MACHINES);

const HEADERS = 64 + 56;
const BASE = 0x400000n;

/**
 * A static executable of one segment (System V ABI, "Object Files"); `undefined` for an unsupported
 * architecture.
 */
export function holderProgram(architecture: string): Buffer | undefined {
  const machine = MACHINES[architecture];
  if (!machine) return undefined;
  const file = Buffer.alloc(HEADERS + machine.code.length);
  const size = BigInt(file.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian, version 1
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(machine.elf, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE + BigInt(HEADERS), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56); // one of them
  file.writeUInt32LE(1, 64); // to be loaded
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BASE, 80);
  file.writeBigUInt64LE(BASE, 88);
  file.writeBigUInt64LE(size, 96);
  file.writeBigUInt64LE(size, 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(machine.code, HEADERS);
  return file;
}

/** The image's single layer. */
export async function layer(program: Buffer): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: "hold", mode: 0o555, mtime: new Date(0) }, program);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
