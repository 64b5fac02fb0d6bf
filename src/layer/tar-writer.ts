// Writes tars byte for byte the same for the same entries: ustar headers, PAX records only where ustar has no room,
// sorted, no access times. Names are raw bytes.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { EntryType } from './entry.ts';
import { BLOCK_BYTES, paddedBytes } from './tar-fields.ts';

export interface TarHeader {
  /** Raw path bytes without leading slash; directories need no trailing one. */
  readonly path: Uint8Array;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Content bytes of a regular file. */
  readonly sizeBytes?: number;
  readonly mtimeSeconds?: number;
  readonly mtimeNanos?: number;
  readonly linkname?: Uint8Array;
  readonly devMajor?: number;
  readonly devMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

export interface TarMember {
  readonly header: TarHeader;
  /** Exactly `sizeBytes` bytes. */
  readonly body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const TYPEFLAGS: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  dir: '5',
  fifo: '6',
};
const END_BLOCKS = 2;
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;

/** The bytes of a whole tar. Throws `size-mismatch` when a body is not as long as its header says. */
export async function* writeTar(
  members: AsyncIterable<TarMember> | Iterable<TarMember>,
): AsyncGenerator<Uint8Array> {
  for await (const { header, body } of members) {
    yield encodeHeader(header);
    const size = header.sizeBytes ?? 0;
    let written = 0;
    for await (const chunk of body ?? []) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== size) {
      throw new PhylloError(
        'size-mismatch',
        `write ${safeBytes(header.path)}: it has ${written} bytes instead of ${size}`,
      );
    }
    if (paddedBytes(size) > size) yield new Uint8Array(paddedBytes(size) - size);
  }
  yield new Uint8Array(END_BLOCKS * BLOCK_BYTES);
}

/** The header block, with a PAX header in front where needed. */
export function encodeHeader(header: TarHeader): Uint8Array {
  const path =
    header.type === 'dir' ? Buffer.concat([header.path, Buffer.from('/')]) : Buffer.from(header.path);
  const split = splitName(path);
  const records = paxRecords(header, split === undefined ? path : undefined);
  const block = encodeBlock(
    header,
    split ?? { prefix: Buffer.alloc(0), name: path.subarray(0, 100) },
    TYPEFLAGS[header.type],
  );
  if (records.length === 0) return block;
  const body = Buffer.concat(records);
  const name = Buffer.concat([Buffer.from('PaxHeaders.0/'), basename(header.path)]).subarray(0, 100);
  const extended = { path: name, type: 'file', mode: 0o644, sizeBytes: body.length } as const;
  const padding = Buffer.alloc(paddedBytes(body.length) - body.length);
  return Buffer.concat([encodeBlock(extended, { prefix: Buffer.alloc(0), name }, 'x'), body, padding, block]);
}

function basename(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(0x2f) + 1);
}

interface SplitName {
  readonly prefix: Uint8Array;
  readonly name: Uint8Array;
}

/** ustar's two name fields; undefined when the path does not fit. */
function splitName(path: Uint8Array): SplitName | undefined {
  if (path.length <= 100) return { prefix: new Uint8Array(0), name: path };
  for (
    let slash = path.indexOf(0x2f, path.length - 101);
    slash > 0 && slash <= 155;
    slash = path.indexOf(0x2f, slash + 1)
  ) {
    if (slash < path.length - 1) return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
  }
  return undefined;
}

function paxRecords(header: TarHeader, longPath: Uint8Array | undefined): Uint8Array[] {
  const records = new Map<string, Uint8Array>();
  const text = (key: string, value: string | number): unknown => records.set(key, Buffer.from(String(value)));
  if (longPath) records.set('path', longPath);
  if ((header.linkname?.length ?? 0) > 100) records.set('linkpath', header.linkname!);
  if ((header.sizeBytes ?? 0) > MAX_OCTAL_11) text('size', header.sizeBytes!);
  if ((header.uid ?? 0) > MAX_OCTAL_7) text('uid', header.uid!);
  if ((header.gid ?? 0) > MAX_OCTAL_7) text('gid', header.gid!);
  const time = header.mtimeSeconds ?? 0;
  if (header.mtimeNanos || time < 0 || time > MAX_OCTAL_11)
    text('mtime', paxTimeText(time, header.mtimeNanos ?? 0));
  for (const [name, value] of header.xattrs ?? []) records.set(`SCHILY.xattr.${name}`, value);
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => paxRecord(key, value));
}

/** Negative times count nanoseconds away from zero in the text, towards the future in the entry. */
function paxTimeText(seconds: number, nanos: number): string {
  if (nanos === 0) return String(seconds);
  const [whole, fraction] = seconds < 0 ? [seconds + 1, 1_000_000_000 - nanos] : [seconds, nanos];
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${seconds < 0 && whole === 0 ? '-0' : whole}.${digits}`;
}

/** The length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + String(rest.length).length;
  if (String(length).length !== String(rest.length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function encodeBlock(header: TarHeader, { prefix, name }: SplitName, typeflag: string): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(name, 0);
  octal(block, 100, 8, header.mode & 0o7777);
  octal(block, 108, 8, header.uid ?? 0);
  octal(block, 116, 8, header.gid ?? 0);
  octal(block, 124, 12, header.sizeBytes ?? 0);
  octal(block, 136, 12, Math.max(0, header.mtimeSeconds ?? 0));
  block.write(typeflag, 156, 'latin1');
  block.set((header.linkname ?? new Uint8Array(0)).subarray(0, 100), 157);
  block.write('ustar\x0000', 257, 'latin1');
  if (header.type === 'char' || header.type === 'block') {
    octal(block, 329, 8, header.devMajor ?? 0);
    octal(block, 337, 8, header.devMinor ?? 0);
  }
  block.set(prefix, 345);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A value that does not fit is 0 here and in the PAX header in full. */
function octal(block: Buffer, at: number, length: number, value: number): void {
  const fits = value <= (length === 8 ? MAX_OCTAL_7 : MAX_OCTAL_11);
  block.write((fits ? value : 0).toString(8).padStart(length - 1, '0'), at, 'latin1');
}
