// Trees on disk: the same as in memory, or not there. Whatever happens to a file, no wrong tree comes out of it.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDigest } from '../../src/oci/digest.ts';
import { LayerTreeBuilder } from '../../src/tree/build.ts';
import { TreeCache } from '../../src/tree/cache.ts';
import { LayerTree } from '../../src/tree/layer-tree.ts';
import { layer } from '../support/layers.ts';

const diffID = parseDigest(`sha256:${'a'.repeat(64)}`);
const other = parseDigest(`sha256:${'b'.repeat(64)}`);
const TREE = layer({
  'etc/': { mode: 0o711, uid: 7, gid: 8, mtime: -5 },
  'etc/a': { content: 'content', xattrs: { 'user.a': 'b', 'user.c': '' } },
  'etc/b': { type: 'hardlink', link: 'etc/a' },
  'etc/link': { link: 'caf\xe9' },
  'null\xff': { type: 'char', device: [1, 3] },
  pipe: { type: 'fifo' },
  '.wh.gone': '',
  'd/.wh..wh..opq': '',
  unhashed: { content: 'x', unhashed: true },
  far: { type: 'hardlink', link: 'lower/file' },
});

let folder: string;
let cache: TreeCache;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-trees-'));
  cache = new TreeCache(join(folder, 'trees'), true);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every column and every fact. */
function contentOf(tree: LayerTree): string {
  const copy = Buffer.from(new Uint8Array(tree.buffer));
  copy.writeUInt32LE(0, 8);
  return createHash('sha256').update(copy).digest('hex');
}

describe('a tree', () => {
  test('comes back as it was', async () => {
    await cache.save({ diffID }, TREE);
    const loaded = await cache.load({ diffID });
    expect(contentOf(loaded!)).toBe(contentOf(TREE));
    expect(loaded!.facts).toEqual(TREE.facts);
    expect(
      Buffer.from(loaded!.pathBytes(loaded!.find(Buffer.from('null\xff', 'latin1')))).toString('latin1'),
    ).toBe('null\xff');
    expect(await cache.facts(diffID)).toEqual(TREE.facts);
  });

  test('that is empty comes back too', async () => {
    const empty = new LayerTreeBuilder().finish({ uncompressedBytes: 0 });
    await cache.save({ diffID }, empty);
    expect((await cache.load({ diffID }))!.count).toBe(1);
  });

  test('is not there before it is saved', async () => {
    expect(await cache.load({ diffID })).toBeUndefined();
    expect(await cache.facts(diffID)).toBeUndefined();
  });

  test('is found by its own name alone', async () => {
    await cache.save({ diffID }, TREE);
    expect(await cache.load({ diffID: other })).toBeUndefined();
  });

  test('of one layer under the name of another is removed', async () => {
    const named = new LayerTreeBuilder().finish({ diffID: other, uncompressedBytes: 0 });
    await cache.save({ diffID }, named);
    expect(await cache.load({ diffID })).toBeUndefined();
    expect(existsSync(await cache.pathOf({ diffID }))).toBe(false);
  });

  test('saved by several at once is whole, and nothing else is left', async () => {
    await Promise.all(
      Array.from({ length: 8 }, () => new TreeCache(cache.directory, true).save({ diffID }, TREE)),
    );
    const path = await cache.pathOf({ diffID });
    expect(readdirSync(dirname(path))).toHaveLength(1);
    expect(contentOf((await cache.load({ diffID }))!)).toBe(contentOf(TREE));
  });
});

describe('a file that is damaged', () => {
  test.each<[string, (path: string) => void]>([
    ['empty', (path) => truncateSync(path, 0)],
    ['cut in its header', (path) => truncateSync(path, 20)],
    ['cut in its facts', (path) => truncateSync(path, 100)],
    ['cut by a byte', (path) => truncateSync(path, readFileSync(path).length - 1)],
    ['longer by a byte', (path) => writeFileSync(path, '\0', { flag: 'a' })],
    ['text', (path) => writeFileSync(path, 'PHYL and some more text')],
    ['zeros', (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length))],
    ['of another version', (path) => edit(path, 4, (value) => value + 1)],
    ['of an older version', (path) => edit(path, 4, (value) => value - 1)],
    ['of another format', (path) => edit(path, 0, (value) => value ^ 1)],
    ['with facts of four gigabytes', (path) => edit(path, 15, () => 0xff)],
  ])('%s: there is no tree, and a new one can take its place', async (_, damage) => {
    await cache.save({ diffID }, TREE);
    const path = await cache.pathOf({ diffID });
    damage(path);
    expect(await cache.load({ diffID })).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    await cache.save({ diffID }, TREE);
    expect(contentOf((await cache.load({ diffID }))!)).toBe(contentOf(TREE));
  });

  test('in any one bit gives no tree', async () => {
    await cache.save({ diffID }, TREE);
    const path = await cache.pathOf({ diffID });
    const whole = readFileSync(path);
    const survived: number[] = [];
    for (let at = 0; at < whole.length; at += at < 64 ? 1 : 23) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      if (await cache.load({ diffID })) survived.push(at);
    }
    expect(survived).toEqual([]);
  });

  test('gives no facts either', async () => {
    await cache.save({ diffID }, TREE);
    const path = await cache.pathOf({ diffID });
    for (const length of [0, 10, 30, 100]) {
      writeFileSync(path, readFileSync(path).subarray(0, length));
      expect(await cache.facts(diffID)).toBeUndefined();
    }
  });

  function edit(path: string, at: number, change: (value: number) => number): void {
    const bytes = readFileSync(path);
    bytes[at] = change(bytes[at]!);
    writeFileSync(path, bytes);
  }
});

describe('a cache that may not be written', () => {
  test('writes and removes nothing', async () => {
    await cache.save({ diffID }, TREE);
    const path = await cache.pathOf({ diffID });
    truncateSync(path, 50);
    utimesSync(path, 1, 1);
    const reader = new TreeCache(cache.directory, false);
    expect(await reader.load({ diffID })).toBeUndefined();
    await reader.save({ diffID: other }, TREE);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });

  test('whose folder cannot be made is no failure', async () => {
    writeFileSync(join(folder, 'plain'), '');
    const broken = new TreeCache(join(folder, 'plain', 'trees'), true);
    await broken.save({ diffID }, TREE);
    mkdirSync(join(folder, 'taken', 'sha256', 'a'.repeat(64)), { recursive: true });
    const taken = new TreeCache(join(folder, 'taken'), true);
    await taken.save({ diffID }, TREE);
    expect(readdirSync(join(folder, 'taken', 'sha256'))).toHaveLength(1);
    for (const unusable of [broken, taken]) {
      expect(await unusable.load({ diffID })).toBeUndefined();
      expect(await unusable.facts(diffID)).toBeUndefined();
    }
  });
});

describe('a tree that nobody verified', () => {
  test('is kept by its place, never by its diffID', async () => {
    const path = join(folder, 'archive');
    writeFileSync(path, 'x'.repeat(5000));
    const location = { path, offset: 512, sizeBytes: 1000 };
    await cache.save({ location }, TREE);
    expect(contentOf((await cache.load({ location }))!)).toBe(contentOf(TREE));
    expect(await cache.load({ diffID })).toBeUndefined();
    expect(await cache.load({ location: { ...location, offset: 513 } })).toBeUndefined();
    expect(await cache.load({ location: { ...location, sizeBytes: 999 } })).toBeUndefined();
  });

  test.each<[string, (path: string) => void]>([
    ['is written to', (path) => writeFileSync(path, 'y', { flag: 'a' })],
    ['gets another time', (path) => utimesSync(path, 5, 5)],
    [
      'is replaced by one of the same size and time',
      (path) => {
        rmSync(path);
        writeFileSync(path, 'z'.repeat(5000));
        utimesSync(path, 1000, 1000);
      },
    ],
  ])('is not found when its file %s', async (_, change) => {
    const path = join(folder, 'archive');
    writeFileSync(path, 'x'.repeat(5000));
    utimesSync(path, 1000, 1000);
    const location = { path, offset: 0, sizeBytes: 1000 };
    await cache.save({ location }, TREE);
    change(path);
    expect(await cache.load({ location })).toBeUndefined();
  });

  test('whose file is gone is an error of the file', async () => {
    await expect(
      cache.load({ location: { path: join(folder, 'none'), offset: 0, sizeBytes: 1 } }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('another thread sees the same tree in the same memory', () => {
  const there = LayerTree.from(structuredClone(TREE.buffer));
  expect(contentOf(there)).toBe(contentOf(TREE));
  expect(there.facts).toEqual(TREE.facts);
});
