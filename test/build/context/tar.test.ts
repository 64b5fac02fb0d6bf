// A context that comes as a tar: whole and hostile ones, from standard input or the net.
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContextProgress } from '../../../src/build/context/context-options.ts';
import { emptyContext } from '../../../src/build/context/empty-context.ts';
import { sniffStdin } from '../../../src/build/context/sniff-stdin.ts';
import { type TarContext, openTarContext } from '../../../src/build/context/tar-context.ts';
import { parseIgnore } from '../../../src/dockerfile/ignore.ts';
import { entry, headerBlock, padded, pax, tar } from '../../support/layer-tar.ts';
import { LARGE, bytesOf, pathsOf, sha256, streamOf, textOf } from './trees.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-context-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (...parts: readonly Uint8Array[]): Promise<TarContext> =>
  openTarContext(streamOf(tar(...parts), 700), { folder, onWarning: (line) => warnings.push(line) });

describe('a tar', () => {
  test('belongs to root, whoever made it, and keeps set-ID bits and capabilities', async () => {
    const context = await open(
      pax([
        ['SCHILY.xattr.security.capability', 'cap'],
        ['SCHILY.xattr.user.note', 'mine'],
      ]),
      entry({ name: './tool', uid: 1000, gid: 50, mode: 0o6755, body: 'x', mtime: 9 }),
    );
    expect(context.lookup('tool')).toEqual({
      type: 'file',
      mode: 0o6755,
      uid: 0,
      gid: 0,
      sizeBytes: 1,
      mtimeSeconds: 9,
      mtimeNanos: 0,
      xattrs: new Map([['security.capability', new Uint8Array(Buffer.from('cap'))]]),
    });
    expect(context.lookup('')).toMatchObject({ type: 'dir', mode: 0o755 });
  });

  test('has names alone: whiteouts hide nothing and are files', async () => {
    const context = await open(
      entry({ name: 'd/a', body: 'a' }),
      entry({ name: 'd/.wh.a', body: 'mark' }),
      entry({ name: 'd/.wh..wh..opq' }),
      entry({ name: '.wh..wh.plnk/x', body: 'x' }),
    );
    expect(pathsOf(context)).toEqual([
      '',
      '.wh..wh.plnk',
      '.wh..wh.plnk/x',
      'd',
      'd/.wh..wh..opq',
      'd/.wh.a',
      'd/a',
    ]);
    expect(await textOf(context, 'd/.wh.a')).toBe('mark');
  });

  test('may have its entries in any order, and the last of a name counts', async () => {
    const context = await open(
      entry({ name: 'd/x', body: 'old' }),
      entry({ name: 'e/y', body: 'y' }),
      headerBlock({ name: 'd', type: '5', mode: 0o700, mtime: 7 }),
      entry({ name: 'd/x', body: 'newer' }),
      entry({ name: 'e', body: 'now a file' }),
      headerBlock({ name: 'link', type: '2', link: 'd' }),
      headerBlock({ name: 'link', type: '5' }),
      entry({ name: 'link/in', body: 'in' }),
    );
    expect(pathsOf(context)).toEqual(['', 'd', 'd/x', 'e', 'link', 'link/in']);
    expect(context.lookup('d')).toMatchObject({ mode: 0o700, mtimeSeconds: 7 });
    expect(await textOf(context, 'd/x')).toBe('newer');
    expect(await context.digest('d/x')).toBe(sha256('newer'));
    expect(await textOf(context, 'e')).toBe('now a file');
  });

  test('keeps what a hard link names, also when that name gets another file', async () => {
    const context = await open(
      entry({ name: 'first', body: 'content' }),
      headerBlock({ name: 'd/second', type: '1', link: './first' }),
      headerBlock({ name: 'd/third', type: '1', link: 'd/second' }),
      entry({ name: 'first', body: 'other' }),
      entry({ name: 'lone', body: 'x' }),
      headerBlock({ name: 'lone2', type: '1', link: 'lone' }),
      entry({ name: 'lone', body: 'y' }),
    );
    expect(await textOf(context, 'd/third')).toBe('content');
    expect(context.lookup('d/second')!.inode).toBe(context.lookup('d/third')!.inode);
    expect(context.lookup('d/second')!.inode).toBeTypeOf('string');
    for (const path of ['first', 'lone', 'lone2']) expect(context.lookup(path)).not.toHaveProperty('inode');
  });

  test('leaves out pipes and devices, and says so', async () => {
    const context = await open(
      headerBlock({ name: 'pipe', type: '6' }),
      headerBlock({ name: 'null', type: '3', device: [1, 3] }),
      headerBlock({ name: 'gone', type: '3', device: [0, 0] }),
      entry({ name: 'file', body: 'x' }),
    );
    expect(pathsOf(context)).toEqual(['', 'file']);
    expect(warnings).toEqual([
      'left out, a named pipe is no part of a context: /pipe',
      'left out, a device is no part of a context: /null and 1 more',
    ]);
  });

  test('has sparse files as they read, with their digest', async () => {
    const content = Buffer.alloc(600_000);
    content.write('first', 1000);
    content.write('end', content.length - 3);
    const map = `2\n1000\n5\n${content.length - 3}\n3\n`;
    const context = await open(
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.realsize': String(content.length),
      }),
      entry({ name: 'sparse', body: Buffer.concat([padded(Buffer.from(map)), Buffer.from('firstend')]) }),
      pax({ 'GNU.sparse.size': String(2 ** 40), 'GNU.sparse.map': `${2 ** 40},0` }),
      entry({ name: 'huge' }),
    );
    expect(sha256(await bytesOf(context.open('sparse')))).toBe(sha256(content));
    expect(await context.digest('sparse')).toBe(sha256(content));
    expect(context.lookup('huge')!.sizeBytes).toBe(2 ** 40);
    const stop = new AbortController();
    const hashing = context.digest('huge', stop.signal);
    setImmediate(() => stop.abort());
    await expect(hashing).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('lies in one private file, that no name in it can move', async () => {
    await open(entry({ name: 'large', body: LARGE }));
    const [name, ...more] = readdirSync(folder);
    expect(more).toEqual([]);
    expect(name).toMatch(/^context-.*\.tar$/);
    expect(statSync(join(folder, name!)).mode & 0o777).toBe(0o600);
  });

  test('that is cut on disk afterwards gives an error, not other bytes', async () => {
    const context = await open(entry({ name: 'large', body: LARGE }));
    const [name] = readdirSync(folder);
    truncateSync(join(folder, name!), 300_000);
    await expect(bytesOf(context.open('large'))).rejects.toMatchObject({ code: 'io' });
    rmSync(join(folder, name!));
    await expect(bytesOf(context.open('large'))).rejects.toMatchObject({
      message: expect.stringContaining('/large'),
    });
  });

  test('tells how far it is', async () => {
    const data = tar(entry({ name: 'a', body: LARGE }), entry({ name: 'b' }));
    const met: ContextProgress[] = [];
    await openTarContext(streamOf(data), { folder, onProgress: (progress) => met.push(progress) });
    expect(met.at(-1)).toEqual({ files: 2, bytes: data.length });
  });

  test('without anything in it is an empty context', async () => {
    expect(pathsOf(await open())).toEqual(['']);
  });
});

describe('a hostile tar is refused, and nothing of it stays', () => {
  test.each([
    ['leads out', [entry({ name: '../evil', body: 'x' })], 'path-escape'],
    ['leads out later', [entry({ name: 'a/../../evil', body: 'x' })], 'path-escape'],
    ['links out', [headerBlock({ name: 'a', type: '1', link: '../../etc/passwd' })], 'path-escape'],
    ['links to what is not there', [headerBlock({ name: 'a', type: '1', link: 'b' })], 'invalid-archive'],
    ['links to itself', [headerBlock({ name: 'a', type: '1', link: 'a' })], 'invalid-archive'],
    [
      'links to a directory',
      [headerBlock({ name: 'd', type: '5' }), headerBlock({ name: 'a', type: '1', link: 'd' })],
      'invalid-archive',
    ],
    [
      'goes through a link',
      [headerBlock({ name: 'd', type: '2', link: '/etc' }), entry({ name: 'd/passwd', body: 'x' })],
      'invalid-archive',
    ],
    [
      'goes through a file',
      [entry({ name: 'd', body: 'x' }), entry({ name: 'd/e/f', body: 'x' })],
      'invalid-archive',
    ],
    ['makes the root a file', [entry({ name: './', type: '0', body: 'x' })], 'invalid-archive'],
    ['makes the root a link', [headerBlock({ name: '.', type: '2', link: '/etc' })], 'invalid-archive'],
  ])('%s', async (_, parts, code) => {
    await expect(open(...parts)).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['cut short', tar(entry({ name: 'a', body: LARGE })).subarray(0, 5000), 'invalid-archive'],
    ['gzip cut short', gzipSync(tar(entry({ name: 'a', body: LARGE }))).subarray(0, 5000), 'invalid-archive'],
    ['gzip of a text', gzipSync('FROM scratch\n'.repeat(100)), 'invalid-archive'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'unsupported'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]), 'unsupported'],
  ])('%s', async (_, data, code) => {
    await expect(openTarContext(streamOf(data), { folder })).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('the error of an unknown compression names what works', async () => {
    const refused = openTarContext(streamOf(Buffer.from('BZh91AY&SY')), { folder });
    await expect(refused).rejects.toMatchObject({
      message: 'read context: it is compressed with bzip2',
      hint: expect.stringContaining('gzip or zstd'),
    });
  });
});

describe('while a tar is read', () => {
  test('a wait for bytes that never come is left at once, and the input let go', async () => {
    const input = new PassThrough();
    input.write(tar(entry({ name: 'a', body: 'x' })).subarray(0, 1024));
    const stop = new AbortController();
    const opening = openTarContext(input, { folder, signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    expect(input.destroyed).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('an input that breaks is an error, and nothing stays', async () => {
    const input = new PassThrough();
    input.write(tar(entry({ name: 'a', body: 'x' })).subarray(0, 1024));
    const opening = openTarContext(input, { folder });
    setImmediate(() => input.destroy(new Error('broken pipe')));
    await expect(opening).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('broken pipe'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('ignoring', () => {
  const parts = ['src/app.ts', 'src/app.log', 'node_modules/a/b', 'node_modules/keep/me', 'x/y/z'].map(
    (name) => entry({ name, body: name }),
  );

  test.each([
    ['**/*.log', ['src', 'src/app.ts', 'x', 'x/y', 'x/y/z']],
    ['*\n!src', ['src', 'src/app.log', 'src/app.ts']],
    ['**\n!x/y/z', ['x', 'x/y', 'x/y/z']],
    ['*\n!nothing/there', []],
  ])('%j', async (rules, left) => {
    const whole = await open(...parts);
    const context = await whole.ignoring(parseIgnore(`${rules}\nnode_modules`));
    expect(pathsOf(context).slice(1)).toEqual(left);
    expect(() => context.open('node_modules/keep/me')).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
    expect(await textOf(whole, 'node_modules/keep/me')).toBe('node_modules/keep/me');
  });

  test('is cancelled', async () => {
    const whole = await open(...parts);
    const ignoring = whole.ignoring(parseIgnore('x'), AbortSignal.abort());
    await expect(ignoring).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('standard input', () => {
  const plain = tar(entry({ name: 'a', body: 'x' }));
  test.each([
    ['tar', plain],
    ['tar', entry({ name: 'old', format: 'v7', body: 'x' })],
    ['tar', tar()],
    ['tar', gzipSync(plain)],
    ['tar', Buffer.from('BZh91AY&SY')],
    ['dockerfile', Buffer.from('FROM scratch\n')],
    ['dockerfile', Buffer.from(`# ${'x'.repeat(2000)}\nFROM scratch\n`)],
    ['dockerfile', Buffer.alloc(0)],
    ['dockerfile', Buffer.alloc(100)],
  ] as const)('is a %s, and none of it is lost (%#)', async (kind, data) => {
    for (const chunkBytes of [1, 300, 100_000]) {
      const sniffed = await sniffStdin(streamOf(data, chunkBytes));
      expect(sniffed.kind).toBe(kind);
      expect((await bytesOf(sniffed.input)).equals(data)).toBe(true);
    }
  });
});

test('an empty context has a root and nothing else', async () => {
  const context = emptyContext();
  expect(pathsOf(context)).toEqual(['']);
  expect(context.lookup('')).toMatchObject({ type: 'dir', mode: 0o755, uid: 0, gid: 0 });
  expect(context.lookup('a')).toBeUndefined();
  expect(() => context.open('a')).toThrow(expect.objectContaining({ code: 'not-found' }));
  await expect(context.digest('')).rejects.toMatchObject({ code: 'invalid-argument' });
});
