// The judge itself: what it takes a stack of layers for.
import { expect, test } from 'vitest';
import { readAll } from '../../../src/lib/streams.ts';
import { type Layer, tarOf } from '../../layer/apply-fixtures.ts';
import { EffectiveTree, layerEntries } from './effective-tree.ts';

const MAX_TAR_BYTES = 1024 * 1024;

async function linesOf(...layers: readonly Layer[]): Promise<string[]> {
  const tree = new EffectiveTree();
  for (const layer of layers)
    tree.apply(await layerEntries(await readAll(tarOf(layer), MAX_TAR_BYTES, 'layer')));
  return tree.lines().map((line) => line.replace(/ @\d+/, ''));
}

const LOWER: Layer = {
  'd/': { mode: 0o700, uid: 1, gid: 2 },
  'd/a': 'a',
  'd/b': { link: 'a' },
  'd/s/': {},
  f: 'f',
};

test.each<[what: string, upper: Layer, expected: readonly string[]]>([
  [
    'nothing',
    {},
    [
      'd directory 700 1:2',
      'd/a file 644 0:0 1 ca978112ca1bbdca',
      'd/b symlink 0:0 -> a',
      'd/s directory 755 0:0',
      'f file 644 0:0 1 252f10c83610ebca',
    ],
  ],
  [
    'whiteouts',
    { 'd/': {}, 'd/.wh.a': '', 'd/.wh.s': '', '.wh.f': '' },
    ['d directory 755 0:0', 'd/b symlink 0:0 -> a'],
  ],
  ['a whiteout of a directory', { '.wh.d': '' }, ['f file 644 0:0 1 252f10c83610ebca']],
  [
    'an opaque directory, its mark last',
    { 'd/': {}, 'd/n': '', 'd/.wh..wh..opq': '', '.wh.f': '' },
    ['d directory 755 0:0', 'd/n file 644 0:0 0 e3b0c44298fc1c14'],
  ],
  ['a file over a directory', { d: 'x', '.wh.f': '' }, ['d file 644 0:0 1 2d711642b726b044']],
  [
    'a directory over a file',
    { '.wh.d': '', 'f/': {}, 'f/g': '' },
    ['f directory 755 0:0', 'f/g file 644 0:0 0 e3b0c44298fc1c14'],
  ],
  [
    'hard links, also into a lower layer',
    { '.wh.d': '', g: { type: 'hardlink', link: 'f' }, h: { type: 'hardlink', link: 'g' } },
    ['f file 644 0:0 1 252f10c83610ebca', 'g = f', 'h = f'],
  ],
  [
    'other kinds of files',
    {
      '.wh.d': '',
      '.wh.f': '',
      n: { type: 'char', device: [1, 3], mode: 0o666 },
      p: { type: 'fifo', mode: 0o600 },
      x: { content: '', mode: 0o4755, xattrs: { 'user.a': 'b' } },
    },
    ['n character-device 666 0:0 1:3', 'p fifo 600 0:0', 'x file 4755 0:0 0 e3b0c44298fc1c14 user.a="b"'],
  ],
])('%s', async (_, upper, expected) => {
  expect(await linesOf(LOWER, upper)).toEqual(expected);
});

test('a time is told where it is older than any build', async () => {
  const tree = new EffectiveTree();
  const tar = await readAll(
    tarOf({ old: { mtime: 1 }, new: { mtime: 4_000_000_000 } }),
    MAX_TAR_BYTES,
    'layer',
  );
  tree.apply(await layerEntries(tar));
  expect(tree.lines()).toEqual([expect.not.stringContaining('@'), expect.stringContaining(' @1 ')]);
});

test.each<[what: string, layer: Layer]>([
  ['a file without its directory', { 'nowhere/f': '' }],
  ['a file in a link', { 'd/b/f': '' }],
  ['a hard link to nothing', { h: { type: 'hardlink', link: 'nowhere' } }],
])('%s is an error', async (_, layer) => {
  await expect(linesOf(LOWER, layer)).rejects.toThrow(/not there|no directory/);
});
