import { chmodSync, lstatSync, statSync, writeFileSync } from 'node:fs';
import { geteuid } from 'node:process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadNative } from '../../src/lib/native.ts';
import { applyLayer } from '../../src/layer/apply.ts';
import { Sandbox, tarOf } from './apply-fixtures.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const isRoot = geteuid?.() === 0;

describe('a layer on an empty root', () => {
  test('makes directories, files and links', async () => {
    const result = await sandbox.apply({
      'etc/': { mode: 0o750 },
      'etc/a': { content: 'one', mode: 0o600 },
      'etc/b': { link: 'a' },
      'etc/c': { type: 'hardlink', link: 'etc/a' },
      'usr/share/doc/x': 'implied parents',
    });
    expect(sandbox.tree()).toEqual([
      'etc/ 750',
      'etc/a 600 "one"',
      'etc/b -> a',
      'etc/c = etc/a',
      'usr/ 755',
      'usr/share/ 755',
      'usr/share/doc/ 755',
      'usr/share/doc/x 644 "implied parents"',
    ]);
    expect(result.files).toBe(4);
    expect(result.bytes).toBe(18);
  });

  test('keeps names that are not UTF-8, and odd ones, byte by byte', async () => {
    await sandbox.apply({
      'a\xff\xfeb': '1',
      'new\nline': '2',
      ' ': '3',
      '-rf': '4',
      'caf\xc3\xa9/\x1b[31m': '5',
    });
    expect(sandbox.tree()).toEqual([
      '  644 "3"',
      '-rf 644 "4"',
      'a\xff\xfeb 644 "1"',
      'caf\xc3\xa9/\x1b[31m 644 "5"',
      'caf\xc3\xa9/ 755',
      'new\nline 644 "2"',
    ]);
  });

  test('gives directories their times last, and the root its own', async () => {
    await sandbox.apply([
      ['', { type: 'dir', mode: 0o711, mtime: 5 }],
      ['d/', { mode: 0o700, mtime: 1234 }],
      ['d/e/', { mtime: 99 }],
      ['d/e/f', { content: 'x', mtime: -5 }],
    ]);
    const seconds = (path: string): number => Math.floor(lstatSync(join(sandbox.root, path)).mtimeMs / 1000);
    expect(['', 'd', 'd/e', 'd/e/f'].map(seconds)).toEqual([5, 1234, 99, -5]);
    expect(statSync(sandbox.root).mode & 0o7777).toBe(0o711);
  });

  test('writes into directories that end up closed to their owner', async () => {
    await sandbox.apply({ 'd/': { mode: 0 }, 'd/f': 'x', 'd/e/': { mode: 0o555 }, 'd/e/g': 'y' });
    expect(statSync(join(sandbox.root, 'd')).mode & 0o7777).toBe(0);
    chmodSync(join(sandbox.root, 'd'), 0o700);
    expect(sandbox.tree()).toEqual(['d/ 700', 'd/e/ 555', 'd/e/g 644 "y"', 'd/f 644 "x"']);
  });

  test('takes the last of several entries of one path', async () => {
    await sandbox.apply([
      ['a', 'first'],
      ['a', 'second'],
      ['b', 'file'],
      ['b/', {}],
      ['b/in', 'x'],
      ['c/', {}],
      ['c/in', 'x'],
      ['c', 'file'],
    ]);
    expect(sandbox.tree()).toEqual(['a 644 "second"', 'b/ 755', 'b/in 644 "x"', 'c 644 "file"']);
  });
});

describe('a layer on lower ones', () => {
  const lower = { 'd/': {}, 'd/a': '1', 'd/b': '2', 'd/sub/c': '3', file: 'old', link: { link: 'd' } };

  test('replaces files without touching other names of their inode', async () => {
    await sandbox.apply({ a: 'shared', b: { type: 'hardlink', link: 'a' } });
    await sandbox.apply({ a: 'new' });
    expect(sandbox.tree()).toEqual(['a 644 "new"', 'b 644 "shared"']);
  });

  test('removes what whiteouts name, and nothing where there is nothing', async () => {
    await sandbox.apply(lower);
    await sandbox.apply({
      'd/.wh.a': '',
      'd/.wh.sub': '',
      '.wh.file': '',
      '.wh.link': '',
      '.wh.absent': '',
      'd/.wh.absent': '',
    });
    expect(sandbox.tree()).toEqual(['d/ 755', 'd/b 644 "2"']);
  });

  test.each([
    ['before', ['d/.wh.a', 'd/a']],
    ['after', ['d/a', 'd/.wh.a']],
  ])('keeps its own file when a whiteout of that name stands %s it', async (_, order) => {
    await sandbox.apply(lower);
    await sandbox.apply(order.map((name) => [name, name.includes('.wh.') ? '' : 'own'] as const));
    expect(sandbox.tree()).toContain('d/a 644 "own"');
  });

  test('a whiteout after a directory of its layer removes only what is below in it', async () => {
    await sandbox.apply(lower);
    await sandbox.apply([
      ['d/', { mode: 0o700 }],
      ['d/own', 'x'],
      ['.wh.d', ''],
    ]);
    expect(sandbox.tree()).toEqual(['d/ 700', 'd/own 644 "x"', 'file 644 "old"', 'link -> d']);
  });

  test.each([
    ['before', true],
    ['after', false],
  ])('an opaque mark %s the entries hides all that is below', async (_, first) => {
    await sandbox.apply(lower);
    const own = [['d/sub/own', 'x'] as const];
    const mark = [['d/.wh..wh..opq', ''] as const];
    await sandbox.apply(first ? [...mark, ...own] : [...own, ...mark]);
    expect(sandbox.tree()).toEqual([
      'd/ 755',
      'd/sub/ 755',
      'd/sub/own 644 "x"',
      'file 644 "old"',
      'link -> d',
    ]);
  });

  test('reads the marks of overlayfs', async () => {
    await sandbox.apply(lower);
    await sandbox.apply({
      'd/': { xattrs: { 'trusted.overlay.opaque': 'y' } },
      'd/new': 'x',
      file: { type: 'char', device: [0, 0] },
    });
    expect(sandbox.tree()).toEqual(['d/ 755', 'd/new 644 "x"', 'link -> d']);
  });

  test('swaps files and directories', async () => {
    await sandbox.apply(lower);
    await sandbox.apply({ d: 'now a file', 'file/': {}, 'file/in': 'x', 'link/': { mode: 0o700 } });
    expect(sandbox.tree()).toEqual(['d 644 "now a file"', 'file/ 755', 'file/in 644 "x"', 'link/ 700']);
  });

  test('a link in the place of a parent gives way to a directory', async () => {
    await sandbox.apply(lower);
    await sandbox.apply({ 'link/in': 'x' });
    expect(sandbox.tree()).toContain('link/in 644 "x"');
    expect(sandbox.tree()).not.toContain('d/in 644 "x"');
  });

  test('leaves the times and modes of directories that it only writes into', async () => {
    await sandbox.apply({ 'd/': { mode: 0o555, mtime: 77 }, 'd/a': '1' });
    await sandbox.apply({ 'd/b': '2', 'd/.wh.a': '' });
    const stat = statSync(join(sandbox.root, 'd'));
    expect([stat.mode & 0o7777, stat.mtimeMs]).toEqual([0o555, 77_000]);
  });

  test('hard links reach into lower layers', async () => {
    await sandbox.apply(lower);
    await sandbox.apply({ 'other/name': { type: 'hardlink', link: 'd/sub/c' } });
    expect(sandbox.tree()).toContain('other/name = d/sub/c');
  });

  test('a hard link to itself changes nothing', async () => {
    await sandbox.apply({ a: 'x' });
    await sandbox.apply({ a: { type: 'hardlink', link: 'a' } });
    expect(sandbox.tree()).toEqual(['a 644 "x"']);
  });

  test.each([
    ['is not there', { a: { type: 'hardlink', link: 'none' } }],
    ['is a directory', { 'd/': {}, a: { type: 'hardlink', link: 'd' } }],
    ['goes with what the link replaces', { 'd/in': 'x', d: { type: 'hardlink', link: 'd/in' } }],
    ['has to become a directory for the link', { d: 'x', 'd/in': { type: 'hardlink', link: 'd' } }],
  ] as const)('refuses a hard link whose target %s', async (_, layer) => {
    await expect(sandbox.apply(layer)).rejects.toMatchObject({ code: 'invalid-archive' });
  });
});

describe('attributes', () => {
  test('set-ID bits and devices are kept only when asked for', async () => {
    const layer = {
      su: { content: 'x', mode: 0o4755 },
      'tmp/': { mode: 0o3777 },
      null: { type: 'char', mode: 0o666, device: [1, 3] },
      pipe: { type: 'fifo', mode: 0o600 },
    } as const;
    const { warnings } = await sandbox.apply(layer, { owners: false });
    expect(sandbox.tree()).toEqual(['pipe 600 fifo', 'su 755 "x"', 'tmp/ 1777']);
    expect(warnings).toContain('setuid and setgid bits left out: /su and 1 more');
    expect(warnings).toContain('device node left out: /null');
  });

  test.runIf(isRoot)('root keeps owners, set-ID bits, capabilities and devices when asked', async () => {
    const capability = '\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00';
    await sandbox.apply(
      {
        'd/': { uid: 5, gid: 6, mode: 0o2750 },
        su: {
          content: 'x',
          mode: 0o4755,
          uid: 33,
          gid: 44,
          xattrs: { 'security.capability': capability, 'user.a': 'b' },
        },
        link: { link: 'x', uid: 7, gid: 8 },
        null: { type: 'char', mode: 0o666, device: [1, 3] },
      },
      { privileges: true },
    );
    const stat = (path: string): unknown => {
      const { mode, uid, gid, rdev } = lstatSync(join(sandbox.root, path));
      return [(mode & 0o7777).toString(8), uid, gid, rdev];
    };
    expect(stat('d')).toEqual(['2750', 5, 6, 0]);
    expect(stat('su')).toEqual(['4755', 33, 44, 0]);
    expect(stat('link')).toEqual([expect.any(String), 7, 8, 0]);
    expect(stat('null')).toEqual(['666', 0, 0, 0x103]);
    const native = loadNative();
    expect(native?.getXattr(Buffer.from(join(sandbox.root, 'su')), 'user.a')).toEqual(Buffer.from('b'));
    expect(native?.getXattr(Buffer.from(join(sandbox.root, 'su')), 'security.capability')).toHaveLength(20);
  });

  test('overlayfs bookkeeping and labels of the host are never taken from a layer', async () => {
    await sandbox.apply({
      'd/': {
        xattrs: { 'trusted.overlay.redirect': '/etc', 'user.overlay.metacopy': '', 'security.selinux': 'x' },
      },
    });
    expect(loadNative()?.listXattrs(Buffer.from(join(sandbox.root, 'd')))).toEqual([]);
  });

  test('keeps nanoseconds', async () => {
    await sandbox.apply({ a: { content: 'x', mtime: 1_700_000_000, nanos: 123_456_789 } });
    expect(lstatSync(join(sandbox.root, 'a'), { bigint: true }).mtimeNs).toBe(1_700_000_000_123_456_789n);
  });

  test('without native calls, what is lost is told', async () => {
    const { warnings } = await sandbox.apply(
      { a: { content: 'x', mtime: -7, xattrs: { 'user.a': 'b' } }, pipe: { type: 'fifo' } },
      { native: null, owners: true },
    );
    expect(lstatSync(join(sandbox.root, 'a')).mtimeMs).toBe(-7000);
    expect(warnings).toEqual(['extended attribute user.a not kept: /a', 'named pipe left out: /pipe']);
  });

  test('names in warnings and errors are safe to show', async () => {
    const { warnings } = await sandbox.apply({ '\x1b[2Jsu': { content: '', mode: 0o4755 } });
    expect(warnings.join()).toContain('/\\x1b[2Jsu');
    const long = `\x1b]0;${'n'.repeat(300)}`;
    const error = await sandbox.apply({ [long]: 'x' }).catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(/^write \/\\x1b\]0;n+: name too long$/);
  });
});

describe('stopping', () => {
  test('a cancelled layer stops at once and leaves no half file', async () => {
    const controller = new AbortController();
    const chunks: Uint8Array[] = [];
    for await (const chunk of tarOf({ a: 'x'.repeat(2000), b: 'y' })) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    const tar = (async function* (): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 1000);
      controller.abort();
      yield whole.subarray(1000);
    })();
    await expect(applyLayer(tar, sandbox.root, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(sandbox.tree()).toEqual([]);
  });

  test('a tar that is cut short leaves no half file', async () => {
    const tar = (async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of tarOf({ a: 'x'.repeat(2000) })) {
        yield chunk.subarray(0, 700);
        if (chunk.length > 700) return;
      }
    })();
    await expect(applyLayer(tar, sandbox.root)).rejects.toMatchObject({ code: 'invalid-archive' });
    expect(sandbox.tree()).toEqual([]);
  });

  test('a root that is no directory is refused', async () => {
    writeFileSync(join(sandbox.base, 'plain'), '');
    await expect(applyLayer(tarOf({ a: 'x' }), join(sandbox.base, 'plain'))).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(applyLayer(tarOf({ a: 'x' }), join(sandbox.base, 'none'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
