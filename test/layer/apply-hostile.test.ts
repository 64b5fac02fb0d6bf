// Layers that try to get out of their root. Whatever they do, nothing beside the root may change; most are applied
// after a layer that prepared the ground.
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PhylloError } from '../../src/lib/errors.ts';
import type { Layer } from './apply-fixtures.ts';
import { Sandbox } from './apply-fixtures.ts';

let sandbox: Sandbox;
let outside: string[];
beforeEach(() => {
  sandbox = new Sandbox();
  outside = sandbox.outside();
});
afterEach(() => sandbox.remove());

interface Attack {
  readonly layers: readonly Layer[];
  /** What the tree is in the end; absent where the last layer is refused with `code`. */
  readonly tree?: readonly string[];
  readonly code?: string;
}

const OUT = { link: '../canary' };
const DEEP = Array.from({ length: 1500 }, () => 'd').join('/');

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a path with ..': { layers: [{ '../canary/file': 'x' }], code: 'path-escape' },
  'a path with .. in the middle': { layers: [{ 'a/../../canary/file': 'x' }], code: 'path-escape' },
  'a sibling whose name begins like the root': {
    layers: [{ '../root-sibling/file': 'x' }],
    code: 'path-escape',
  },
  'a path that ends in ..': { layers: [{ 'a/': {}, 'a/..': { type: 'dir' } }], code: 'path-escape' },
  'an absolute path': { layers: [{ '/etc/x': 'in' }], tree: ['etc/ 755', 'etc/x 644 "in"'] },
  'many slashes and dots': { layers: [{ './/.//etc/./x': 'in' }], tree: ['etc/ 755', 'etc/x 644 "in"'] },
  'the root as a link': {
    layers: [[['.', { type: 'symlink', link: '../canary' }]]],
    code: 'invalid-archive',
  },
  'the root as a file': { layers: [[['/', { type: 'file', content: 'x' }]]], code: 'invalid-archive' },
  'the root as a hard link': {
    layers: [{ a: 'x' }, [['.', { type: 'hardlink', link: 'a' }]]],
    code: 'invalid-archive',
  },
  'writing through a link of the same layer': {
    layers: [{ a: OUT, 'a/file': 'in' }],
    tree: ['a/ 755', 'a/file 644 "in"'],
  },
  'writing through a link of a lower layer': {
    layers: [{ a: OUT }, { 'a/file': 'in' }],
    tree: ['a/ 755', 'a/file 644 "in"'],
  },
  'writing through an absolute link': {
    layers: [{ a: { link: '/tmp' } }, { 'a/phyllo-escape': 'in' }],
    tree: ['a/ 755', 'a/phyllo-escape 644 "in"'],
  },
  'writing through a chain of links': {
    layers: [{ c: OUT, b: { link: 'c' }, a: { link: 'b/.' } }, { 'a/folder/file': 'in' }],
    tree: ['a/ 755', 'a/folder/ 755', 'a/folder/file 644 "in"', 'b -> c', 'c -> ../canary'],
  },
  'writing through a link deep inside': {
    layers: [{ 'a/b/c': { link: '../../../canary' } }, { 'a/b/c/folder/file': 'in' }],
    tree: ['a/ 755', 'a/b/ 755', 'a/b/c/ 755', 'a/b/c/folder/ 755', 'a/b/c/folder/file 644 "in"'],
  },
  'overwriting the target of a link': {
    layers: [{ a: { link: '../canary/file' } }, { a: 'in' }],
    tree: ['a 644 "in"'],
  },
  'a directory entry on a link to a directory': {
    layers: [{ a: OUT }, { 'a/': { mode: 0o777, mtime: 9 } }],
    tree: ['a/ 777'],
  },
  'a link on a link': {
    layers: [{ a: OUT }, { a: { link: '../canary/folder' } }],
    tree: ['a -> ../canary/folder'],
  },
  'a fifo on a link': {
    layers: [{ a: { link: '../canary/file' } }, { a: { type: 'fifo', mode: 0o600 } }],
    tree: ['a 600 fifo'],
  },
  'a hard link with ..': {
    layers: [{ a: { type: 'hardlink', link: '../canary/file' } }],
    code: 'path-escape',
  },
  'a hard link to an absolute path': {
    layers: [{ a: { type: 'hardlink', link: '/etc/passwd' } }],
    code: 'invalid-archive',
  },
  'a hard link through a link to a directory': {
    layers: [{ a: OUT }, { b: { type: 'hardlink', link: 'a/file' } }],
    code: 'invalid-archive',
  },
  'a hard link through a link of the same layer': {
    layers: [{ a: OUT, b: { type: 'hardlink', link: 'a/file' } }],
    code: 'invalid-archive',
  },
  'a hard link to a link, then writing to it': {
    layers: [{ a: { link: '../canary/file' }, b: { type: 'hardlink', link: 'a' } }, { b: 'in' }],
    tree: ['a -> ../canary/file', 'b 644 "in"'],
  },
  'a hard link to a link that gets a mode and a time': {
    layers: [{ a: { link: '../canary/file' }, b: { type: 'hardlink', link: 'a', mode: 0o777, mtime: 3 } }],
    tree: ['a -> ../canary/file', 'b = a'],
  },
  'a whiteout through a link': {
    layers: [{ a: OUT }, { 'a/.wh.file': '', 'a/.wh.folder': '' }],
    tree: ['a/ 755'],
  },
  'a whiteout of a link': { layers: [{ a: OUT, b: 'x' }, { '.wh.a': '' }], tree: ['b 644 "x"'] },
  'an opaque mark through a link': { layers: [{ a: OUT }, { 'a/.wh..wh..opq': '' }], tree: ['a/ 755'] },
  'an opaque directory with a link to a directory in it': {
    layers: [
      { 'a/out': OUT, 'a/b/out': OUT },
      { 'a/b/own': 'x', 'a/.wh..wh..opq': '' },
    ],
    tree: ['a/ 755', 'a/b/ 755', 'a/b/own 644 "x"'],
  },
  'whiteouts of . and .. and of nothing': {
    layers: [{ a: 'x' }, { '.wh..': '', '.wh...': '', '.wh.': '', 'b/.wh...': '' }],
    tree: ['a 644 "x"'],
  },
  'a whiteout of the root': { layers: [{ a: 'x' }, { '.wh..wh..opq': '', b: 'y' }], tree: ['b 644 "y"'] },
  'an overlay xattr that redirects': {
    layers: [{ 'a/': { xattrs: { 'trusted.overlay.redirect': '/canary' } }, 'a/file': 'in' }],
    tree: ['a/ 755', 'a/file 644 "in"'],
  },
  'names that some systems take for one': {
    layers: [{ 'caf\xc3\xa9': OUT }, { 'cafe\xcc\x81/file': 'in', 'CAF\xc3\x89/file': 'in' }],
    tree: [
      'CAF\xc3\x89/ 755',
      'CAF\xc3\x89/file 644 "in"',
      'cafe\xcc\x81/ 755',
      'cafe\xcc\x81/file 644 "in"',
      'caf\xc3\xa9 -> ../canary',
    ],
  },
  'a path of another system': {
    layers: [{ '..\\canary\\file': 'in', 'C:\\x': 'in', 'c:x': 'in' }],
    tree: ['..\\canary\\file 644 "in"', 'C:\\x 644 "in"', 'c:x 644 "in"'],
  },
  'directories a thousand deep, and their removal': {
    layers: [{ [`${DEEP}/file`]: 'x', keep: 'y' }, { '.wh.d': '' }],
    tree: ['keep 644 "y"'],
  },
  'directories a thousand deep under an opaque mark': {
    layers: [
      { [`${DEEP}/file`]: 'x' },
      { [`${DEEP}/.wh.file`]: '', '.wh..wh..opq': '', '.wh.d': '' },
      { 'd/.wh..wh..opq': '' },
    ],
    tree: ['d/ 755'],
  },
};

describe.each(Object.entries(ATTACKS))('%s', (_, { layers, tree, code }) => {
  test.each([
    ['as root would', {}],
    ['without native calls', { native: null }],
    ['with all privileges', { privileges: true }],
  ])('stays inside, %s', async (how, options) => {
    const last = layers.length - 1;
    for (const layer of layers.slice(0, code === undefined ? layers.length : last))
      await sandbox.apply(layer, options);
    const failed = code === undefined ? undefined : await failure(sandbox.apply(layers[last]!, options));
    expect(failed).toBe(code);
    expect(sandbox.outside()).toEqual(outside);
    const isFifoLeftOut = how === 'without native calls' && tree?.some((line) => line.endsWith('fifo'));
    const wanted = isFifoLeftOut ? [] : (tree ?? sandbox.tree());
    expect(sandbox.tree()).toEqual(wanted);
  });
});

/** The code of the error that a promise rejects with. */
function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error as PhylloError).code,
  );
}

test('no attack reached the real file system', () => {
  expect(existsSync('/tmp/phyllo-escape')).toBe(false);
});

test('a link in the place of a directory is never entered, however often layers swap them', async () => {
  for (let round = 0; round < 5; round++) {
    await sandbox.apply({ a: OUT, 'b/': {}, 'b/c': OUT });
    await sandbox.apply({ 'a/folder/file': 'in', 'b/c/folder/file': 'in', 'b/c/.wh.file': '' });
    await sandbox.apply({ b: { link: 'a' }, 'b/folder/file': 'in' });
  }
  expect(sandbox.outside()).toEqual(outside);
  expect(lstatSync(join(sandbox.root, 'b')).isDirectory()).toBe(true);
});
