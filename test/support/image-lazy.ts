// Layers whose files can be fetched one by one, as eStargz and zstd:chunked have them, made in code.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readAll } from '../../src/lib/streams.ts';
import type { TarEntry } from '../../src/layer/entry.ts';
import { TarParser } from '../../src/layer/tar-parser.ts';
import { encodeHeader } from '../../src/layer/tar-writer.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { ociLayerType } from '../../src/oci/media-types.ts';
import { type Layer, tarOf } from '../layer/apply-fixtures.ts';
import type { BuiltLayer } from './image-build.ts';

export interface LazyOptions {
  /** Default: files are one chunk. */
  readonly chunkBytes?: number;
  /** Changes the table before it is written; its digest is that of what is written. */
  readonly forge?: (toc: Toc) => unknown;
  /** Replaces annotations. */
  readonly annotations?: (made: Record<string, string>) => Record<string, string>;
}

export interface Toc {
  version: number;
  entries: Record<string, unknown>[];
}

const BLOCK = 512;
const END_BYTES = 2 * BLOCK;
const TYPES = { file: 'reg' } as Readonly<Record<string, string>>;

export async function estargzLayer(spec: Layer, options: LazyOptions = {}): Promise<BuiltLayer> {
  const whole = await readAll(tarOf(spec), 1e8, 'layer');
  const tar = whole.subarray(0, whole.length - END_BYTES);
  const { blobs, entries } = split(tar, gzipSync, options);
  const offset = Buffer.concat(blobs).length;
  const json = tocJson(entries, options);
  const tail = Buffer.concat([
    encodeHeader({
      path: Buffer.from('stargz.index.json'),
      type: 'file',
      mode: 0o444,
      sizeBytes: json.length,
    }),
    json,
    Buffer.alloc(-json.length & (BLOCK - 1)),
    Buffer.alloc(END_BYTES),
  ]);
  const blob = Buffer.concat([...blobs, gzipSync(tail), footer(offset)]);
  return built(Buffer.concat([tar, tail]), blob, 'gzip', options, {
    'containerd.io/snapshot/stargz/toc.digest': digestOf(json),
  });
}

/** An empty gzip member whose extra field says where the table begins. */
export function footer(offset: number): Buffer {
  const extra = Buffer.from(`SG\x16\0${offset.toString(16).padStart(16, '0')}STARGZ`, 'latin1');
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, extra.length, 0]);
  return Buffer.concat([head, extra, Buffer.from([1, 0, 0, 0xff, 0xff]), Buffer.alloc(8)]);
}

export async function zstdChunkedLayer(spec: Layer, options: LazyOptions = {}): Promise<BuiltLayer> {
  const tar = await readAll(tarOf(spec), 1e8, 'layer');
  const { blobs, entries } = split(tar, zstdCompressSync, options);
  const content = Buffer.concat(blobs);
  const json = tocJson(entries, options);
  const packed = zstdCompressSync(json);
  const numbers = [content.length + 8, packed.length, json.length, 1];
  const end = Buffer.alloc(40, 'GnUlInUx', 'latin1');
  numbers.forEach((number, at) => end.writeBigUInt64LE(BigInt(number), at * 8));
  const blob = Buffer.concat([content, skippable(packed), skippable(end)]);
  const prefix = 'io.github.containers.zstd-chunked.manifest';
  return built(tar, blob, 'zstd', options, {
    [`${prefix}-position`]: numbers.join(':'),
    [`${prefix}-checksum`]: digestOf(packed),
  });
}

function skippable(data: Buffer): Buffer {
  const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

function built(
  tar: Buffer,
  blob: Buffer,
  compression: 'gzip' | 'zstd',
  { annotations = (made) => made }: LazyOptions,
  made: Record<string, string>,
): BuiltLayer {
  const descriptor: Descriptor = {
    mediaType: ociLayerType(compression),
    digest: digestOf(blob),
    size: blob.length,
    annotations: annotations(made),
  };
  return { tar, diffID: digestOf(tar), blob, descriptor };
}

function tocJson(entries: Toc['entries'], { forge = (toc) => toc }: LazyOptions): Buffer {
  return Buffer.from(JSON.stringify(forge({ version: 1, entries })));
}

/** Everything between contents is a member of its own, and so is every chunk. */
function split(
  tar: Buffer,
  compress: (data: Buffer) => Buffer,
  { chunkBytes = Infinity }: LazyOptions,
): { blobs: Buffer[]; entries: Toc['entries'] } {
  const found: TarEntry[] = [];
  new TarParser({ entry: (entry) => found.push(entry) }).write(tar);
  const blobs: Buffer[] = [];
  const entries: Toc['entries'] = [];
  let size = 0;
  const add = (data: Buffer): number => {
    const packed = compress(data);
    blobs.push(packed);
    size += packed.length;
    return size - packed.length;
  };
  let at = 0;
  for (const entry of found) {
    entries.push(tocEntry(entry));
    if (entry.sizeBytes === 0) continue;
    add(tar.subarray(at, entry.dataOffset));
    at = entry.dataOffset + entry.sizeBytes;
    entries.push(...chunksOf(tar.subarray(entry.dataOffset, at), entries.pop()!, chunkBytes, add));
  }
  add(tar.subarray(at));
  return { blobs, entries };
}

function chunksOf(
  body: Buffer,
  entry: Record<string, unknown>,
  chunkBytes: number,
  add: (data: Buffer) => number,
): Toc['entries'] {
  const made: Toc['entries'] = [];
  const length = Math.min(chunkBytes, body.length);
  for (let chunkOffset = 0; chunkOffset < body.length; chunkOffset += length) {
    const part = body.subarray(chunkOffset, chunkOffset + length);
    const isLast = chunkOffset + length >= body.length;
    made.push({
      ...(chunkOffset === 0 ? { ...entry, digest: digestOf(body) } : { type: 'chunk', name: entry['name'] }),
      offset: add(part),
      ...(chunkOffset > 0 && { chunkOffset }),
      ...(!isLast && { chunkSize: length }),
      chunkDigest: digestOf(part),
    });
  }
  return made;
}

function tocEntry(entry: TarEntry): Record<string, unknown> {
  const { type, mode, uid, gid, sizeBytes, mtimeSeconds, devMajor, devMinor, xattrs } = entry;
  const link = Buffer.from(entry.linkname).toString();
  return {
    name: `${Buffer.from(entry.path).toString()}${type === 'dir' ? '/' : ''}`,
    type: TYPES[type] ?? type,
    mode,
    uid,
    gid,
    ...(type === 'file' && { size: sizeBytes }),
    modtime: new Date(mtimeSeconds * 1000).toISOString().replace('.000', ''),
    ...(link !== '' && { linkName: link }),
    ...(type === 'char' || type === 'block' ? { devMajor, devMinor } : {}),
    ...(xattrs && {
      xattrs: Object.fromEntries(
        Array.from(xattrs, ([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    }),
  };
}
