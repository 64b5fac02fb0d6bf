// Records of what was built: kept whole, and nothing worse than a miss where they are damaged, gone or somebody else's.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BuildCache, type BuildRecord } from '../../src/build/build-cache.ts';
import { type KeyPart, cacheKey } from '../../src/build/cache-key.ts';
import { type KeyedStep, StepCache, type StepPlace } from '../../src/build/step-cache.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { StorePaths } from '../../src/store/paths.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const DIGEST = digestOf('layer');
const RECORD: BuildRecord = {
  parts: [{ name: 'a', value: '1' }],
  layer: { digest: DIGEST, size: 7 },
  diffID: DIGEST,
  created: '2026-01-02T03:04:05.006Z',
};
const KEY = cacheKey(RECORD.parts);

async function saved(): Promise<{ cache: BuildCache; folder: string; path: string }> {
  const paths = new StorePaths(temporaryFolder());
  const cache = new BuildCache(paths);
  await cache.save(KEY, RECORD);
  return { cache, folder: paths.build, path: join(paths.buildRecords, KEY) };
}

async function listed(cache: BuildCache): Promise<BuildRecord[]> {
  const records: BuildRecord[] = [];
  for await (const record of cache.list()) records.push(record);
  return records;
}

describe('records', () => {
  test('come back as they were, for nobody else to read', async () => {
    const { cache, path, folder } = await saved();
    expect(await cache.find(KEY)).toEqual(RECORD);
    expect(await listed(cache)).toEqual([RECORD]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('are not there in a store that never built', async () => {
    const cache = new BuildCache(new StorePaths(temporaryFolder()));
    expect(await cache.find(KEY)).toBeUndefined();
    expect(await cache.lastParts('place')).toBeUndefined();
    expect(await listed(cache)).toEqual([]);
    await cache.clear();
  });

  test('leave no unfinished file behind', async () => {
    const { folder } = await saved();
    expect(readdirSync(join(folder, 'records'))).toEqual([KEY]);
  });

  const text = JSON.stringify(RECORD);
  test.each([
    ['empty', ''],
    ['cut off', text.slice(0, -5)],
    ['NUL', '\0'.repeat(text.length)],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a layer', JSON.stringify({ ...RECORD, layer: undefined })],
    ['with a layer of null', JSON.stringify({ ...RECORD, layer: null })],
    ['with a digest that is a path', text.replaceAll(DIGEST, 'sha256:../../../../etc/passwd')],
    ['with a diffID that is none', JSON.stringify({ ...RECORD, diffID: 7 })],
    ['with a size that is none', text.replace('"size":7', '"size":1.5')],
    ['with a time that is none', JSON.stringify({ ...RECORD, created: 'yesterday' })],
    ['with parts that are none', JSON.stringify({ ...RECORD, parts: [{ name: 1 }] })],
    ['deeply nested', '['.repeat(200_000)],
  ])('that are %s are none', async (_, damaged) => {
    const { cache, path } = await saved();
    writeFileSync(path, damaged);
    expect(await cache.find(KEY)).toBeUndefined();
    expect(await listed(cache)).toEqual([]);
    await cache.save(KEY, RECORD);
    expect(await cache.find(KEY)).toEqual(RECORD);
  });

  test('that are huge are not read', async () => {
    const { cache, path } = await saved();
    truncateSync(path, 1024 ** 4);
    expect(await cache.find(KEY)).toBeUndefined();
  });

  test('that are directories are none', async () => {
    const { cache, path } = await saved();
    rmSync(path);
    mkdirSync(path);
    expect(await cache.find(KEY)).toBeUndefined();
  });

  test('in a folder that is a file are none', async () => {
    const { cache, folder } = await saved();
    rmSync(join(folder, 'records'), { recursive: true });
    writeFileSync(join(folder, 'records'), '');
    expect(await cache.find(KEY)).toBeUndefined();
  });

  test('that somebody was killed over are not counted', async () => {
    const { cache, folder } = await saved();
    writeFileSync(join(folder, 'records', `.${KEY}.left`), text);
    expect(await listed(cache)).toEqual([RECORD]);
  });

  test('hold nothing of what else is written into one', async () => {
    const { cache, path } = await saved();
    writeFileSync(path, JSON.stringify({ ...RECORD, more: 1, layer: { ...RECORD.layer, urls: ['x'] } }));
    expect(await cache.find(KEY)).toEqual(RECORD);
  });

  test('are all forgotten at once', async () => {
    const { cache, folder } = await saved();
    await cache.noteParts('place', RECORD.parts);
    await cache.clear();
    expect([await cache.find(KEY), await cache.lastParts('place')]).toEqual([undefined, undefined]);
    expect(['records', 'places'].map((name) => existsSync(join(folder, name)))).toEqual([false, false]);
  });

  test('written by many at once are whole', async () => {
    const { cache } = await saved();
    await Promise.all(Array.from({ length: 50 }, () => cache.save(KEY, RECORD)));
    expect(await listed(cache)).toEqual([RECORD]);
  });

  test('that cannot be written are an error', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const save = new BuildCache(new StorePaths(join(folder, 'file'))).save(KEY, RECORD);
    await expect(save).rejects.toThrow(/^write build cache: /);
  });
});

describe('places', () => {
  test('have what was noted last, whatever they are called', async () => {
    const { cache, folder } = await saved();
    await cache.noteParts('/a/../../b\0 1.2', [{ name: 'x', value: '1' }]);
    await cache.noteParts('/a/../../b\0 1.2', [{ name: 'x', value: '2' }]);
    expect(await cache.lastParts('/a/../../b\0 1.2')).toEqual([{ name: 'x', value: '2' }]);
    expect(await cache.lastParts('/a')).toBeUndefined();
    expect(readdirSync(join(folder, 'places'))).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  test('that are damaged have none', async () => {
    const { cache, folder } = await saved();
    await cache.noteParts('p', []);
    const [name] = readdirSync(join(folder, 'places'));
    writeFileSync(join(folder, 'places', name!), '[{"name":"a"}]');
    expect(await cache.lastParts('p')).toBeUndefined();
  });
});

const placeOf = (place: string): StepPlace => ({ byWords: `words ${place}`, byNumber: place });

describe('a step', () => {
  const A: KeyPart[] = [{ name: 'content of a', value: '1' }];
  const B: KeyPart[] = [{ name: 'content of a', value: '2' }];

  function keyed(parts: readonly KeyPart[], place: StepPlace): KeyedStep {
    return { key: cacheKey(parts), parts, place };
  }

  async function steps(): Promise<{
    look: (parts: readonly KeyPart[], place?: string, isOff?: boolean) => ReturnType<StepCache['look']>;
    keep: (parts: readonly KeyPart[], text: string, place?: string) => ReturnType<StepCache['keep']>;
    root: string;
  }> {
    const root = join(temporaryFolder(), 'store');
    const store = await openStore(root);
    const lease = await store.lease('test');
    onTestFinished(() => lease.release());
    const cache = new StepCache(new BuildCache(store.paths), store);
    const { signal } = new AbortController();
    return {
      root,
      look: (parts, place = 'p', isOff = false) => cache.look(keyed(parts, placeOf(place)), isOff),
      keep: (parts, text, place = 'p') =>
        cache.keep(Readable.from([Buffer.from(text)]), { ...keyed(parts, placeOf(place)), lease, signal }),
    };
  }

  test('that was moved is compared with itself, one that was rewritten with what stood there', async () => {
    const root = join(temporaryFolder(), 'store');
    const store = await openStore(root);
    const lease = await store.lease('test');
    onTestFinished(() => lease.release());
    const cache = new StepCache(new BuildCache(store.paths), store);
    const { signal } = new AbortController();
    const part = (value: string): KeyPart[] => [{ name: 'command', value }];
    for (const [value, byNumber] of [
      ['a', '1'],
      ['b', '2'],
    ] as const) {
      const step = keyed(part(value), { byWords: `words of ${value}`, byNumber });
      await cache.keep(Readable.from([Buffer.from(value)]), { ...step, lease, signal });
    }
    const moved = await cache.look(keyed(part('a!'), { byWords: 'words of a', byNumber: '2' }), false);
    expect(moved.verdict).toMatchObject({ difference: { before: 'a', after: 'a!' } });
    const rewritten = await cache.look(keyed(part('c'), { byWords: 'words of c', byNumber: '2' }), false);
    expect(rewritten.verdict).toMatchObject({ difference: { before: 'b', after: 'c' } });
  });

  test('is new, then a hit with the very layer and its time', async () => {
    const { look, keep } = await steps();
    expect(await look(A)).toEqual({ verdict: { kind: 'miss', why: 'new' }, layer: undefined });
    const kept = await keep(A, 'layer');
    expect(kept.diffID).toBe(DIGEST);
    expect(await look(A)).toEqual({ verdict: { kind: 'hit' }, layer: kept });
  });

  test('is a hit at another place, too', async () => {
    const { look, keep } = await steps();
    await keep(A, 'layer');
    expect((await look(A, 'other')).verdict).toEqual({ kind: 'hit' });
    const difference = { name: 'content of a', before: '1', after: '2' };
    expect((await look(B, 'other')).verdict).toEqual({ kind: 'miss', why: 'changed', difference });
  });

  test('that changed says what, against what was built last at its place', async () => {
    const { look, keep } = await steps();
    await keep(A, 'a');
    await keep(B, 'b');
    expect((await look(A)).verdict).toEqual({ kind: 'hit' });
    const C = [{ name: 'content of a', value: '3' }];
    expect((await look(C)).verdict).toMatchObject({ difference: { before: '1', after: '3' } });
    expect((await look(C, 'elsewhere')).verdict).toEqual({ kind: 'miss', why: 'new' });
  });

  test('is not looked for when the cache is off', async () => {
    const { look, keep } = await steps();
    await keep(A, 'layer');
    expect(await look(A, 'p', true)).toMatchObject({
      verdict: { kind: 'miss', why: 'off' },
      layer: undefined,
    });
  });

  test('whose layer is gone is to be built again', async () => {
    const { look, keep, root } = await steps();
    await keep(A, 'layer');
    const blob = join(root, 'blobs', 'sha256', DIGEST.slice('sha256:'.length));
    expect(readFileSync(blob, 'utf8')).toBe('layer');
    chmodSync(blob, 0o600);
    rmSync(blob);
    expect(await look(A)).toMatchObject({ verdict: { kind: 'miss', why: 'gone' }, layer: undefined });
    await keep(A, 'layer');
    expect((await look(A)).verdict).toEqual({ kind: 'hit' });
  });

  test('that differs in the order alone is not said to be new', async () => {
    const { look, keep } = await steps();
    await keep([...A, { name: 'b', value: '' }], 'layer');
    expect((await look([{ name: 'b', value: '' }, ...A])).verdict).toMatchObject({
      why: 'changed',
      difference: { name: 'order' },
    });
  });
});
