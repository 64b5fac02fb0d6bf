// A busybox of this machine that needs no library: the one program with which a sample can be run for real, offline.
import { readFile } from 'node:fs/promises';

const PLACES = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static', '/sbin/busybox'];
const MAX_BYTES = 16 * 1024 * 1024;

const ELF_64_LITTLE = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const PROGRAM_HEADERS_AT = 0x20;
const HEADER_SIZE_AT = 0x36;
const HEADER_COUNT_AT = 0x38;
/** A program header that names a dynamic loader. */
const PT_INTERP = 3;

/** undefined where there is none. */
export async function findStaticBusybox(): Promise<Uint8Array | undefined> {
  for (const place of PLACES) {
    const data = await readFile(place).catch(() => undefined);
    if (data && data.length <= MAX_BYTES && isStatic(data)) return data;
  }
  return undefined;
}

/** An ELF file (64 bits, little-endian) that asks for no loader. */
export function isStatic(data: Buffer): boolean {
  if (data.length < 64 || data.compare(ELF_64_LITTLE, 0, 6, 0, 6) !== 0) return false;
  const start = Number(data.readBigUInt64LE(PROGRAM_HEADERS_AT));
  const size = data.readUInt16LE(HEADER_SIZE_AT);
  const count = data.readUInt16LE(HEADER_COUNT_AT);
  if (start + size * count > data.length) return false;
  return !Array.from({ length: count }, (_, at) => data.readUInt32LE(start + at * size)).includes(PT_INTERP);
}
