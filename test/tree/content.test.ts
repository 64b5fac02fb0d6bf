// Content of files, read by position: any part of any file is what the file has there.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTarHeaders } from '../../src/layer/tar-positional.ts';
import type { BlobLocation } from '../../src/oci/image.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { openContent } from '../../src/tree/content.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { entry, headerBlock, padded, pax, tar } from '../support/layer-tar.ts';

const LARGE = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7919) >> 5));
const SPARSE = Buffer.alloc(100_000);
SPARSE.write('first', 1000);
SPARSE.write('second', 50_000);
SPARSE.write('end', SPARSE.length - 3);
const MAP = `3\n1000\n5\n50000\n6\n${SPARSE.length - 3}\n3\n`;
const TAR = tar(
  entry({ name: 'small', body: 'content' }),
  entry({ name: 'empty' }),
  entry({ name: 'large', body: LARGE }),
  pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': String(SPARSE.length) }),
  entry({ name: 'sparse', body: Buffer.concat([padded(Buffer.from(MAP)), Buffer.from('firstsecondend')]) }),
  pax({ 'GNU.sparse.size': '5000', 'GNU.sparse.map': '5000,0' }),
  entry({ name: 'hole' }),
  headerBlock({ name: 'second-name', type: '1', link: 'large' }),
  headerBlock({ name: 'sparse-name', type: '1', link: 'sparse' }),
  headerBlock({ name: 'far', type: '1', link: 'lower/file' }),
  headerBlock({ name: 'dir', type: '5' }),
  headerBlock({ name: 'link', type: '2', link: 'small' }),
  entry({ name: '.wh.gone' }),
);
const CONTENTS: Readonly<Record<string, Buffer>> = {
  small: Buffer.from('content'),
  empty: Buffer.alloc(0),
  large: LARGE,
  sparse: SPARSE,
  hole: Buffer.alloc(5000),
  'second-name': LARGE,
  'sparse-name': SPARSE,
};

let folder: string;
let location: BlobLocation;
let tree: LayerTree;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-content-'));
  location = { path: join(folder, 'archive'), offset: 1000, sizeBytes: TAR.length };
  writeFileSync(location.path, Buffer.concat([Buffer.alloc(1000, 'x'), TAR, Buffer.alloc(1000, 'y')]));
  const builder = new LayerTreeBuilder();
  readTarHeaders(location, (each) => builder.add(each));
  tree = builder.finish({ uncompressedBytes: TAR.length });
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (name: string): ReturnType<typeof openContent> =>
  openContent(location, tree, tree.find(Buffer.from(name)));

describe.each(Object.entries(CONTENTS))('%s', (name, content) => {
  test('has its size', () => {
    expect(open(name).sizeBytes).toBe(content.length);
  });

  test('is streamed whole', async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await open(name).open()) chunks.push(chunk as Uint8Array);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  test('is read in any part', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length + 10), fc.nat(70_000), async (offset, length) => {
        const part = await open(name).read(offset, length);
        expect(Buffer.from(part).equals(content.subarray(offset, offset + length))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what has no content', () => {
  test.each([
    ['a directory', 'dir', 'invalid-argument'],
    ['a symlink', 'link', 'invalid-argument'],
    ['a whiteout', 'gone', 'invalid-argument'],
    ['a hard link into a lower layer', 'far', 'not-found'],
  ])('%s', (_, name, code) => {
    expect(() => open(name)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a tar that changed since it was indexed', () => {
  test('is told when it is shorter', async () => {
    truncateSync(location.path, 1000 + 20_000);
    await expect(open('large').read(0, 100_000)).rejects.toMatchObject({ code: 'invalid-archive' });
    await expect((await open('large').open()).toArray()).rejects.toMatchObject({ code: 'invalid-archive' });
    expect(Buffer.from(await open('small').read(0, 100)).toString()).toBe('content');
  });

  test('is told when it is gone', async () => {
    rmSync(location.path);
    await expect(open('large').read(0, 10)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('never gives what lies behind the layer', async () => {
    const shorter = { ...location, sizeBytes: 1000 };
    await expect(
      openContent(shorter, tree, tree.find(Buffer.from('large'))).read(0, 10),
    ).rejects.toMatchObject({ code: 'invalid-archive' });
  });
});

test('more than 64 MiB at once is refused, however little of it is data', async () => {
  const builder = new LayerTreeBuilder();
  const huge = tar(
    pax({ 'GNU.sparse.size': String(2 ** 45), 'GNU.sparse.map': `${2 ** 45 - 1},1` }),
    entry({ name: 'huge', body: 'z' }),
  );
  writeFileSync(location.path, huge);
  const place = { path: location.path, offset: 0, sizeBytes: huge.length };
  readTarHeaders(place, (each) => builder.add(each));
  const made = builder.finish({ uncompressedBytes: huge.length });
  const content = openContent(place, made, made.find(Buffer.from('huge')));
  await expect(content.read(0, 64 * 1024 * 1024 + 1)).rejects.toMatchObject({ code: 'limit-exceeded' });
  expect(Buffer.from(await content.read(2 ** 45 - 3, 10))).toEqual(Buffer.from('\0\0z'));
});
