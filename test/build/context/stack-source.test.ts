// What a stage or image gives to a COPY: owners, devices and attributes as they are in it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackSource } from '../../../src/build/context/stack-source.ts';
import { mergeLayers } from '../../../src/tree/merge.ts';
import { Sandbox } from '../../layer/apply-fixtures.ts';
import { describeSource, pathsOf, sha256, stackOf, textOf } from './trees.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

test('owners, devices, pipes and attributes are kept', async () => {
  const source = await stackOf(sandbox.base, [
    {
      'etc/': { uid: 7, gid: 8, mode: 0o1777 },
      'etc/file': { content: 'x', uid: 1000, gid: 50, xattrs: { 'user.note': 'mine' } },
      null: { type: 'char', device: [1, 3], mode: 0o666 },
      disk: { type: 'block', device: [300, 70_000] },
      pipe: { type: 'fifo', mode: 0o600 },
    },
  ]);
  expect(source.lookup('etc')).toMatchObject({ type: 'dir', uid: 7, gid: 8, mode: 0o1777 });
  expect(source.lookup('etc/file')).toMatchObject({
    uid: 1000,
    gid: 50,
    xattrs: new Map([['user.note', Buffer.from('mine')]]),
  });
  expect(source.lookup('null')).toMatchObject({ type: 'char', mode: 0o666, devMajor: 1, devMinor: 3 });
  expect(source.lookup('disk')).toMatchObject({ type: 'block', devMajor: 300, devMinor: 70_000 });
  expect(source.lookup('pipe')).toMatchObject({ type: 'fifo', mode: 0o600 });
  expect(source.lookup('pipe')).not.toHaveProperty('devMajor');
  expect(() => source.open('pipe')).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

test('layers above hide, replace and link to what is below', async () => {
  const source = await stackOf(sandbox.base, [
    { a: 'below', b: 'gone', 'd/x': 'x', 'd/y': 'y', 'link/in': 'in' },
    {
      '.wh.b': '',
      'd/.wh..wh..opq': '',
      'd/z': 'z',
      link: { link: 'd' },
      again: { type: 'hardlink', link: 'a' },
    },
  ]);
  expect(pathsOf(source)).toEqual(['', 'a', 'again', 'd', 'd/z', 'link']);
  expect(await textOf(source, 'again')).toBe('below');
  expect(await source.digest('again')).toBe(sha256('below'));
  expect(source.lookup('again')).toEqual(source.lookup('a'));
  expect(source.lookup('a')!.inode).toBeTypeOf('string');
});

test('a name whose other names are gone is a file like any other', async () => {
  const source = await stackOf(sandbox.base, [
    { a: 'x', b: { type: 'hardlink', link: 'a' } },
    { '.wh.a': '' },
  ]);
  expect(source.lookup('b')).not.toHaveProperty('inode');
  expect(await textOf(source, 'b')).toBe('x');
});

test('a prefix of a stack has what was there then, and an empty one nothing', async () => {
  const layers = [{ a: 'old', b: 'b' }, { a: 'new', '.wh.b': '' }, { c: 'c' }] as const;
  const before = await stackOf(sandbox.base, layers, { upto: 0 });
  expect(pathsOf(before)).toEqual(['', 'a', 'b']);
  expect(await textOf(before, 'a')).toBe('old');
  expect(pathsOf(await stackOf(sandbox.base, layers, { upto: 1 }))).toEqual(['', 'a']);
  expect(pathsOf(await stackOf(sandbox.base, layers, { upto: -1 }))).toEqual(['']);
  const stack = mergeLayers([]);
  const none = new StackSource(stack, () => Promise.reject(new Error('never asked')));
  expect(pathsOf(none)).toEqual(['']);
  expect(none.lookup('')).toMatchObject({ type: 'dir', mode: 0o755 });
  await expect(none.digest('a')).rejects.toMatchObject({ code: 'not-found' });
});

test('without digests in the trees contents are read for them, once', async () => {
  const layers = [{ a: 'content', b: { type: 'hardlink', link: 'a' } }] as const;
  const source = await stackOf(sandbox.base, layers, { hashFiles: false });
  expect(await describeSource(source)).toEqual(await describeSource(await stackOf(sandbox.base, layers)));
  rmSync(join(sandbox.base, 'layer-0.tar'));
  expect(await source.digest('a')).toBe(sha256('content'));
  await expect(textOf(source, 'a')).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('read /a'),
  });
});

test('hashing stops when it is cancelled', async () => {
  const source = await stackOf(sandbox.base, [{ a: 'content' }], { hashFiles: false });
  await expect(source.digest('a', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  expect(await source.digest('a')).toBe(sha256('content'));
});

test('a hard link to nothing shows as an empty file that cannot be read', async () => {
  const source = await stackOf(sandbox.base, [{ a: { type: 'hardlink', link: 'nowhere' } }]);
  expect(source.lookup('a')).toMatchObject({ type: 'file', sizeBytes: 0 });
  await expect(textOf(source, 'a')).rejects.toMatchObject({ code: 'not-found' });
});
