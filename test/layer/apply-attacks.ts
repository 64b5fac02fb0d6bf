// Layers that try to get out of the directory that they are written to; most come after a layer that prepared the ground.
import type { Layer } from './apply-fixtures.ts';

export interface Attack {
  readonly layers: readonly Layer[];
  /** What the tree is in the end; absent where the last layer is refused with `code`. */
  readonly tree?: readonly string[];
  readonly code?: string;
}

/** Out of the root, to a folder beside it. */
export const OUT = { link: '../canary' };
const DEEP = Array.from({ length: 1500 }, () => 'd').join('/');

export const ATTACKS: Readonly<Record<string, Attack>> = {
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
