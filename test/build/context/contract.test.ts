// What every source of files has to do: the same tree in a directory, in tars and in a stack of layers is the same.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDirectoryContext } from '../../../src/build/context/directory-context.ts';
import { openTarContext } from '../../../src/build/context/tar-context.ts';
import type { FileSource } from '../../../src/build/file-view.ts';
import { type Layer, Sandbox, tarOf } from '../../layer/apply-fixtures.ts';
import { LARGE, bytesOf, describeSource, pathsOf, sha256, stackOf, streamOf, textOf } from './trees.ts';

const TREE: Layer = {
  './': { mode: 0o755 },
  'a/': { mode: 0o2750 },
  'a-b': 'beside',
  'a/b': { content: 'inside', mode: 0o4755, nanos: 123_000_000 },
  'a/empty': { content: '', mode: 0o600 },
  'big/': {},
  'big/large': LARGE.toString('latin1'),
  'caf\xe9': { content: 'no UTF-8', mode: 0o777 },
  link: { link: 'a/b' },
  out: { link: '/etc' },
  one: { content: 'twice', mode: 0o640 },
  two: { type: 'hardlink', link: 'one' },
  'empty-dir/': { mode: 0o700 },
  [`${'deep/'.repeat(40)}file`]: 'x',
};
/** Directories that no entry makes have the time at which they were made. */
const DEEP: Layer = Object.fromEntries(
  Array.from({ length: 40 }, (_, depth) => ['deep/'.repeat(depth + 1), { mtime: 5 }]),
);

let sandbox: Sandbox;
const sources = new Map<string, FileSource>();
beforeAll(async () => {
  sandbox = new Sandbox();
  const layer = { ...TREE, ...DEEP } as Layer;
  await sandbox.apply(layer, { privileges: true });
  const tar = await bytesOf(tarOf(layer));
  const folder = sandbox.base;
  sources.set('directory', await openDirectoryContext(sandbox.root));
  sources.set('tar', await openTarContext(streamOf(tar), { folder }));
  sources.set('gzip', await openTarContext(streamOf(gzipSync(tar), 7), { folder }));
  sources.set('zstd', await openTarContext(streamOf(zstdCompressSync(tar)), { folder }));
  sources.set('stack', await stackOf(folder, [layer]));
  sources.set('stack without digests', await stackOf(folder, [layer], { hashFiles: false }));
});
afterAll(() => sandbox.remove());

describe.each(['directory', 'tar', 'gzip', 'zstd', 'stack', 'stack without digests'])('%s', (name) => {
  const source = (): FileSource => sources.get(name)!;

  test('says of every path what the others say', async () => {
    const lines = await describeSource(source());
    expect(lines).toEqual(await describeSource(sources.get('directory')!));
    expect(lines).toContain(
      `a/b file 4755 0:0 6 @1000000000.123000000   ${sha256('inside')} ${sha256('inside')}`,
    );
    expect(lines).toContain(`out symlink 777 0:0 0 @1000000000.0 /etc   `);
    expect(lines.filter((line) => / one [0-9a-f]{64}/.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'one',
      'two',
    ]);
  });

  test('lists names sorted by bytes', () => {
    expect(source().children('')).toEqual(
      ['a', 'a-b', 'big', 'caf\xe9', 'deep', 'empty-dir', 'link', 'one', 'out', 'two'].sort(),
    );
    expect(source().children('a')).toEqual(['b', 'empty']);
    expect(source().children('empty-dir')).toEqual([]);
    expect(pathsOf(source())).toHaveLength(15 + 39);
  });

  test.each([
    'nowhere',
    'a/nowhere',
    'link/x',
    'out/passwd',
    'a-b/x',
    '..',
    'a/..',
    './a',
    'a/',
    '/a',
    'a//b',
  ])('has nothing at %s', async (path) => {
    expect(source().lookup(path)).toBeUndefined();
    expect(source().children(path)).toEqual([]);
    expect(() => source().open(path)).toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(source().digest(path)).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each(['', 'a', 'link'])('refuses to read "%s", which is no file', async (path) => {
    expect(() => source().open(path)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    await expect(source().digest(path)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('links and files have no children', () => {
    expect(source().children('link')).toEqual([]);
    expect(source().children('a-b')).toEqual([]);
  });

  test('can be left off in the middle and read again, several at once', async () => {
    for await (const chunk of source().open('big/large')) {
      expect((chunk as Buffer).length).toBeLessThan(LARGE.length);
      break;
    }
    const [first, second] = await Promise.all([textOf(source(), 'big/large'), textOf(source(), 'big/large')]);
    expect(sha256(Buffer.from(first!, 'latin1'))).toBe(await source().digest('big/large'));
    expect(second).toBe(first);
  });
});
