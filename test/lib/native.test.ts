// The calls into C, compared with what node and the system's own programs say.
import { execFileSync } from 'node:child_process';
import { lstat, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, getuid, platform } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type NativeCalls, loadNative } from '../../src/lib/native.ts';

const native = loadNative();

test('they are looked for once', () => {
  expect(loadNative()).toBe(native);
});

describe.runIf(native !== undefined && platform === 'linux')('calls into C', () => {
  const calls = native as NativeCalls;
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phyllo-native-'));
    file = join(folder, 'ä file');
    await writeFile(file, 'x');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('lock an open file, for itself only', async () => {
    await using one = await open(file);
    await using two = await open(file);
    expect(calls.tryLock(one.fd, 'exclusive')).toBe(true);
    expect(calls.tryLock(two.fd, 'shared')).toBe(false);
    expect(calls.tryLock(one.fd, 'shared')).toBe(true);
    expect(calls.tryLock(two.fd, 'shared')).toBe(true);
    expect(calls.tryLock(two.fd, 'exclusive')).toBe(false);
  });

  test('refuse a file that is not open', () => {
    expect(() => calls.tryLock(12_345, 'shared')).toThrow(expect.objectContaining({ code: 'io' }));
  });

  test.each([
    ['text', Buffer.from('value')],
    ['bytes with NUL', Buffer.from([0, 255, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('keep an attribute of %s', (_, value) => {
    calls.setXattr(Buffer.from(file), 'user.test', value);
    expect(Buffer.from(calls.getXattr(Buffer.from(file), 'user.test')!)).toEqual(value);
    expect(calls.listXattrs(Buffer.from(file))).toContain('user.test');
  });

  test('know no attribute that is not there', () => {
    expect(calls.getXattr(Buffer.from(file), 'user.absent')).toBeUndefined();
  });

  test('set times to the nanosecond, of the link itself, before 1970 too', async () => {
    const link = join(folder, 'link');
    await symlink(file, link);
    calls.setTimes(Buffer.from(link), 1_234_567_890, 123_456_789);
    expect((await lstat(link, { bigint: true })).mtimeNs).toBe(1_234_567_890_123_456_789n);
    expect((await lstat(file)).mtimeMs).toBeGreaterThan(1_500_000_000_000);
    calls.setTimes(Buffer.from(file), -5, 0);
    expect(execFileSync('stat', ['-c', '%Y', file], { encoding: 'utf8' }).trim()).toBe('-5');
  });

  test('know which open files programs that are started have', async () => {
    await using given = await open(file);
    expect(calls.closesOnExec(given.fd)).toBe(true);
    const look = `
      import { openSync } from 'node:fs';
      import { loadNative } from ${JSON.stringify(new URL('../../src/lib/native.ts', import.meta.url).href)};
      console.log(JSON.stringify([100, openSync('/')].map((fd) => loadNative().closesOnExec(fd))));`;
    const told = execFileSync(execPath, ['--no-warnings', '--input-type=module', '-e', look], {
      // Node itself closes the first ones on exec.
      stdio: ['ignore', 'pipe', 'inherit', ...Array.from({ length: 97 }, () => 'ignore' as const), given.fd],
      encoding: 'utf8',
    });
    expect(JSON.parse(told)).toEqual([false, true]);
    expect(() => calls.closesOnExec(12_345)).toThrow(expect.objectContaining({ data: { errno: 'EBADF' } }));
  });

  test('make a pipe', async () => {
    const path = join(folder, 'pipe');
    calls.makeNode(Buffer.from(path), 'fifo', 0o600, 0, 0);
    expect((await lstat(path)).isFIFO()).toBe(true);
  });

  test.runIf(getuid?.() === 0)('make devices with the numbers that were asked for', async () => {
    const path = join(folder, 'device');
    calls.makeNode(Buffer.from(path), 'char', 0o600, 300, 70_000);
    expect(execFileSync('stat', ['-c', '%F %Hr %Lr', path], { encoding: 'utf8' }).trim()).toBe(
      'character special file 300 70000',
    );
    expect((await lstat(path)).isCharacterDevice()).toBe(true);
  });

  test('name what is wrong', () => {
    const absent = Buffer.from(join(folder, 'absent'));
    for (const call of [
      () => calls.getXattr(absent, 'user.x'),
      () => calls.listXattrs(absent),
      () => calls.setXattr(absent, 'user.x', Buffer.from('x')),
      () => calls.setTimes(absent, 0, 0),
    ])
      expect(call).toThrow(expect.objectContaining({ data: { errno: 'ENOENT' } }));
  });
});
