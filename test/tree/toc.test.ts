// Tables of contents of layers: the same tree as from the whole layer, contents chunk by chunk, and nothing believed.
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import type { PhylloError } from '../../src/lib/errors.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { claimsToc, fetchToc, footerOffset } from '../../src/layer/toc-place.ts';
import type { BlobReader, Range } from '../../src/oci/image.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { type LayerTree, isSameTree } from '../../src/tree/layer-tree.ts';
import { type TocLayer, openTocContent } from '../../src/tree/toc-content.ts';
import { treeOfToc } from '../../src/tree/toc-tree.ts';
import type { BuiltLayer } from '../support/image-build.ts';
import { type LazyOptions, type Toc, estargzLayer, footer, zstdChunkedLayer } from '../support/image-lazy.ts';
import { codeOf } from '../support/image-services.ts';
import type { Layer } from '../layer/apply-fixtures.ts';

const BIG = 'abcdefghij'.repeat(3000);
const SPEC: Layer = [
  ['bin/', { mode: 0o1755 }],
  ['bin/sh', { content: '#!shell', mode: 0o4755, uid: 3, gid: 4, mtime: 1_234_567_890 }],
  ['big', BIG],
  ['empty', ''],
  ['bin/ash', { type: 'hardlink', link: 'bin/sh' }],
  ['lower', { type: 'hardlink', link: 'not/here' }],
  ['link', { link: '../somewhere' }],
  ['dev', { type: 'char', device: [1, 3] }],
  ['gone/.wh.file', ''],
  ['opaque/.wh..wh..opq', ''],
  ['caps', { content: 'x', xattrs: { 'user.a': '\0\u00ff1' } }],
  ['after', 'the end'],
];

const FORMS = [
  { form: 'estargz', make: estargzLayer, compression: 'gzip' },
  { form: 'zstd:chunked', make: zstdChunkedLayer, compression: 'zstd' },
] as const;

interface Blobs extends BlobReader {
  readonly ranges: Range[];
}

function blobsOf({ blob }: Pick<BuiltLayer, 'blob'>): Blobs {
  const ranges: Range[] = [];
  return {
    ranges,
    has: () => Promise.resolve(true),
    open: (_, range = { offset: 0, length: blob.length }) => {
      ranges.push(range);
      return Promise.resolve(Readable.from([blob.subarray(range.offset, range.offset + range.length)]));
    },
  };
}

async function lazily(layer: BuiltLayer, blobs: Blobs = blobsOf(layer)): Promise<TocLayer> {
  const packed = (await fetchToc(blobs, layer.descriptor))!;
  const { tree, chunks } = await treeOfToc(packed);
  const compression = packed.form === 'estargz' ? 'gzip' : 'zstd';
  const open = (range: Range): Promise<Readable> => blobs.open(layer.descriptor, range);
  return { digest: packed.digest, tree, chunks, compression, open };
}

async function wholly({ blob, diffID }: BuiltLayer): Promise<LayerTree> {
  const builder = new LayerTreeBuilder();
  const { uncompressedBytes } = await scanLayerStream(Readable.from([blob]), {
    hashFiles: true,
    expectedDiffID: diffID,
    onEntry: (entry, digest) => builder.add(entry, digest),
  });
  return builder.finish({ uncompressedBytes });
}

function facts(tree: LayerTree): unknown[] {
  return Array.from({ length: tree.count }, (_, node) => [
    Buffer.from(tree.pathBytes(node)).toString('latin1'),
    tree.type[node],
    tree.flags[node],
    tree.mode[node],
    tree.uid[node],
    tree.gid[node],
    tree.sizeBytes[node],
    // The table itself has no time there.
    tree.mtimeSeconds[node],
    Buffer.from(tree.linkBytes(node)).toString('latin1'),
    tree.inode[node],
    tree.xattrs(node),
    tree.device(node),
    Buffer.from(tree.digestBytes(node) ?? '').toString('hex'),
  ]);
}

async function bytesOf(layer: TocLayer, path: string): Promise<Buffer> {
  const content = openTocContent(layer, layer.tree.find(Buffer.from(path)))!;
  return readAll(await content.open(), 1e8, path);
}

describe.each(FORMS)('$form', ({ make, compression }) => {
  test.each([undefined, 7, 4096])(
    'the tree is that of the whole layer, with chunks of %s',
    async (chunkBytes) => {
      const layer = await make(SPEC, chunkBytes === undefined ? {} : { chunkBytes });
      const whole = await wholly(layer);
      const { tree } = await lazily(layer);
      expect(facts(tree)).toEqual(facts(whole));
      expect(tree.facts.hashed).toBe(true);
      expect(isSameTree(tree, whole)).toBe(true);
    },
  );

  test('contents come by ranges, and only what is needed of them', async () => {
    const layer = await make(SPEC, { chunkBytes: 4096 });
    const blobs = blobsOf(layer);
    const lazy = await lazily(layer, blobs);
    expect((await bytesOf(lazy, 'big')).toString()).toBe(BIG);
    expect((await bytesOf(lazy, 'bin/sh')).toString()).toBe('#!shell');
    expect((await bytesOf(lazy, 'bin/ash')).toString()).toBe('#!shell');
    expect((await bytesOf(lazy, 'after')).toString()).toBe('the end');
    expect(await bytesOf(lazy, 'empty')).toHaveLength(0);
    blobs.ranges.length = 0;
    const content = openTocContent(lazy, lazy.tree.find(Buffer.from('big')))!;
    expect(content.sizeBytes).toBe(BIG.length);
    expect(Buffer.from(await content.read(8190, 5)).toString()).toBe(BIG.slice(8190, 8195));
    expect(Buffer.from(await content.read(8195, 5)).toString()).toBe(BIG.slice(8195, 8200));
    expect(blobs.ranges).toHaveLength(2);
    expect(await content.read(BIG.length - 2, 100)).toHaveLength(2);
    expect(await content.read(BIG.length + 5, 100)).toHaveLength(0);
  });

  test('bytes that are not those of the table are not handed on', async () => {
    const layer = await make(SPEC, { chunkBytes: 4096 });
    const lazy = await lazily(layer);
    const row = lazy.tree.dataOffset[lazy.tree.find(Buffer.from('big'))]!;
    const at = row * 32 + 40;
    lazy.chunks.digests[at] = lazy.chunks.digests[at]! ^ 1;
    const content = openTocContent(lazy, lazy.tree.find(Buffer.from('big')))!;
    expect(await content.read(0, 10)).toHaveLength(10);
    await expect(content.read(4096, 10)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(bytesOf(lazy, 'big')).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('a blob that is cut short is told of', async () => {
    const layer = await make(SPEC);
    const lazy = await lazily(layer);
    const cut = {
      ...lazy,
      open: ({ offset, length }: Range) => lazy.open({ offset, length: Math.min(length, 12) }),
    };
    await expect(bytesOf(cut, 'big')).rejects.toMatchObject({ code: 'invalid-archive' });
  });

  test('what is no file of the layer has no content', async () => {
    const lazy = await lazily(await make(SPEC));
    for (const path of ['bin', 'link', 'lower', 'dev'])
      expect(() => openTocContent(lazy, lazy.tree.find(Buffer.from(path)))).toThrow(/read \/|hard link/);
  });

  test('a file in giant chunks is left to whom has the whole layer', async () => {
    const lazy = await lazily(await make(SPEC));
    const node = lazy.tree.find(Buffer.from('big'));
    lazy.chunks.length[lazy.tree.dataOffset[node]!] = 65 * 1024 * 1024;
    expect(openTocContent(lazy, node)).toBeUndefined();
  });

  test('a bomb in place of a chunk ends with the chunk', async () => {
    const lazy = await lazily(await make({ zeros: { content: '\0'.repeat(50_000_000) } }));
    const node = lazy.tree.find(Buffer.from('zeros'));
    lazy.tree.sizeBytes[node] = 10;
    lazy.chunks.length[0] = 10;
    const content = openTocContent(lazy, node)!;
    await expect(content.read(0, 10)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  const change = (path: string, fields: Record<string, unknown>): LazyOptions => ({
    chunkBytes: 4096,
    forge: (toc: Toc) => ({
      ...toc,
      entries: toc.entries.map((entry) => (entry['name'] === path ? { ...entry, ...fields } : entry)),
    }),
  });

  const asLink = (toc: Toc): unknown => ({
    ...toc,
    entries: toc.entries.map((entry) =>
      entry['name'] === 'big' && entry['type'] === 'reg'
        ? { ...entry, type: 'symlink', linkName: 'x' }
        : entry,
    ),
  });

  test.each<[string, LazyOptions, RegExp]>([
    ['is no JSON object', { forge: () => 'x' }, /invalid-image/],
    ['is of another version', { forge: (toc) => ({ ...toc, version: 2 }) }, /invalid-image/],
    ['has entries that are none', { forge: () => ({ version: 1, entries: [1] }) }, /invalid-image/],
    ['has a path that leads out', change('after', { name: '../after' }), /path-escape/],
    ['has a path with a NUL', change('after', { name: 'a\0b' }), /path-escape/],
    ['lost the bytes of a name', change('after', { name: 'a\ufffd' }), /invalid-image/],
    ['has an unknown type', change('after', { type: 'constructor' }), /invalid-image/],
    ['has a negative offset', change('after', { offset: -1 }), /invalid-image/],
    ['points behind the contents', change('after', { offset: 1e12 }), /invalid-image/],
    ['has a fraction for an offset', change('after', { offset: 1.5 }), /invalid-image/],
    ['has a file without a digest', change('after', { digest: 'x', chunkDigest: 'x' }), /invalid-image/],
    ['has more bytes than chunks', change('big', { size: BIG.length + 1, chunkSize: 4096 }), /invalid-image/],
    ['has fewer bytes than chunks', change('big', { size: 5000 }), /invalid-image/],
    ['has chunks of a symlink', { chunkBytes: 4096, forge: asLink }, /invalid-image/],
    ['has a mode that is no number', change('after', { mode: '0755' }), /invalid-image/],
    ['has a user that is none', change('after', { uid: 2 ** 32 }), /invalid-image/],
    ['has a time that is none', change('after', { modtime: 'yesterday' }), /invalid-image/],
    ['has attributes that are no text', change('after', { xattrs: { a: 1 } }), /invalid-image/],
    [
      'begins with a chunk',
      { forge: (toc) => ({ ...toc, entries: [{ type: 'chunk', name: 'x' }] }) },
      /invalid-image/,
    ],
  ])('a table that %s is of no use', async (_, options, code) => {
    expect(await codeOf(lazily(await make(SPEC, options)))).toMatch(code);
  });

  test('a table with another digest is of no use', async () => {
    const annotations = (made: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(made).map(([key, value]) => [
          key,
          value.startsWith('sha256:') ? `sha256:${'0'.repeat(64)}` : value,
        ]),
      );
    expect(await codeOf(lazily(await make(SPEC, { annotations })))).toBe('digest-mismatch');
  });

  test('without a digest in the manifest there is none', async () => {
    const { descriptor } = await make(SPEC, { annotations: () => ({}) });
    expect(claimsToc(descriptor)).toBe(false);
  });

  test('fetching it is stopped while nothing comes', async () => {
    const { descriptor } = await make(SPEC);
    const stop = new AbortController();
    const silent = new Readable({ read: () => setImmediate(() => stop.abort()) });
    const blobs = { has: () => Promise.resolve(true), open: () => Promise.resolve(silent) };
    expect(await codeOf(fetchToc(blobs, descriptor, stop.signal))).toBe('cancelled');
    expect(silent.destroyed).toBe(true);
  });

  test('it is written as its form says', async () => {
    const { blob } = await make(SPEC);
    expect(blob.subarray(0, 2)).toEqual(Buffer.from(compression === 'gzip' ? [0x1f, 0x8b] : [0x28, 0xb5]));
  });
});

describe('footers', () => {
  test('of eStargz say where the table begins', () => {
    expect(footer(0x1234)).toHaveLength(51);
    expect(footerOffset(footer(0x1234))).toBe(0x1234);
    expect(footerOffset(Buffer.alloc(51))).toBeUndefined();
    expect(footerOffset(footer(0x1234).subarray(1))).toBeUndefined();
    expect(
      footerOffset(Buffer.from(footer(0).toString('latin1').replace('00000', 'fffff'), 'latin1')),
    ).toBeUndefined();
  });

  test.each(['1:2', '0:10:10:1', '8:0:10:1', '8:10:10:2', '999999:10:10:1', '-8:10:10:1', '8:99999999:1:1'])(
    'a position %s of zstd:chunked is none',
    async (position) => {
      const prefix = 'io.github.containers.zstd-chunked.manifest';
      const { descriptor } = await zstdChunkedLayer(SPEC, {
        annotations: (made) => ({ ...made, [`${prefix}-position`]: position }),
      });
      expect(claimsToc(descriptor)).toBe(false);
    },
  );

  test('a table that is far from the footer is fetched in two pieces', async () => {
    const many: [string, string][] = Array.from({ length: 9000 }, (_, at) => [
      `f${at}-${((at * 2654435761) >>> 0).toString(36)}`,
      String(Math.imul(at, 40503) >>> 0),
    ]);
    const layer = await estargzLayer(many);
    const blobs = blobsOf(layer);
    const lazy = await lazily(layer, blobs);
    expect(blobs.ranges).toHaveLength(2);
    expect(lazy.tree.find(Buffer.from(many[8999]![0]))).toBeGreaterThan(0);
    const lying = { ...layer, blob: Buffer.concat([layer.blob.subarray(0, -51), footer(0)]) };
    const error = await lazily(lying).catch((reason: PhylloError) => reason.code);
    expect(error).toMatch(/invalid-image|limit-exceeded/);
  });
});
