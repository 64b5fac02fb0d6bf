// Layers on disk: unpacked once, whole or not there, whatever stops the process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadNative } from '../../src/lib/native.ts';
import { Locker } from '../../src/lib/lock.ts';
import { UnpackedLayers } from '../../src/snapshot/unpacked-layers.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import { buildLayer } from '../support/image-build.ts';
import { isRoot } from '../support/image-engines.ts';
import { Image, namesBelow } from './unpack-fixtures.ts';

/** Owners and devices take root, in a user namespace or not. */
const canUnpack = isRoot && loadNative() !== undefined;
const CHILD = fileURLToPath(new URL('./unpack-child.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;

let image: Image;
let unpacked: UnpackedLayers;
const children: ChildProcess[] = [];

beforeEach(async () => {
  image = await Image.build(
    [
      { 'd/': {}, 'd/a': 'a', 'd/b': 'b' },
      { 'd/.wh.a': '', 'd/': {}, c: 'c' },
    ],
    'gzip',
  );
  unpacked = new UnpackedLayers(image.unpackedFolder, { form: 'trusted' });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  image.remove();
});

async function largeImage(): Promise<Image> {
  image.remove();
  image = await Image.build([
    { one: 'x'.repeat(MEBIBYTE), two: 'y'.repeat(MEBIBYTE), three: 'z'.repeat(MEBIBYTE) },
  ]);
  unpacked = new UnpackedLayers(image.unpackedFolder, { form: 'trusted' });
  return image;
}

interface Child {
  readonly process: ChildProcess;
  /** The next thing that it tells. */
  line(): Promise<Record<string, unknown>>;
}

function startChild(verb: 'ensure' | 'pause'): Child {
  const child = spawn(execPath, ['--no-warnings', CHILD, verb, image.folder, 'trusted'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<Record<string, unknown>> =>
    JSON.parse((await lines.next()).value ?? '{}') as Record<string, unknown>;
  return { process: child, line };
}

function leftovers(): string[] {
  return namesBelow(image.unpackedFolder).filter((name) => !name.startsWith('chains/'));
}

describe.runIf(canUnpack)('unpacked layers', () => {
  test('are found after they were unpacked, without a look at trees or blobs', async () => {
    expect(await unpacked.find(image.diffIDs)).toBeUndefined();
    const directories = await unpacked.ensure(image);
    expect(await unpacked.find(image.diffIDs)).toEqual(directories);
    expect(await unpacked.ensure(image)).toEqual(directories);
    expect(image.stacks).toBe(1);
    expect(directories.map((path) => existsSync(join(path, 'd', 'b')))).toEqual([true, false]);
  });

  test('of the first layers alone are not taken for the whole', async () => {
    const first = { diffIDs: image.diffIDs.slice(0, 1), locate: image.locate, stack: image.stack };
    await unpacked.ensure(first);
    expect(await unpacked.find(image.diffIDs)).toBeUndefined();
    expect(await unpacked.find(first.diffIDs)).toHaveLength(1);
  });

  test('belong to root alone', async () => {
    const [base] = await unpacked.ensure(image);
    expect(statSync(unpacked.directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(base!, '..')).mode & 0o777).toBe(0o700);
    expect(statSync(base!).mode & 0o777).toBe(0o755);
  });

  test('are shared by images that have them on top of other layers', async () => {
    const [, top] = await unpacked.ensure(image);
    const other = Image.of([
      await buildLayer({ 'd/': { mode: 0o700 }, 'd/a': 'other', 'd/z': 'z' }, 'zstd'),
      await buildLayer({ 'd/.wh.a': '', 'd/': {}, c: 'c' }, 'zstd'),
    ]);
    const directories = await unpacked.ensure(other);
    other.remove();
    expect(directories[1]).toBe(top);
    expect(await unpacked.list()).toHaveLength(3);
  });

  test('are kept apart where they come out otherwise on other layers', async () => {
    const top = await buildLayer({ 'd/new': 'n', e: { type: 'hardlink', link: 'a' } });
    const bases: readonly Layer[] = [{ a: 'one' }, { a: 'two' }, { a: 'one', 'd/': { mode: 0o700 } }];
    const images = await Promise.all(bases.map(async (base) => Image.of([await buildLayer(base), top])));
    const tops: string[] = [];
    for (const each of images) tops.push((await unpacked.ensure(each))[1]!);
    images.forEach((each) => each.remove());
    expect(new Set(tops).size).toBe(3);
    expect(tops.map((path) => readFileSync(join(path, 'e'), 'utf8'))).toEqual(['one', 'two', 'one']);
    expect(tops.map((path) => (statSync(join(path, 'd')).mode & 0o777).toString(8))).toEqual([
      '755',
      '755',
      '700',
    ]);
  });

  test('are listed with what they hold and what could not be kept', async () => {
    const directories = await unpacked.ensure(image);
    const listed = await unpacked.list();
    expect(new Map(listed.map(({ directory, diffID }) => [directory, diffID]))).toEqual(
      new Map(directories.map((path, index) => [path, image.diffIDs[index]])),
    );
    const facts = new Map(
      listed.map(({ diffID, files, sizeBytes, warnings }) => [diffID, [files, sizeBytes, warnings]]),
    );
    expect(image.diffIDs.map((diffID) => facts.get(diffID))).toEqual([
      [2, 2, []],
      [1, 1, []],
    ]);
  });

  test('tell how far unpacking is, layer by layer', async () => {
    const seen = new Map<string, boolean>();
    await unpacked.ensure(image, {
      onProgress: ({ item, doneBytes, totalBytes }) => seen.set(item, doneBytes === totalBytes),
    });
    expect([...seen]).toEqual(image.diffIDs.map((diffID) => [diffID.slice(7, 19), true]));
  });
});

describe.runIf(canUnpack)('a layer that cannot be unpacked leaves nothing', () => {
  test('when its bytes have another diffID', async () => {
    const other = await buildLayer({ evil: 'evil' }, 'gzip');
    writeFileSync(image.blobPath(1), other.blob);
    const swapped = {
      diffIDs: image.diffIDs,
      stack: image.stack,
      locate: async (index: number) => ({
        ...(await image.locate(index)),
        sizeBytes: statSync(image.blobPath(index)).size,
      }),
    };
    await expect(unpacked.ensure(swapped)).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(leftovers()).toHaveLength(1);
    expect((await unpacked.list()).map(({ diffID }) => diffID)).toEqual([image.diffIDs[0]]);
  });

  test('when its blob is cut short', async () => {
    const stack = await image.stack();
    const cut = {
      diffIDs: image.diffIDs,
      stack: () => Promise.resolve(stack),
      locate: async (index: number) => ({ ...(await image.locate(index)), sizeBytes: 40 }),
    };
    await expect(unpacked.ensure(cut)).rejects.toMatchObject({ code: 'invalid-archive' });
    expect(leftovers()).toEqual([]);
  });

  test('when its blob is not there', async () => {
    const absent = {
      diffIDs: image.diffIDs,
      stack: image.stack,
      locate: () => Promise.resolve({ path: join(image.folder, 'absent'), offset: 0, sizeBytes: 40 }),
    };
    await expect(unpacked.ensure(absent)).rejects.toMatchObject({ code: 'not-found' });
    expect(leftovers()).toEqual([]);
  });

  test('when it links to a file that no layer has', async () => {
    image.remove();
    image = await Image.build([{ a: 'a' }, { b: { type: 'hardlink', link: 'absent' } }]);
    unpacked = new UnpackedLayers(image.unpackedFolder, { form: 'trusted' });
    await expect(unpacked.ensure(image)).rejects.toMatchObject({ code: 'invalid-archive' });
    expect(leftovers()).toHaveLength(1);
  });

  test('when it is cancelled in the middle, and then starts anew', async () => {
    await largeImage();
    const controller = new AbortController();
    let reports = 0;
    const onProgress = (): void => {
      if (++reports === 2) controller.abort();
    };
    await expect(unpacked.ensure(image, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(leftovers()).toEqual([]);
    const [directory] = await unpacked.ensure(image);
    expect(statSync(join(directory!, 'three')).size).toBe(MEBIBYTE);
  });

  test('when it was cancelled before', async () => {
    await expect(unpacked.ensure(image, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(leftovers()).toEqual([]);
  });
});

describe.runIf(canUnpack)('several processes', () => {
  test('one is killed in the middle: the next takes its leftovers away and unpacks', async () => {
    await largeImage();
    const child = startChild('pause');
    expect(await child.line()).toEqual({ paused: true });
    expect(await unpacked.list()).toEqual([]);
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    expect(leftovers().filter((name) => name.startsWith('tmp/'))).toHaveLength(1);
    expect(await unpacked.find(image.diffIDs)).toBeUndefined();
    const [directory] = await unpacked.ensure(image);
    expect(readdirSync(directory!)).toHaveLength(3);
    expect(leftovers()).toHaveLength(1);
  });

  test('two want the same layer: it is unpacked once, and the second waits for it', async () => {
    await largeImage();
    const child = startChild('pause');
    expect(await child.line()).toEqual({ paused: true });
    const mine = unpacked.ensure({
      diffIDs: image.diffIDs,
      stack: image.stack,
      locate: () => Promise.reject(new Error('unpacked twice')),
    });
    await vi.waitFor(() => expect(openFiles().some((path) => path.includes('/locks/'))).toBe(true), 20_000);
    child.process.stdin!.end();
    const theirs = await child.line();
    expect(theirs['unpacked']).toBe(1);
    expect(await mine).toEqual(theirs['directories']);
  });

  test('who waits for another can give up', async () => {
    await largeImage();
    const child = startChild('pause');
    expect(await child.line()).toEqual({ paused: true });
    const controller = new AbortController();
    const mine = unpacked.ensure(image, { signal: controller.signal });
    controller.abort();
    await expect(mine).rejects.toMatchObject({ code: 'cancelled' });
    child.process.stdin!.end();
    expect(await child.line()).toMatchObject({ unpacked: 1 });
  });

  test('what a process still writes is left to it, though nobody waits for it any more', async () => {
    const folder = join(image.unpackedFolder, 'tmp', `${'a'.repeat(26)}.orphan`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'writer');
    const lock = await new Locker().acquire(path, { mode: 'exclusive', purpose: 'unpack', timeoutMs: 0 });
    await unpacked.ensure(image);
    expect(existsSync(folder)).toBe(true);
    await lock.release();
    await unpacked.prune(async () => [image.diffIDs]);
    expect(existsSync(folder)).toBe(false);
  });
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

describe.runIf(canUnpack)('pruning', () => {
  test('removes what no kept stack has, directories without rights as well', async () => {
    const other = await Image.build([
      { 'none/': { mode: 0 }, 'none/deep/': { mode: 0 }, 'none/deep/f': 'f' },
    ]);
    await unpacked.ensure(image);
    await unpacked.ensure(other);
    const gone = await unpacked.prune(async () => [image.diffIDs]);
    other.remove();
    expect(gone.map(({ diffID }) => diffID)).toEqual(other.diffIDs);
    expect(await unpacked.find(image.diffIDs)).toHaveLength(2);
    expect(await unpacked.find(other.diffIDs)).toBeUndefined();
    expect(namesBelow(image.unpackedFolder).filter((name) => name.startsWith('tmp/'))).toEqual([]);
  });

  test('removes everything where nothing is kept, and all can be unpacked again', async () => {
    await unpacked.ensure(image);
    expect(await unpacked.prune(async () => [])).toHaveLength(2);
    expect(namesBelow(image.unpackedFolder)).toEqual(['lock']);
    expect(await unpacked.ensure(image)).toHaveLength(2);
  });

  test('does not take place while somebody has a lease', async () => {
    await unpacked.ensure(image);
    const lease = await unpacked.lease();
    await expect(unpacked.prune(async () => [])).rejects.toMatchObject({ code: 'locked' });
    await lease.release();
    expect(await unpacked.prune(async () => [])).toHaveLength(2);
  });

  test('of a folder that is not there yet finds nothing', async () => {
    expect(await unpacked.list()).toEqual([]);
    expect(await unpacked.prune(async () => [])).toEqual([]);
  });
});

test.runIf(canUnpack)('a record of an image that is damaged is made anew', async () => {
  const directories = await unpacked.ensure(image);
  const chains = join(image.unpackedFolder, 'chains');
  const [record] = readdirSync(chains);
  for (const text of ['', '["../../../etc"]', '{', '["aaaaaaaaaaaaaaaaaaaaaaaaaa"]']) {
    writeFileSync(join(chains, record!), text);
    expect(await unpacked.find(image.diffIDs)).toBeUndefined();
    expect(await unpacked.ensure(image)).toEqual(directories);
  }
});
