// GNU tar as an oracle: what it packs of a real directory, in every format it has, is read as that directory is.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
  chmodSync,
  closeSync,
  ftruncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TarEntry } from '../../src/layer/entry.ts';
import { loadNative } from '../../src/lib/native.ts';
import { latin1, line, readByPosition, readStream } from '../support/layer-tar.ts';
import { needTool } from '../support/tools.ts';

const hasGnuTar = needTool('tar') && execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU');
const native = loadNative();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-oracle-'));
  makeShort(join(folder, 'short'));
  makeMiddle(join(folder, 'middle'));
  makeLong(join(folder, 'long'));
  makeSparse(join(folder, 'sparse'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What v7 has room for. */
function makeShort(root: string): void {
  mkdirSync(join(root, 'dir', 'sub'), { recursive: true });
  writeFileSync(join(root, 'dir', 'empty'), '');
  writeFileSync(join(root, 'dir', 'block'), 'x'.repeat(512));
  writeFileSync(join(root, 'dir', 'more'), 'y'.repeat(70_000));
  writeFileSync(Buffer.from(join(root, 'bytes-\xe9\xff\n'), 'latin1'), 'z');
  symlinkSync('../nowhere//at/all/', join(root, 'dir', 'link'));
  linkSync(join(root, 'dir', 'more'), join(root, 'second'));
  chmodSync(join(root, 'dir', 'sub'), 0o1777);
  chmodSync(join(root, 'dir', 'block'), 0o4711);
  lutimesSync(join(root, 'dir', 'empty'), 1_234_567_890, 1_234_567_890);
}

/** What ustar has room for besides. */
function makeMiddle(root: string): void {
  makeShort(root);
  const deep = join(root, 'd'.repeat(90), 'e'.repeat(50));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'f'.repeat(90)), 'deep');
  execFileSync('mkfifo', [join(root, 'pipe')]);
}

function makeLong(root: string): void {
  makeMiddle(root);
  const deep = join(root, ...Array.from({ length: 5 }, () => 'g'.repeat(200)));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'file'), 'deeper');
  symlinkSync('t'.repeat(300), join(root, 'long-link'));
  linkSync(join(deep, 'file'), join(root, 'z-link-to-a-long-name'));
  native?.setTimes(Buffer.from(join(root, 'second')), 1_700_000_000, 123_456_789);
  native?.setTimes(Buffer.from(join(root, 'pipe')), -5, 250_000_000);
}

function makeSparse(root: string): void {
  mkdirSync(root);
  for (const [name, chunks] of [
    ['one', 1],
    ['four', 4],
    ['five', 5],
    ['many', 60],
  ] as const) {
    const file = openSync(join(root, name), 'w');
    for (let index = 0; index < chunks; index++)
      writeSync(file, `data ${index}`.repeat(700), index * 65_536 + 20_480);
    ftruncateSync(file, chunks * 65_536 + 100_000);
    closeSync(file);
  }
  writeFileSync(join(root, 'dense'), 'x'.repeat(10_000));
  const hole = openSync(join(root, 'hole'), 'w');
  ftruncateSync(hole, 1_000_000);
  closeSync(hole);
}

/** Every path of a directory with what a tar should say of it; times to the second unless `nanos`. */
function onDisk(root: string, nanos: boolean): object[] {
  const found: object[] = [];
  const visit = (place: Buffer, path: string): void => {
    found.push(describePath(place, path, nanos));
    if (!lstatSync(place).isDirectory()) return;
    for (const name of readdirSync(place, { encoding: 'buffer' }))
      visit(
        Buffer.concat([place, Buffer.from('/'), name]),
        path === '' ? latin1(name) : `${path}/${latin1(name)}`,
      );
  };
  visit(Buffer.from(root), '');
  return found.sort(byPath);
}

function describePath(place: Buffer, path: string, nanos: boolean): object {
  const stat = lstatSync(place, { bigint: true });
  const seconds = stat.mtimeNs / 1_000_000_000n - (stat.mtimeNs % 1_000_000_000n < 0n ? 1n : 0n);
  return {
    path,
    type: typeOf(stat),
    mode: stat.isSymbolicLink() ? 0o777 : Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: stat.isFile() ? Number(stat.size) : 0,
    time: nanos ? String(stat.mtimeNs) : String(seconds * 1_000_000_000n),
    link: stat.isSymbolicLink() ? latin1(readlinkSync(place, 'buffer')) : '',
    digest: stat.isFile() ? createHash('sha256').update(readFileSync(place)).digest('hex') : undefined,
  };
}

function typeOf(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'symlink';
  return stat.isFIFO() ? 'fifo' : 'file';
}

/** The same of what was read; a hard link is the file that it names. */
function asRead(entries: readonly TarEntry[], digests: readonly (string | undefined)[]): object[] {
  const bodies = new Map(
    entries.map(({ path, sizeBytes }, index) => [latin1(path), { size: sizeBytes, digest: digests[index] }]),
  );
  return entries
    .map((read, index) => {
      const target =
        read.type === 'hardlink'
          ? bodies.get(latin1(read.linkname))!
          : { size: read.sizeBytes, digest: digests[index] };
      return {
        path: latin1(read.path),
        type: read.type === 'hardlink' ? 'file' : read.type,
        mode: read.mode,
        uid: read.uid,
        gid: read.gid,
        size: target.size,
        time: String(BigInt(read.mtimeSeconds) * 1_000_000_000n + BigInt(read.mtimeNanos)),
        link: read.type === 'symlink' ? latin1(read.linkname) : '',
        digest: target.digest,
      };
    })
    .sort(byPath);
}

function byPath(a: { path?: string }, b: { path?: string }): number {
  return a.path! < b.path! ? -1 : 1;
}

function packed(root: string, options: readonly string[]): Buffer {
  return execFileSync('tar', [...options, '-C', join(folder, root), '-cf', '-', '.'], {
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function readWell(bytes: Buffer): Promise<Awaited<ReturnType<typeof readStream>>> {
  const stream = await readStream(bytes, [10_240]);
  expect(stream.message).toBeUndefined();
  const position = await readByPosition(bytes);
  expect(position.message).toBeUndefined();
  expect(position.entries.map(line)).toEqual(stream.entries.map(line));
  return stream;
}

describe.runIf(hasGnuTar)('GNU tar', () => {
  test.each([
    ['v7', 'short', false],
    ['ustar', 'middle', false],
    ['oldgnu', 'long', false],
    ['gnu', 'long', false],
    ['posix', 'long', true],
  ])('--format=%s', async (format, root, nanos) => {
    const { entries, digests } = await readWell(packed(root, [`--format=${format}`]));
    expect(asRead(entries, digests)).toEqual(onDisk(join(folder, root), nanos));
  });

  test.each([
    ['oldgnu', []],
    ['gnu', []],
    ['posix', ['--sparse-version=0.0']],
    ['posix', ['--sparse-version=0.1']],
    ['posix', ['--sparse-version=1.0']],
  ])('--sparse --format=%s %s', async (format, options) => {
    const bytes = packed('sparse', ['--sparse', '--hole-detection=raw', `--format=${format}`, ...options]);
    const { entries, digests } = await readWell(bytes);
    expect(asRead(entries, digests)).toEqual(onDisk(join(folder, 'sparse'), format === 'posix'));
    expect(entries.filter(({ sparse }) => sparse !== undefined)).toHaveLength(5);
    expect(bytes.length).toBeLessThan(500_000);
  });

  test.each(['gnu', 'posix'])('owners beyond what octal has room for, --format=%s', async (format) => {
    const { entries } = await readWell(
      packed('short', [`--format=${format}`, '--owner=x:3000000', '--group=x:4294967294']),
    );
    expect(new Set(entries.map(({ uid, gid }) => `${uid}:${gid}`))).toEqual(new Set(['3000000:4294967294']));
  });

  test.each(['gnu', 'posix'])('times before 1970 and far ahead, --format=%s', async (format) => {
    for (const seconds of [-1_000_000_000, 9_000_000_000, 2 ** 34]) {
      const { entries } = await readWell(packed('short', [`--format=${format}`, `--mtime=@${seconds}`]));
      expect(new Set(entries.map(({ mtimeSeconds }) => mtimeSeconds))).toEqual(new Set([seconds]));
    }
  });

  test('extended attributes', async () => {
    const file = join(folder, 'short', 'dir', 'block');
    native?.setXattr(Buffer.from(file), 'user.bytes', Buffer.from([0, 61, 10, 255]));
    const names = native?.listXattrs(Buffer.from(file)).filter((name) => name.startsWith('user.')) ?? [];
    const { entries } = await readWell(
      packed('short', ['--format=posix', '--xattrs', '--xattrs-include=user.*']),
    );
    const read = entries.find(({ path }) => latin1(path) === 'dir/block')!;
    expect([...(read.xattrs ?? [])].map(([name, value]) => [name, [...value]])).toEqual(
      names.map((name) => [name, [0, 61, 10, 255]]),
    );
  });

  test('a global header of its own is read past', async () => {
    const bytes = packed('short', ['--format=posix', '--pax-option=globexthdr.name=g,comment=x,mtime=5']);
    const { entries } = await readWell(bytes);
    expect(entries.map(({ path }) => latin1(path)).sort()).toEqual(
      onDisk(join(folder, 'short'), true).map((found) => (found as { path: string }).path),
    );
  });

  test('archives that were put together by hand: appended, with a member twice', async () => {
    const archive = join(folder, 'appended.tar');
    execFileSync('tar', ['-C', join(folder, 'short'), '-cf', archive, 'dir/more', 'second']);
    execFileSync('tar', ['-C', join(folder, 'short'), '-rf', archive, 'dir/empty', 'dir/more']);
    const { entries } = await readWell(readFileSync(archive));
    expect(entries.map(({ path, type }) => `${latin1(path)} ${type}`)).toEqual([
      'dir/more file',
      'second hardlink',
      'dir/empty file',
      'dir/more file',
    ]);
  });
});
