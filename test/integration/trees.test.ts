// Our trees against those that umoci unpacks, entry by entry: type, mode, owner, time, size, content, links, xattrs.
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Layer } from '../layer/apply-fixtures.ts';
import { ociImages, writeDirectory } from '../support/image-archives.ts';
import { type BuiltImage, buildImage, imageOf, layerOfTar } from '../support/image-build.ts';
import { isRoot, runner } from '../support/image-engines.ts';
import { testServices } from '../support/image-services.ts';
import { treeOfDirectory, treeOfStack } from '../support/image-trees.ts';
import { needTool } from '../support/tools.ts';

/** Owners, devices and xattrs are only kept for root. */
const canUnpack = needTool('umoci') && isRoot;

async function bothTrees(image: BuiltImage): Promise<{ ours: string[]; theirs: string[] }> {
  const services = await testServices();
  const layout = writeDirectory(join(services.folder, 'layout'), ociImages([{ image, names: ['app'] }]));
  const bundle = join(services.folder, 'bundle');
  await runner('umoci')('unpack', '--image', `${layout}:app`, bundle);
  const explored = await services.explore.open(layout);
  const ours = treeOfStack(await explored.exact());
  await explored.close();
  return { ours, theirs: treeOfDirectory(join(bundle, 'rootfs')) };
}

const long = 'long-'.repeat(40);
const CASES: readonly (readonly [what: string, layers: readonly Layer[]])[] = [
  [
    'whiteouts of files, links, directories and of nothing',
    [
      { 'd/': {}, 'd/a': 'a', 'd/b': 'b', 'd/l': { link: 'a' }, 'e/': {}, 'e/f/': {}, 'e/f/g': 'g' },
      { 'd/': {}, 'd/.wh.a': '', 'd/.wh.l': '', 'd/.wh.absent': '', '.wh.e': '' },
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
    'a directory replaced by a file, a file by a directory, a link by a file',
    [
      { 'x/': {}, 'x/y': 'y', z: 'z', l: { link: 'z' } },
      { x: 'now a file', 'z/': {}, 'z/in': 'in', l: 'no link any more' },
      { 'x/': {}, 'x/again': 'again' },
    ],
  ],
  [
    'hard links within a layer and into a lower one',
    [
      { a: 'shared', b: { type: 'hardlink', link: 'a' }, 'd/': {}, 'd/c': { type: 'hardlink', link: 'a' } },
      { e: { type: 'hardlink', link: 'a' }, b: 'on its own now' },
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
    'modes, owners, times, devices and FIFOs',
    [
      {
        'bin/': { mode: 0o1777 },
        'bin/su': { content: 'su', mode: 0o4755, uid: 0, gid: 42 },
        'bin/wall': { content: 'wall', mode: 0o2755, uid: 1000, gid: 70_000 },
        'dev/': {},
        'dev/null': { type: 'char', device: [1, 3], mode: 0o666 },
        'dev/loop': { type: 'block', device: [7, 300], mode: 0o660, gid: 6 },
        'run/': {},
        'run/pipe': { type: 'fifo', mode: 0o600 },
        old: { content: 'old', mtime: 1 },
        future: { content: 'future', mtime: 4_000_000_000 },
      },
      { 'bin/su': { content: 'su', mode: 0o755, uid: 7, gid: 7 } },
    ],
  ],
  [
    'xattrs and file capabilities, also where only they change',
    [
      { f: { content: 'f', xattrs: { 'user.one': '1', 'user.two': '' } }, g: { content: 'g' } },
      {
        f: { content: 'f', xattrs: { 'user.one': '2' } },
        g: {
          content: 'g',
          xattrs: {
            'security.capability': '\u0001\0\0\u0002\0\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0',
          },
        },
      },
    ],
  ],
  [
    'names that are long, odd or not UTF-8',
    [
      {
        [`${long}/`]: {},
        [`${long}/${long}`]: 'deep',
        'a b\tc': 'blank',
        'caf\xe9': 'latin1',
        '\xf0\x9f\x90\xb3': 'whale',
        'link to long': { link: `${long}/${long}` },
        '-rf': 'dash',
        '*': 'star',
      },
    ],
  ],
];

test.runIf(canUnpack).each(CASES)('%s', async (_, layers) => {
  const { ours, theirs } = await bothTrees(await imageOf(layers));
  expect(ours.length).toBeGreaterThan(0);
  expect(ours).toEqual(theirs);
});

test.runIf(canUnpack)('a part of this machine, packed by GNU tar', async () => {
  const paths = readable(['/etc', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/share'], 5000);
  const tar = execFileSync('tar', ['-C', '/', '--no-recursion', '--null', '-cf', '-', '-T', '-'], {
    input: paths.join('\0'),
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { ours, theirs } = await bothTrees(buildImage([layerOfTar(tar)]));
  expect(ours.length).toBeGreaterThan(1000);
  expect(ours).toEqual(theirs);
});

/** Paths below `roots` with their parents first: what everybody may read, and no large file. */
function readable(roots: readonly string[], limit: number): string[] {
  const found = ['usr'];
  const pending = roots.toReversed();
  for (let path = pending.pop(); path !== undefined && found.length < limit; path = pending.pop()) {
    const stat = lstatSync(path);
    if ((stat.mode & 0o004) === 0 || (stat.isFile() && stat.size > 64 * 1024)) continue;
    found.push(path.slice(1));
    if (!stat.isDirectory()) continue;
    const below = path;
    pending.push(...readdirSync(below).map((name) => join(below, name)));
  }
  return found;
}
