// From a packed table of contents to a LayerTree and the places of its files' bytes. The tree is what the table says, and the
// table is what the manifest names; that the layer itself holds the same is only known when all of it was read.
import { PhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { type Digest, digestAlgorithm, digestOf } from '../oci/digest.ts';
import type { JsonObject } from '../oci/json.ts';
import { decompressed } from '../layer/compression.ts';
import type { TarEntry } from '../layer/entry.ts';
import { TarParser } from '../layer/tar-parser.ts';
import type { ChunkTable } from '../layer/toc-chunks.ts';
import { readToc } from '../layer/toc-entries.ts';
import type { PackedToc } from '../layer/toc-place.ts';
import { LayerTreeBuilder } from './build.ts';
import type { LayerTree } from './layer-tree.ts';

export interface TocTree {
  readonly tree: LayerTree;
  readonly chunks: ChunkTable;
}

interface Unpacked {
  readonly json: Uint8Array;
  readonly contentEnd: number;
  readonly own?: JsonObject;
}

/** Some 200,000 entries. */
const MAX_TOC_BYTES = 64 * 1024 * 1024;
const ESTARGZ_NAME = 'stargz.index.json';

/** Throws `digest-mismatch`, `invalid-image`, `invalid-archive`, `limit-exceeded`. */
export async function treeOfToc(toc: PackedToc): Promise<TocTree> {
  const { json, contentEnd, own } = await (toc.form === 'estargz' ? unpackEstargz(toc) : unpackChunked(toc));
  const { entries, chunks } = readToc(json, contentEnd, own);
  const builder = new LayerTreeBuilder();
  for (const { entry, digest } of entries) builder.add(entry, digest);
  return { tree: builder.finish({ uncompressedBytes: 0 }), chunks };
}

async function unpackChunked({ data, digest, offset }: PackedToc): Promise<Unpacked> {
  check(data, digest);
  return { json: await unpacked(data, 'zstd'), contentEnd: offset };
}

/** It is a tar with one file, which is one of the layer's. */
async function unpackEstargz({ data, digest, offset }: PackedToc): Promise<Unpacked> {
  const tar = await unpacked(data, 'gzip');
  const { entry, body } = onlyFile(tar);
  check(body, digest);
  const { mode, uid, gid, sizeBytes: size, dataOffset: innerOffset } = entry;
  const own = { name: ESTARGZ_NAME, type: 'reg', mode, uid, gid, size, digest, offset, innerOffset };
  return { json: body, contentEnd: offset + data.length, own };
}

function onlyFile(tar: Uint8Array): { entry: TarEntry; body: Uint8Array } {
  const entries: TarEntry[] = [];
  new TarParser({ entry: (entry) => entries.push(entry) }).write(tar);
  const [entry] = entries;
  const isIt = entry?.type === 'file' && Buffer.from(entry.path).toString() === ESTARGZ_NAME;
  const end = (entry?.dataOffset ?? 0) + (entry?.sizeBytes ?? 0);
  if (entries.length !== 1 || !isIt || entry.sparse !== undefined || end > tar.length)
    throw new PhylloError(
      'invalid-image',
      `read table of contents: ${ESTARGZ_NAME} is not all that is there`,
    );
  return { entry, body: tar.subarray(entry.dataOffset, end) };
}

function unpacked(data: Uint8Array, compression: 'gzip' | 'zstd'): Promise<Buffer> {
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    yield data;
  })();
  return readAll(decompressed(input, compression), MAX_TOC_BYTES, 'table of contents');
}

function check(data: Uint8Array, expected: Digest): void {
  const found = digestOf(data, digestAlgorithm(expected));
  if (found === expected) return;
  throw new PhylloError('digest-mismatch', `read table of contents: its digest is ${found}`, {
    data: { expected, found },
  });
}
