// Tars block by block, right ones and wrong ones, and both of our readers on them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TarEntry } from '../../src/layer/entry.ts';
import { expect } from 'vitest';
import { isPhylloError } from '../../src/lib/errors.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { readTarHeaders } from '../../src/layer/tar-positional.ts';

export interface RawHeader {
  /** Texts have one character a byte. */
  readonly name?: string;
  readonly mode?: number | Uint8Array;
  readonly uid?: number | Uint8Array;
  readonly gid?: number | Uint8Array;
  /** Default: that of the body. */
  readonly size?: number | Uint8Array;
  readonly mtime?: number | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly format?: 'ustar' | 'gnu' | 'v7' | 'star';
  readonly prefix?: string;
  readonly device?: readonly [major: number, minor: number];
  readonly body?: string | Uint8Array;
  /** Changes the block before its checksum is made. */
  readonly edit?: (block: Buffer) => void;
  readonly checksum?: 'signed' | 'wrong';
}

const MAGIC = { ustar: 'ustar\x0000', star: 'ustar\x0000', gnu: 'ustar  \0', v7: '' } as const;
export const END = Buffer.alloc(1024);

/** A whole tar of these parts. */
export function tar(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, END]);
}

/** A header with its body and padding. */
export function entry(header: RawHeader): Buffer {
  const body = bytesOf(header.body ?? '');
  return Buffer.concat([headerBlock(header), padded(body)]);
}

export function headerBlock(header: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  const format = header.format ?? 'ustar';
  block.write(header.name ?? 'a', 0, 100, 'latin1');
  number(block, 100, 8, header.mode ?? 0o644);
  number(block, 108, 8, header.uid ?? 0);
  number(block, 116, 8, header.gid ?? 0);
  number(block, 124, 12, header.size ?? bytesOf(header.body ?? '').length);
  number(block, 136, 12, header.mtime ?? 0);
  block.write(header.type ?? '0', 156, 'latin1');
  block.write(header.link ?? '', 157, 100, 'latin1');
  block.write(MAGIC[format], 257, 'latin1');
  if (header.device) {
    number(block, 329, 8, header.device[0]);
    number(block, 337, 8, header.device[1]);
  }
  block.write(header.prefix ?? '', 345, 155, 'latin1');
  if (format === 'star') block.write('tar\0', 508, 'latin1');
  header.edit?.(block);
  return checksummed(block, header.checksum);
}

function checksummed(block: Buffer, how: RawHeader['checksum']): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + (how === 'signed' ? (byte << 24) >> 24 : byte), 0);
  block.write(`${(sum + (how === 'wrong' ? 1 : 0)).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function number(block: Buffer, at: number, length: number, value: number | Uint8Array): void {
  if (typeof value === 'number') block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  else block.set(value, at);
}

/** GNU's binary form, which has room for large and negative numbers. */
export function base256(value: number, length = 12): Buffer {
  const field = Buffer.alloc(length);
  let left = BigInt.asUintN(length * 8, BigInt(value));
  for (let at = length - 1; at >= 0; at--, left >>= 8n) field[at] = Number(left & 0xffn);
  field[0]! |= 0x80;
  return field;
}

export type Records = readonly (readonly [key: string, value: string | Uint8Array])[];

/** A PAX header: for the next entry, or with `g` for all. */
export function pax(
  records: Records | Readonly<Record<string, string>>,
  type: 'x' | 'g' | 'X' = 'x',
): Buffer {
  const list = (Array.isArray(records) ? records : Object.entries(records)) as Records;
  return paxBody(Buffer.concat(list.map(([key, value]) => record(key, value))), type);
}

/** The same with a body of our own. */
export function paxBody(body: string | Uint8Array, type: 'x' | 'g' | 'X' = 'x'): Buffer {
  return entry({ name: 'PaxHeaders/x', type, body });
}

export function record(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), bytesOf(value), Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** GNU's long name (`L`) or long link (`K`). */
export function gnuLong(type: 'L' | 'K', text: string): Buffer {
  return entry({ name: '././@LongLink', type, format: 'gnu', body: `${text}\0` });
}

export function padded(body: Uint8Array): Buffer {
  return Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

// ------------------------------------------------------------------- readers

export interface Reading {
  readonly entries: readonly TarEntry[];
  /** Hex sha256 of each entry's content, where the reader knows it. */
  readonly digests: readonly (string | undefined)[];
  /** What stopped the reader. */
  readonly code?: string;
  readonly message?: string;
}

/** The streaming reader, fed with pieces of `bytes` of these lengths, over and over; whole without any. */
export async function readStream(
  bytes: Uint8Array,
  lengths: readonly number[] = [bytes.length || 1],
): Promise<Reading> {
  const entries: TarEntry[] = [];
  const digests: (string | undefined)[] = [];
  const failure = await failureOf(() =>
    scanLayerStream(pieces(bytes, lengths), {
      hashFiles: true,
      onEntry: (read, digest) => {
        entries.push(read);
        digests.push(digest && Buffer.from(digest).toString('hex'));
      },
    }),
  );
  return { entries, digests, ...failure };
}

export async function* pieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length]!);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The reader that skips bodies, on a tar that lies between other bytes of a file. */
export async function readByPosition(bytes: Uint8Array): Promise<Reading> {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-tar-'));
  try {
    const path = join(folder, 'file');
    const before = Buffer.alloc(700, 'x');
    writeFileSync(path, Buffer.concat([before, bytes, before]));
    const entries: TarEntry[] = [];
    const failure = await failureOf(() =>
      readTarHeaders({ path, offset: before.length, sizeBytes: bytes.length }, (read) => entries.push(read)),
    );
    return { entries, digests: [], ...failure };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Both readers, which have to agree, on a tar that is in order. */
export async function readBoth(bytes: Uint8Array): Promise<readonly TarEntry[]> {
  const stream = await readStream(bytes);
  const position = await readByPosition(bytes);
  expect(stream.message).toBeUndefined();
  expect(position.entries.map(line)).toEqual(stream.entries.map(line));
  expect(position.message).toBeUndefined();
  return stream.entries;
}

/** The one entry of a tar, with names as text. */
export async function readOne(...parts: Uint8Array[]): Promise<Record<string, unknown>> {
  const [only, ...more] = await readBoth(tar(...parts));
  expect(more).toEqual([]);
  return { ...only, path: latin1(only!.path), linkname: latin1(only!.linkname) };
}

/** Only errors of our own are told; any other is a bug and thrown. */
async function failureOf(work: () => unknown): Promise<{ code?: string; message?: string }> {
  try {
    await work();
    return {};
  } catch (error) {
    if (!isPhylloError(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** An entry as text, one line: everything that a reader says about it. */
export function line(read: TarEntry): string {
  const { path, linkname, xattrs, sparse, ...rest } = read;
  return JSON.stringify({
    path: latin1(path),
    linkname: latin1(linkname),
    xattrs: xattrs && [...xattrs].map(([key, value]) => [key, latin1(value)]),
    sparse,
    ...rest,
  });
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
