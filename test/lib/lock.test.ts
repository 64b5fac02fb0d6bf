// Locks between processes, by both ways that there are.
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LockMode, Locker, holderOf } from '../../src/lib/lock.ts';
import {
  type ChildProgram,
  bundleChild,
  endOf,
  runChild,
  startChild,
  untilHolding,
} from '../support/store-processes.ts';
import { needTool } from '../support/tools.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rm(folder, { recursive: true }));

const tryOnce = (mode: LockMode) => ({ mode, purpose: 'test', timeoutMs: 0 }) as const;

describe.each([
  ['by the system itself', true],
  ['by flock(1)', false],
])('%s', (_, native) => {
  let program: ChildProgram;
  beforeAll(async () => {
    program = await bundleChild({ native });
  });
  afterAll(() => program.remove());
  const usable = native || needTool('flock');

  test.runIf(usable).each<[LockMode, LockMode, boolean]>([
    ['shared', 'shared', true],
    ['shared', 'exclusive', false],
    ['exclusive', 'shared', false],
    ['exclusive', 'exclusive', false],
  ])('while one has it %s, another can have it %s: %s', async (first, second, granted) => {
    const child = startChild(program, ['lock', path, first, '0']);
    await untilHolding(child);
    const ended = await runChild(program, ['lock', path, second, '0']);
    expect(ended.done ?? ended.code).toBe(granted ? '' : 'locked');
    await endOf(child);
    expect(await runChild(program, ['lock', path, second, '0'])).toMatchObject({ done: '' });
  });

  test.runIf(usable)('who is refused is told who has it and for what', async () => {
    const child = startChild(program, ['lock', path, 'exclusive', '0']);
    await untilHolding(child);
    const { message } = await runChild(program, ['lock', path, 'exclusive', '50']);
    expect(message).toBe(`lock ${path}: held by process ${child.pid} (test)`);
    await endOf(child);
  });

  test.runIf(usable)('it goes with the process that is killed', async () => {
    const child = startChild(program, ['lock', path, 'exclusive', '0']);
    await untilHolding(child);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(await runChild(program, ['lock', path, 'exclusive', '0'])).toMatchObject({ done: '' });
  });

  test.runIf(usable)('who waits gets it as soon as it is free', async () => {
    const child = startChild(program, ['lock', path, 'exclusive', '0']);
    await untilHolding(child);
    const waiting = startChild(program, ['lock', path, 'exclusive', '20000']);
    await endOf(child);
    expect(await endOf(waiting)).toMatchObject({ done: '' });
  });
});

test('where neither way is there, that is said', async () => {
  const program = await bundleChild({ native: false });
  const ended = await runChild(program, ['lock', path, 'shared', '0'], ['/usr/bin/env', 'PATH=/nowhere']);
  expect(ended).toMatchObject({
    code: 'unsupported',
    message: 'lock file: neither koffi nor flock(1) is there',
  });
  await program.remove();
});

test('two lockers of one process keep each other out', async () => {
  const lock = await new Locker().acquire(path, tryOnce('exclusive'));
  await expect(new Locker().acquire(path, tryOnce('exclusive'))).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
  await lock.release();
  await (await new Locker().acquire(path, tryOnce('exclusive'))).release();
});

test('the note of the holder goes with its lock', async () => {
  const lock = await new Locker().acquire(path, tryOnce('exclusive'));
  expect(await holderOf(path)).toBe(`process ${pid} (test)`);
  await lock.release();
  expect(await holderOf(path)).toBeUndefined();
  expect(await readFile(path, 'utf8')).toBe('');
});

test.each(['', 'rubbish', '\x1b[31m 12 x', '12'])('a note that says %j names nobody', async (note) => {
  await writeFile(path, note);
  expect(await holderOf(path)).toBeUndefined();
});

test('nothing but the purpose comes out of a note', async () => {
  await writeFile(path, '12 load\x1b[31m red');
  expect(await holderOf(path)).toBe('process 12 (load)');
});

test('waiting ends with the signal, and is announced once', async () => {
  const lock = await new Locker().acquire(path, tryOnce('exclusive'));
  const controller = new AbortController();
  const told: string[] = [];
  const second = new Locker().acquire(path, {
    mode: 'shared',
    purpose: 'second',
    timeoutMs: 60_000,
    signal: controller.signal,
    onWait: (holder) => {
      told.push(holder);
      controller.abort();
    },
  });
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  expect(told).toEqual([`process ${pid} (test)`]);
  await lock.release();
});

test('a locked file that was replaced meanwhile is known as such', async () => {
  const lock = await new Locker().acquire(path, tryOnce('exclusive'));
  expect(await lock.isAt(path)).toBe(true);
  await rename(path, join(folder, 'moved'));
  expect(await lock.isAt(path)).toBe(false);
  await writeFile(path, '');
  expect(await lock.isAt(path)).toBe(false);
  expect(await lock.isAt(join(folder, 'moved'))).toBe(true);
  await lock.release();
});

test('a lock file is not made where it has to be there, nor through a link', async () => {
  await expect(new Locker().acquire(path, { ...tryOnce('shared'), mustExist: true })).rejects.toMatchObject({
    code: 'not-found',
  });
  await symlink(join(folder, 'target'), path);
  await expect(new Locker().acquire(path, tryOnce('shared'))).rejects.toMatchObject({ name: 'PhylloError' });
});

test.runIf(needTool('strace'))(
  'a lock that cannot be signed, on a full disk, is held all the same',
  async () => {
    const program = await bundleChild();
    const through = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=pwrite64:error=ENOSPC'];
    expect(await runChild(program, ['lock', path, 'exclusive', '0'], through)).toMatchObject({ done: '' });
    await program.remove();
  },
);
