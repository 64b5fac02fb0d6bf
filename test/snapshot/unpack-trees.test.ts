// Layers unpacked and stacked by overlayfs against all layers applied to one directory, entry by entry.
import { afterEach, describe, expect, test } from 'vitest';
import { UnpackedLayers } from '../../src/snapshot/unpacked-layers.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import type { LayerForm } from '../support/image-build.ts';
import { treeOfDirectory } from '../support/image-trees.ts';
import { Image, canMount, mountLayers } from './unpack-fixtures.ts';

const images: Image[] = [];
afterEach(() => images.splice(0).forEach((image) => image.remove()));

async function bothTrees(
  layers: readonly Layer[],
  form: LayerForm = 'plain',
): Promise<{ stacked: string[]; applied: string[] }> {
  const image = await Image.build(layers, form);
  images.push(image);
  const unpacked = new UnpackedLayers(image.unpackedFolder, { form: 'trusted' });
  const mount = await mountLayers(unpacked.directory, await unpacked.ensure(image));
  try {
    return { stacked: treeOfDirectory(mount.path), applied: treeOfDirectory(await image.applied()) };
  } finally {
    await mount.end();
  }
}

const CAPABILITY = '\u0001\0\0\u0002\0\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0';
const opaque = { xattrs: { 'trusted.overlay.opaque': 'y' } };

const CASES: readonly (readonly [what: string, layers: readonly Layer[]])[] = [
  [
    'whiteouts of files, links and directories',
    [
      { 'd/': {}, 'd/a': 'a', 'd/b': 'b', 'd/l': { link: 'a' }, 'e/': {}, 'e/f/': {}, 'e/f/g': 'g' },
      { 'd/': {}, 'd/.wh.a': '', 'd/.wh.l': '', '.wh.e': '' },
    ],
  ],
  [
    'whiteouts of nothing, in directories that are new, merged, opaque and implied',
    [
      { 'merged/': {}, 'merged/a': 'a', 'opaque/': {}, 'opaque/a': 'a' },
      {
        'new/': {},
        'new/.wh.absent': '',
        'merged/.wh.absent': '',
        'opaque/.wh..wh..opq': '',
        'opaque/.wh.a': '',
        'opaque/.wh.absent': '',
        'implied/by/.wh.absent': '',
        '.wh.top': '',
      },
      { 'new/': {}, 'new/b': 'b' },
    ],
  ],
  [
    'whiteouts of what an opaque directory or a replaced one hid before',
    [
      { 'd/': {}, 'd/x/': {}, 'd/x/y': 'y', f: 'f' },
      { 'd/': {}, 'd/.wh..wh..opq': '', 'd/n': 'n', '.wh.f': '' },
      { 'd/.wh.x': '', '.wh.f': '', 'd/x/.wh.y': '' },
    ],
  ],
  [
    'opaque directories, with what comes anew before and after the mark',
    [
      { 'd/': { mode: 0o700 }, 'd/old': '1', 'd/kept': '1', 'd/s/': {}, 'd/s/x': 'x' },
      { 'd/': { mode: 0o755 }, 'd/kept': '2', 'd/.wh..wh..opq': '', 'd/s/': {}, 'd/new': 'n' },
    ],
  ],
  [
    'opaque directories that no entry describes, that are new, and that are marked by an attribute',
    [
      { 'd/': { mode: 0o700, uid: 7 }, 'd/old': '1', 'x/': {}, 'x/old': 'o', 'x/s/': {}, 'x/s/t': 't' },
      { 'd/.wh..wh..opq': '', 'd/in/new': 'n', 'new/.wh..wh..opq': '', 'x/': opaque, 'x/s/': {} },
    ],
  ],
  [
    'an opaque root',
    [
      { a: 'a', 'd/': { mode: 0o700 }, 'd/x': 'x', 'e/': {}, 'e/y': 'y', gone: 'g' },
      { '.wh.gone': '' },
      { '.wh..wh..opq': '', 'd/new': 'n', b: 'b' },
      { 'e/': {}, 'e/z': 'z' },
    ],
  ],
  [
    'directories that were removed and made again, in one layer and in two',
    [
      { 'd/': {}, 'd/old': '1', 'e/': {}, 'e/old': '1', 'f/': {}, 'f/old': '1' },
      { '.wh.d': '', 'd/': {}, 'd/new': '2', 'e/': {}, 'e/new': '2', '.wh.e': '', '.wh.f': '' },
      { 'f/': {}, 'f/new': '3', 'd/': {}, 'd/newer': '3' },
    ],
  ],
  [
    'a directory replaced by a file, a file by a directory, a link by a file, and back',
    [
      { 'x/': {}, 'x/y': 'y', z: 'z', l: { link: 'z' }, 'w/': {}, 'w/v': 'v' },
      { x: 'now a file', 'z/': {}, 'z/in': 'in', l: 'no link any more', w: { link: 'x' } },
      { 'x/': {}, 'x/again': 'again', z: 'file again', 'w/': {}, 'w/u': 'u' },
    ],
  ],
  [
    'paths that a layer has more than once, as file and as directory',
    [
      { 'x/': {}, 'x/low': '0', 'y/': {}, 'y/low': '0', 'p/q/low': '0' },
      [
        ['x', 'file'],
        ['x/', {}],
        ['x/new', '1'],
        ['y/', {}],
        ['y/gone', 'g'],
        ['y', 'file'],
        ['p/q/r/', {}],
        ['p', 'file'],
        ['p/q/r/s', 'deep'],
      ],
    ],
  ],
  [
    'directories that only lower layers describe',
    [
      {
        'a/': { mode: 0o700, uid: 3, gid: 4, mtime: 5, nanos: 6, xattrs: { 'user.x': 'y' } },
        'a/b/': { mode: 0o1777, mtime: 7 },
        'c/d': 'd',
        's/': { mode: 0o2750, gid: 42 },
      },
      { 'a/b/new': '1', 'c/e': 'e', 's/.wh.nothing': '' },
      { 'a/b/newer': '2', 'a/.wh.b': '', 's/t/u/v': 'v' },
    ],
  ],
  [
    'hard links within a layer',
    [{ a: 'shared', b: { type: 'hardlink', link: 'a' }, 'd/': {}, 'd/c': { type: 'hardlink', link: 'b' } }],
  ],
  [
    'hard links into lower layers, to files, links and what is removed or replaced by the same layer',
    [
      {
        a: { content: 'shared', mode: 0o4755, uid: 9, xattrs: { 'security.capability': CAPABILITY } },
        b: { type: 'hardlink', link: 'a' },
        'd/': { mode: 0o700 },
        'd/f': 'f',
        l: { link: 'a' },
        'dev/null': { type: 'char', device: [1, 3] },
      },
      { 'd/f': 'newer' },
      {
        e: { type: 'hardlink', link: 'a' },
        'd/g': { type: 'hardlink', link: 'd/f' },
        m: { type: 'hardlink', link: 'l' },
        n: { type: 'hardlink', link: 'dev/null' },
        b: 'on its own now',
      },
      { h: { type: 'hardlink', link: 'e' }, '.wh.e': '' },
    ],
  ],
  [
    'symlinks that are absolute, dangling, in a circle and retargeted',
    [
      { abs: { link: '/etc/passwd' }, gone: { link: 'nowhere' }, p: { link: 'q' }, q: { link: 'p' } },
      { gone: { link: '../../elsewhere' } },
    ],
  ],
  [
    'modes, owners, times, devices, FIFOs and sockets of directories without rights',
    [
      {
        'bin/': { mode: 0o1777 },
        'bin/su': { content: 'su', mode: 0o4755, uid: 0, gid: 42 },
        'bin/wall': { content: 'wall', mode: 0o2755, uid: 1000, gid: 70_000 },
        'dev/': {},
        'dev/loop': { type: 'block', device: [7, 300], mode: 0o660, gid: 6 },
        'none/': { mode: 0 },
        'none/in': 'in',
        'run/': {},
        'run/pipe': { type: 'fifo', mode: 0o600 },
        old: { content: 'old', mtime: 1, nanos: 123_456_789 },
      },
      { 'bin/su': { content: 'su', mode: 0o755, uid: 7, gid: 7 }, 'none/more': 'more' },
    ],
  ],
  [
    'attributes, and none of those that overlayfs would take for its own',
    [
      {
        f: { content: 'f', xattrs: { 'user.one': '1', 'user.two': '', 'trusted.x': 'y' } },
        g: { content: 'g', xattrs: { 'security.capability': CAPABILITY } },
        'd/': {},
        'd/low': 'low',
        '.wh.x': '',
      },
      {
        f: { content: 'f', xattrs: { 'user.one': '2', 'trusted.overlay.metacopy': '' } },
        'd/': { xattrs: { 'trusted.overlay.redirect': '/etc', 'user.overlay.redirect': '/etc' } },
        'd/new': { content: 'n', xattrs: { 'trusted.overlay.origin': 'x' } },
      },
    ],
  ],
  [
    'names that are long, odd or not UTF-8',
    [
      {
        [`${'long-'.repeat(40)}/`]: {},
        'caf\xe9': 'latin1',
        'a b\tc\n': 'blank',
        '-rf': 'dash',
        'a,b:c\\': 'marks',
      },
      { '.wh.caf\xe9': '', 'caf\xea': 'other' },
    ],
  ],
];

describe.runIf(canMount)('a stack of unpacked layers is what a full apply gives', () => {
  test.each(CASES)('%s', async (_, layers) => {
    const { stacked, applied } = await bothTrees(layers);
    expect(stacked.length).toBeGreaterThan(0);
    expect(stacked).toEqual(applied);
  });

  test.each(['gzip', 'gzip members', 'zstd', 'zstd frames'] as const)('stored as %s', async (form) => {
    const { stacked, applied } = await bothTrees(CASES[0]![1], form);
    expect(stacked).toEqual(applied);
  });

  test('120 layers', async () => {
    const layers = Array.from({ length: 120 }, (_, index) => ({
      'd/': {},
      [`d/f${index}`]: `${index}`,
      'd/last': `${index}`,
      [`d/.wh.f${index - 5}`]: '',
    }));
    const { stacked, applied } = await bothTrees(layers);
    expect(stacked).toHaveLength(7);
    expect(stacked).toEqual(applied);
  });
});
