// Blobs as files: modes, damage, and what lies in their way.
import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { MAX_JSON_BYTES } from '../../src/oci/json.ts';
import { type ImageStore, openStore } from '../../src/store/store.ts';

const data = Buffer.from('the bytes of a blob');
const descriptor = { digest: digestOf(data), size: data.length };

let folder: string;
let store: ImageStore;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-blobs-'));
  store = await openStore(join(folder, 'store'));
  await store.put(data, descriptor);
  path = store.paths.blob(descriptor.digest);
});

afterEach(() => rm(folder, { recursive: true }));

async function damage(bytes: Uint8Array): Promise<void> {
  await chmod(path, 0o600);
  await writeFile(path, bytes);
}

async function corruptFiles(): Promise<string[]> {
  return readdir(store.paths.corrupt).catch(() => []);
}

test('only the user gets in, and nobody writes to a blob', async () => {
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);
  const lease = await store.lease('test');
  expect(await modeOf(store.root)).toBe('700');
  expect(await modeOf(store.paths.blobs)).toBe('700');
  expect(await modeOf(lease.directory)).toBe('700');
  expect(await modeOf(path)).toBe('444');
  expect(await modeOf(store.paths.index)).toBe('600');
  expect(await modeOf(store.paths.lock)).toBe('600');
  await lease.release();
});

test('a flipped bit ends the read with an error, and the blob is missing from then on', async () => {
  const flipped = Buffer.from(data);
  flipped[3]! ^= 1;
  await damage(flipped);
  await expect(buffer(await store.open(descriptor))).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(await store.has(descriptor)).toBe(false);
  const [aside] = await corruptFiles();
  expect(await readFile(join(store.paths.corrupt, aside!))).toEqual(flipped);
});

test.each([
  ['truncated', 5],
  ['empty', 0],
])('a blob that is %s is an error when it is opened, and missing from then on', async (_, bytes) => {
  await chmod(path, 0o600);
  await truncate(path, bytes);
  await expect(store.open(descriptor)).rejects.toMatchObject({ code: 'digest-mismatch' });
  await expect(store.open(descriptor)).rejects.toMatchObject({ code: 'not-found' });
  expect(await corruptFiles()).toHaveLength(1);
});

test('a descriptor that lies about the size does no harm to a sound blob', async () => {
  const liar = { ...descriptor, size: data.length + 1 };
  await expect(store.open(liar)).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(await buffer(await store.open(descriptor))).toEqual(data);
  expect(await corruptFiles()).toEqual([]);
});

test('a damaged blob that is put again is replaced', async () => {
  await damage(Buffer.alloc(data.length));
  await store.put(data, descriptor);
  expect(await buffer(await store.open(descriptor))).toEqual(data);
  expect(await corruptFiles()).toHaveLength(1);
});

test('a read-only store moves nothing, and serves no damaged blob either', async () => {
  await damage(Buffer.alloc(data.length));
  const reader = await openStore(store.root, { readOnly: true });
  await expect(buffer(await reader.open(descriptor))).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(await reader.has(descriptor)).toBe(true);
  expect(await corruptFiles()).toEqual([]);
});

test.each([
  ['a link', (place: string) => symlink('/etc/hostname', place)],
  ['a folder', (place: string) => mkdir(place)],
])('%s in the place of a blob counts as absent, and makes way for the blob', async (_, make) => {
  await rm(path, { force: true });
  await make(path);
  expect(await store.sizeOf(descriptor.digest)).toBeUndefined();
  await expect(store.open(descriptor)).rejects.toMatchObject({ code: 'not-found' });
  await store.put(data, descriptor);
  expect((await lstat(path)).isFile()).toBe(true);
});

describe('a document that is read as a whole', () => {
  test.each([
    ['empty', 0],
    ['small', 1000],
    ['as large as is read at once', 256 * 1024],
    ['larger', 256 * 1024 + 1],
    ['of some MiB', 3 * 1024 * 1024],
  ])('is what was put: %s', async (_, bytes) => {
    const document = Buffer.alloc(bytes, 'document ');
    const { digest, size } = await store.put(document, undefined);
    expect((await store.read({ digest, size })).equals(document)).toBe(true);
    const other = digestOf(document, 'sha512');
    await store.put(document, { digest: other, size });
    expect((await store.read({ digest: other, size })).equals(document)).toBe(true);
  });

  test.each([
    ['small', data],
    ['large', Buffer.alloc(300 * 1024, 'document ')],
  ])('is refused when a bit of it is flipped, and missing from then on: %s', async (_, document) => {
    const { digest, size } = await store.put(document, undefined);
    path = store.paths.blob(digest);
    const flipped = Buffer.from(document);
    flipped[3]! ^= 1;
    await damage(flipped);
    await expect(store.read({ digest, size })).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(store.read({ digest, size })).rejects.toMatchObject({ code: 'not-found' });
    const [aside] = await corruptFiles();
    expect(await readFile(join(store.paths.corrupt, aside!))).toEqual(flipped);
  });

  test.each([
    ['shorter', data.subarray(1)],
    ['longer', Buffer.concat([data, Buffer.from('x')])],
    ['empty', Buffer.alloc(0)],
  ])('is refused when its file is %s, and missing from then on', async (_, bytes) => {
    await damage(bytes);
    await expect(store.read(descriptor)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(store.read(descriptor)).rejects.toMatchObject({ code: 'not-found' });
    expect(await corruptFiles()).toHaveLength(1);
  });

  test('is none the worse for a descriptor that lies', async () => {
    await expect(store.read({ ...descriptor, size: data.length + 1 })).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
    expect(await store.read(descriptor)).toEqual(data);
    expect(await corruptFiles()).toEqual([]);
  });

  test.each<[string, (place: string) => Promise<unknown>]>([
    [
      'a link to its very bytes',
      async (place) => {
        await writeFile(join(folder, 'same'), data);
        await symlink(join(folder, 'same'), place);
      },
    ],
    ['a folder', (place) => mkdir(place)],
    ['a pipe', async (place) => execFileSync('mkfifo', [place])],
    ['nothing', async () => undefined],
  ])('is missing where there is %s', async (_, make) => {
    await rm(path, { force: true });
    await make(path);
    await expect(store.read(descriptor)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('may not be larger than any document is', async () => {
    const { digest, size } = await store.put(Buffer.alloc(MAX_JSON_BYTES + 1), undefined);
    await expect(store.read({ digest, size })).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  test('is not set aside in a read-only store', async () => {
    await damage(Buffer.alloc(data.length));
    const reader = await openStore(store.root, { readOnly: true });
    await expect(reader.read(descriptor)).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(await reader.has(descriptor)).toBe(true);
    expect(await corruptFiles()).toEqual([]);
  });
});

test('a blob that is put or kept again is young again', async () => {
  const longAgo = new Date(2001, 1, 1);
  for (const again of [() => store.put(data, descriptor), () => store.keep(descriptor)]) {
    await utimes(path, longAgo, longAgo);
    await again();
    expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  }
});

test.runIf(platform === 'linux')('a stream that nobody reads holds no file', async () => {
  const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await openFiles();
  const streams = await Promise.all(Array.from({ length: 20 }, () => store.open(descriptor)));
  expect(await openFiles()).toBeLessThan(before + 10);
  for (const stream of streams) stream.destroy();
});

test('names beside the blobs that are no digests are not listed', async () => {
  await writeFile(join(store.paths.blobs, 'sha256', 'notes.txt'), '');
  const digests: string[] = [];
  for await (const digest of store.list()) digests.push(digest);
  expect(digests).toEqual([descriptor.digest]);
});
