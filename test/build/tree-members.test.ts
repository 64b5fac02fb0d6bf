// Files of a source as a tar that is unpacked for a mount.
import { expect, test } from 'vitest';
import { treeMembers } from '../../src/build/tree-members.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { layerLines } from './layer-lines.ts';
import { type Tree, tree } from './copy/trees.ts';

function lines(files: Tree, path: string, as: string, keepsOwners = true): Promise<readonly string[]> {
  return layerLines(writeTar(treeMembers({ files: tree(files), keepsOwners }, path, as)));
}

const FILES: Tree = {
  'a/': { mode: 0o700, uid: 5, gid: 6 },
  'a/f': { content: 'abc', mode: 0o640, uid: 7 },
  'a/g': { content: '', inode: 'i' },
  'a/h': { content: '', inode: 'i' },
  'a/l': { link: '/etc/shadow' },
  'a/p': { type: 'fifo' },
  b: 'b',
};

test('a directory under another name, owners kept', async () => {
  expect(await lines(FILES, 'a', 'mount')).toEqual([
    'dir 700 5:6 100 mount',
    'file 640 7:0 100 mount/f (3)',
    'file 644 0:0 100 mount/g (0)',
    'hardlink 644 0:0 100 mount/h -> mount/g',
    'symlink 777 0:0 100 mount/l -> /etc/shadow',
    'fifo 644 0:0 100 mount/p',
  ]);
});

test('a context has files of root alone', async () => {
  expect(await lines(FILES, 'a', 'mount', false)).toContainEqual('file 640 0:0 100 mount/f (3)');
});

test('what is in a directory, without a name', async () => {
  expect((await lines(FILES, '', '')).map((line) => line.split(' ')[4])).toEqual([
    'a',
    'a/f',
    'a/g',
    'a/h',
    'a/l',
    'a/p',
    'b',
  ]);
});

test('a file', async () => {
  expect(await lines(FILES, 'b', 'mount')).toEqual(['file 644 0:0 100 mount (1)']);
});

test('a link is no way into what it points to', async () => {
  expect(await lines({ 'd/f': 'x', l: { link: 'd' } }, 'l', 'mount')).toEqual([
    'symlink 777 0:0 100 mount -> d',
  ]);
});

test('nothing of what is not there', async () => {
  expect(await lines(FILES, 'none', 'mount')).toEqual([]);
});

test('bodies are asked for one by one', async () => {
  const source = tree({ 'd/1': 'a', 'd/2': 'b', 'd/3': 'c' });
  const members = treeMembers({ files: source, keepsOwners: true }, 'd', 'm');
  const opened = [];
  for (const _ of members) opened.push(source.opened.length);
  expect(opened).toEqual([0, 1, 2, 3]);
});
