// A local context: hostile and changing directories give no file of another place, no hang and no wrong bytes.
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { geteuid, seteuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type DirectoryContext,
  type DirectoryContextOptions,
  openDirectoryContext,
} from '../../../src/build/context/directory-context.ts';
import { parseIgnore } from '../../../src/dockerfile/ignore.ts';
import { loadNative } from '../../../src/lib/native.ts';
import { Sandbox } from '../../layer/apply-fixtures.ts';
import { LARGE, bytesOf, pathsOf, sha256, textOf } from './trees.ts';

const native = loadNative()!;
const isRoot = geteuid?.() === 0;
const NOBODY = 65_534;

let sandbox: Sandbox;
let warnings: string[];
beforeEach(() => {
  sandbox = new Sandbox();
  warnings = [];
});
afterEach(() => sandbox.remove());

const at = (path: string): string => join(sandbox.root, path);
const open = (options: DirectoryContextOptions = {}): Promise<DirectoryContext> =>
  openDirectoryContext(sandbox.root, { onWarning: (line) => warnings.push(line), ...options });

describe('what is no file', () => {
  test('a link is a link, wherever it leads', async () => {
    symlinkSync(sandbox.canary, at('x'));
    symlinkSync('..', at('up'));
    symlinkSync('x', at('again'));
    const context = await open();
    expect(pathsOf(context)).toEqual(['', 'again', 'up', 'x']);
    expect(context.lookup('x')).toMatchObject({ type: 'symlink', linkname: sandbox.canary });
    expect(context.lookup('x/file')).toBeUndefined();
    expect(() => context.open('x/file')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test.skipIf(!isRoot)('pipes, sockets and devices are left out, told and never opened', async () => {
    native.makeNode(Buffer.from(at('pipe')), 'fifo', 0o644, 0, 0);
    native.makeNode(Buffer.from(at('tape')), 'char', 0o644, 9, 0);
    native.makeNode(Buffer.from(at('disk')), 'block', 0o644, 250, 77);
    writeFileSync(at('file'), 'x');
    const server = createServer().listen(at('socket'));
    await new Promise((ready) => server.once('listening', ready));
    const context = await open();
    server.close();
    expect(pathsOf(context)).toEqual(['', 'file']);
    expect(warnings).toEqual([
      'left out, a device is no part of a context: /disk and 1 more',
      'left out, a named pipe is no part of a context: /pipe',
      'left out, a socket is no part of a context: /socket',
    ]);
  });

  test('a file that became a pipe is an error, no wait', async () => {
    writeFileSync(at('file'), 'x');
    const context = await open();
    rmSync(at('file'));
    native.makeNode(Buffer.from(at('file')), 'fifo', 0o644, 0, 0);
    await expect(context.digest('file')).rejects.toMatchObject({ code: 'io' });
    await expect(textOf(context, 'file')).rejects.toMatchObject({ code: 'io' });
  });

  test('a context that is no directory, or not there', async () => {
    writeFileSync(at('file'), 'x');
    await expect(openDirectoryContext(at('file'))).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(openDirectoryContext(at('nowhere'))).rejects.toMatchObject({
      code: 'not-found',
      message: `read ${at('nowhere')}: no such file or directory`,
    });
  });
});

describe('names', () => {
  test('that are no UTF-8 are kept byte by byte', async () => {
    const name = Buffer.concat([Buffer.from(at('caf')), Buffer.from([0xe9, 0xff, 0x0a])]);
    writeFileSync(name, 'content');
    mkdirSync(Buffer.concat([name, Buffer.from('d')]));
    writeFileSync(Buffer.concat([name, Buffer.from('d/x')]), 'inside');
    const context = await open();
    expect(pathsOf(context)).toEqual(['', 'caf\xe9\xff\n', 'caf\xe9\xff\nd', 'caf\xe9\xff\nd/x']);
    expect(await textOf(context, 'caf\xe9\xff\nd/x')).toBe('inside');
    expect(await context.digest('caf\xe9\xff\n')).toBe(sha256('content'));
  });

  test('of one file share an inode, also with a name outside', async () => {
    writeFileSync(at('b'), 'content');
    linkSync(at('b'), at('a'));
    writeFileSync(at('single'), 'content');
    linkSync(join(sandbox.canary, 'file'), at('outer'));
    const context = await open();
    const inode = context.lookup('a')!.inode;
    expect(inode).toBeTypeOf('string');
    expect(context.lookup('b')!.inode).toBe(inode);
    expect(context.lookup('outer')!.inode).not.toBe(inode);
    expect(context.lookup('single')).not.toHaveProperty('inode');
    expect([await context.digest('a'), await context.digest('b')]).toEqual([
      sha256('content'),
      sha256('content'),
    ]);
  });

  test('a thousand directories deep are enough, and more are an error', async () => {
    mkdirSync(at('d/'.repeat(1000)), { recursive: true });
    await open();
    mkdirSync(at('d/'.repeat(1001)), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'limit-exceeded' });
  });
});

describe('metadata', () => {
  test('all belongs to root, set-ID bits and times are kept', async () => {
    writeFileSync(at('tool'), 'x');
    chmodSync(at('tool'), 0o6755);
    mkdirSync(at('shared'));
    chmodSync(at('shared'), 0o1777);
    native.setTimes(Buffer.from(at('tool')), -5, 123_456_789);
    const context = await open();
    expect(context.lookup('tool')).toEqual({
      type: 'file',
      mode: 0o6755,
      uid: 0,
      gid: 0,
      sizeBytes: 1,
      mtimeSeconds: -5,
      mtimeNanos: 123_456_789,
    });
    expect(context.lookup('shared')).toMatchObject({ mode: 0o1777, uid: 0 });
  });

  test.skipIf(!isRoot)('of extended attributes only file capabilities count', async () => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    writeFileSync(at('tool'), 'x');
    native.setXattr(Buffer.from(at('tool')), 'security.capability', capability);
    native.setXattr(Buffer.from(at('tool')), 'user.note', Buffer.from('mine'));
    const context = await open();
    expect([...context.lookup('tool')!.xattrs!]).toEqual([['security.capability', capability]]);
    expect((await open({ native: null })).lookup('tool')).not.toHaveProperty('xattrs');
  });
});

describe.skipIf(!isRoot)('without permission', () => {
  beforeEach(() => chmodSync(sandbox.base, 0o755));

  async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
    seteuid!(NOBODY);
    try {
      return await work();
    } finally {
      seteuid!(0);
    }
  }

  test('a file is listed, and named when it is needed', async () => {
    writeFileSync(at('secret'), 'x', { mode: 0 });
    await asNobody(async () => {
      const context = await open();
      expect(context.lookup('secret')).toMatchObject({ mode: 0, sizeBytes: 1 });
      const refusal = { code: 'read-only', message: 'read /secret: permission denied' };
      await expect(context.digest('secret')).rejects.toMatchObject(refusal);
      await expect(textOf(context, 'secret')).rejects.toMatchObject(refusal);
    });
  });

  test.each([0o000, 0o444])('a directory with mode %o is named, unless it is ignored', async (mode) => {
    mkdirSync(at('top/closed'), { recursive: true });
    writeFileSync(at('top/closed/x'), 'x');
    chmodSync(at('top/closed'), mode);
    await asNobody(async () => {
      await expect(open()).rejects.toMatchObject({
        code: 'read-only',
        message: expect.stringMatching(/^read \/top\/closed(?:\/x)?: permission denied$/),
      });
      const context = await open({ ignore: parseIgnore('top/closed\n!elsewhere') });
      expect(pathsOf(context)).toEqual(['', 'top']);
    });
  });
});

describe('while it is listed', () => {
  /** Does something when the walk is at the file `trigger`, which it asks for its attributes. */
  function meanwhile(trigger: string, action: () => void): DirectoryContextOptions {
    return {
      native: {
        ...native,
        listXattrs(path) {
          if (Buffer.from(path).toString().endsWith(`/${trigger}`)) action();
          return native.listXattrs(path);
        },
      },
    };
  }

  test('a directory that becomes a link is not entered', async () => {
    mkdirSync(at('dir'));
    writeFileSync(at('dir/mine'), 'x');
    writeFileSync(at('later'), 'x');
    const context = await open(
      meanwhile('later', () => {
        renameSync(at('dir'), at('moved'));
        symlinkSync(sandbox.canary, at('dir'));
      }),
    );
    expect(pathsOf(context)).toEqual(['', 'later']);
    expect(warnings).toEqual(['left out, it changed while the context was read: /dir']);
  });

  test('neither is another directory in its place', async () => {
    mkdirSync(at('dir'));
    writeFileSync(at('later'), 'x');
    const swap = (): void => {
      renameSync(at('dir'), at('moved'));
      renameSync(join(sandbox.canary, 'folder'), at('dir'));
    };
    expect(pathsOf(await open(meanwhile('later', swap)))).toEqual(['', 'later']);
  });

  test('a directory above that becomes a link does not lead out', async () => {
    mkdirSync(at('dir/inner'), { recursive: true });
    writeFileSync(at('dir/inner/mine'), 'x');
    writeFileSync(at('dir/z'), 'x');
    mkdirSync(join(sandbox.canary, 'inner'));
    writeFileSync(join(sandbox.canary, 'inner', 'secret'), 'x');
    const context = await open(
      meanwhile('z', () => {
        renameSync(at('dir'), at('moved'));
        symlinkSync(sandbox.canary, at('dir'));
      }),
    );
    expect(pathsOf(context)).toEqual(['', 'dir', 'dir/inner', 'dir/inner/mine', 'dir/z']);
    await expect(context.digest('dir/inner/mine')).rejects.toMatchObject({ code: 'io' });
  });

  test('a file that goes away is left out', async () => {
    writeFileSync(at('a'), 'x');
    writeFileSync(at('b'), 'x');
    expect(pathsOf(await open(meanwhile('a', () => rmSync(at('b')))))).toEqual(['', 'a']);
    expect(warnings).toEqual(['left out, it went away while the context was read: /b']);
  });
});

describe('a file that changed since', () => {
  const CHANGES: readonly (readonly [how: string, change: (path: string) => void])[] = [
    ['grew', (path) => appendFileSync(path, 'more')],
    ['shrank', (path) => truncateSync(path, 3)],
    ['was touched', (path) => utimesSync(path, 1, 1)],
    ['is gone', (path) => rmSync(path)],
    ['became a directory', (path) => (rmSync(path), mkdirSync(path))],
    ['became a link', (path) => (renameSync(path, `${path}.old`), symlinkSync(`${path}.old`, path))],
    [
      'was replaced by one that looks the same',
      (path) => {
        writeFileSync(`${path}.new`, 'X'.repeat(LARGE.length));
        utimesSync(`${path}.new`, 1000, 1000);
        renameSync(`${path}.new`, path);
      },
    ],
  ];

  test.each(CHANGES)('%s: an error that names it', async (_, change) => {
    mkdirSync(at('d'));
    writeFileSync(at('d/file'), LARGE);
    utimesSync(at('d/file'), 1000, 1000);
    const context = await open();
    change(at('d/file'));
    const error = {
      code: 'io',
      message: expect.stringMatching(/^read \/d\/file: it (?:changed|is gone) since/),
    };
    await expect(context.digest('d/file')).rejects.toMatchObject(error);
    await expect(bytesOf(context.open('d/file'))).rejects.toMatchObject(error);
  });

  test.each(CHANGES.slice(0, 3))('%s while it is read: the same', async (_, change) => {
    writeFileSync(at('file'), LARGE);
    const context = await open();
    const chunks = context.open('file')[Symbol.asyncIterator]();
    await chunks.next();
    change(at('file'));
    const rest = async (): Promise<void> => {
      while (!(await chunks.next()).done);
    };
    await expect(rest()).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('/file: it changed'),
    });
  });

  test('a directory above that became a link to a twin: the same', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/file'), 'x');
    const context = await open();
    renameSync(at('d'), at('twin'));
    symlinkSync('twin', at('d'));
    await expect(context.digest('d/file')).rejects.toMatchObject({ code: 'io' });
  });
});

test('a sparse file of a tebibyte costs nothing before it is read', async () => {
  const sizeBytes = 2 ** 40;
  writeFileSync(at('huge'), '');
  truncateSync(at('huge'), sizeBytes);
  const met: unknown[] = [];
  const context = await open({ onProgress: (progress) => met.push(progress) });
  expect(met.at(-1)).toEqual({ files: 1, bytes: sizeBytes });
  expect(context.lookup('huge')!.sizeBytes).toBe(sizeBytes);
  for await (const chunk of context.open('huge')) {
    expect((chunk as Buffer).equals(Buffer.alloc((chunk as Buffer).length))).toBe(true);
    break;
  }
  const stop = new AbortController();
  const hashing = context.digest('huge', stop.signal);
  setImmediate(() => stop.abort());
  await expect(hashing).rejects.toMatchObject({ code: 'cancelled' });
});

describe('ignoring', () => {
  beforeEach(() => {
    for (const path of [
      'src/app.ts',
      'src/app.log',
      'node_modules/a/b/index.js',
      'node_modules/keep/me',
      'x/y/z',
    ]) {
      mkdirSync(at(join(path, '..')), { recursive: true });
      writeFileSync(at(path), path);
    }
  });

  test.each([
    ['*.log', ['src', 'src/app.log', 'src/app.ts', 'x', 'x/y', 'x/y/z']],
    ['**/*.log', ['src', 'src/app.ts', 'x', 'x/y', 'x/y/z']],
    ['src', ['x', 'x/y', 'x/y/z']],
    ['*\n!src', ['src', 'src/app.log', 'src/app.ts']],
    ['**\n!x/y/z', ['x', 'x/y', 'x/y/z']],
    ['*\n!nothing/there', []],
  ])('%j', async (rules, left) => {
    const context = await open({ ignore: parseIgnore(`${rules}\nnode_modules`) });
    expect(pathsOf(context).slice(1)).toEqual(left);
    expect(context.lookup('node_modules')).toBeUndefined();
    expect(() => context.open('node_modules/keep/me')).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });

  test('a directory that something is kept of is there with its own mode', async () => {
    chmodSync(at('node_modules'), 0o700);
    const context = await open({ ignore: parseIgnore('*\n!node_modules/keep') });
    expect(pathsOf(context)).toEqual(['', 'node_modules', 'node_modules/keep', 'node_modules/keep/me']);
    expect(context.lookup('node_modules')!.mode).toBe(0o700);
  });
});

describe('many files', () => {
  const COUNT = 10_000;
  beforeEach(() => {
    for (let index = 0; index < COUNT; index++) writeFileSync(at(`file-${(index * 7919) % COUNT}`), 'x');
  });

  test('are sorted, counted while they are met, and leave others their turn', async () => {
    let [turns, open_] = [0, true];
    const turn = (): void => {
      turns++;
      if (open_) setImmediate(turn);
    };
    setImmediate(turn);
    const progress: number[] = [];
    const context = await open({ onProgress: ({ files }) => progress.push(files) });
    open_ = false;
    const names = context.children('');
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(COUNT);
    expect(progress.at(-1)).toBe(COUNT);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(3);
    expect(turns).toBeGreaterThanOrEqual(progress.length - 1);
  });

  test('are left within 200 ms', async () => {
    const stop = new AbortController();
    let stoppedAt = 0;
    const walk = open({
      signal: stop.signal,
      onProgress: () => {
        stoppedAt = performance.now();
        stop.abort();
      },
    });
    await expect(walk).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - stoppedAt).toBeLessThan(200);
  });

  test('hashing all of them at once is left as soon', async () => {
    const context = await open();
    const stop = new AbortController();
    const hashing = context.children('').map((name) => context.digest(name, stop.signal));
    const settled = Promise.allSettled(hashing);
    const all = Promise.all(hashing);
    expect(await hashing[0]).toBe(sha256('x'));
    stop.abort();
    const stoppedAt = performance.now();
    await expect(all).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - stoppedAt).toBeLessThan(200);
    expect((await settled).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
  });
});

test('a walk that is cancelled before it begins reads nothing', async () => {
  await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
});
