// The smallest program there is, for trying out whether a container can run at all: it needs no library and ends at once.

/** Its exit code, which nothing else on the way gives. */
export const PROBE_EXIT_CODE = 42;

/** exit(42) in machine code; undefined for a processor that we have none for. */
const CODE: Readonly<Record<string, { readonly machine: number; readonly text: readonly number[] }>> = {
  // mov edi, 42; mov eax, 60; syscall
  x64: { machine: 62, text: [0xbf, 0x2a, 0, 0, 0, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05] },
  // mov x0, 42; mov x8, 93; svc 0
  arm64: { machine: 183, text: [0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4] },
};

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const ADDRESS = 0x400000n;

/** A static ELF file; `architecture` as Node names it. */
export function probeProgram(architecture: string): Uint8Array | undefined {
  const code = CODE[architecture];
  if (code === undefined) return undefined;
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const file = Buffer.alloc(start + code.text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(code.machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(ADDRESS + BigInt(start), 24);
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(SEGMENT_BYTES, 54);
  file.writeUInt16LE(1, 56);
  segment(file.subarray(HEADER_BYTES), file.length);
  file.set(code.text, start);
  return file;
}

/** One that is loaded whole, to be read and executed. */
function segment(at: Buffer, length: number): void {
  at.writeUInt32LE(1, 0);
  at.writeUInt32LE(5, 4);
  at.writeBigUInt64LE(ADDRESS, 16);
  at.writeBigUInt64LE(ADDRESS, 24);
  at.writeBigUInt64LE(BigInt(length), 32);
  at.writeBigUInt64LE(BigInt(length), 40);
  at.writeBigUInt64LE(0x1000n, 48);
}
