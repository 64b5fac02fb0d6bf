// system check and its repair: every damage is told, and nothing sound is ever lost.
import { chmod, link, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Digest, digestHex, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { CheckReport } from '../../src/store/check.ts';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { TreeCache } from '../../src/tree/cache.ts';
import { type BuiltImage, buildImage, loadImage } from '../support/store-images.ts';
import { layer } from '../support/layers.ts';

let folder: string;
let store: ImageStore;
let one: BuiltImage;
let two: BuiltImage;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-check-'));
  store = await openStore(join(folder, 'store'));
  [one, two] = await Promise.all([buildImage('shared', 'one'), buildImage('shared', 'two')]);
  await loadImage(store, one, 'one');
  await loadImage(store, two, 'two:2', 'two:latest');
});

afterEach(() => rm(folder, { recursive: true }));

async function soundBlobs(): Promise<Map<Digest, string>> {
  const blobs = new Map<Digest, string>();
  for await (const digest of store.list())
    blobs.set(digest, (await readFile(store.paths.blob(digest))).toString('base64'));
  return blobs;
}

async function rewrite(path: string, change: (data: Buffer) => Uint8Array): Promise<void> {
  await chmod(path, 0o600);
  await writeFile(path, change(await readFile(path)));
}

async function images(): Promise<string[][]> {
  return (await store.images()).map(({ references }) => [...references]);
}

function kinds({ problems }: CheckReport): string[] {
  return problems.map(({ kind }) => kind).sort();
}

test('a sound store has no problems, and its bytes are all counted', async () => {
  const blobs = await soundBlobs();
  const seen: number[] = [];
  const report = await store.check({ onProgress: ({ doneBytes }) => seen.push(doneBytes) });
  const bytes = [...blobs.values()].reduce((sum, data) => sum + Buffer.from(data, 'base64').length, 0);
  expect(report).toEqual({ blobs: 7, bytes, images: 2, problems: [] });
  expect(seen.at(-1)).toBe(bytes);
});

test('checking can be stopped', async () => {
  const signal = AbortSignal.abort();
  await expect(store.check({ signal })).rejects.toMatchObject({ code: 'cancelled' });
});

const DAMAGES: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  [
    'with a flipped bit',
    (path) => rewrite(path, (data) => data.map((byte, at) => (at === 9 ? byte ^ 4 : byte))),
  ],
  ['that is truncated', (path) => rewrite(path, (data) => data.subarray(0, -1))],
  ['that is longer than it was', (path) => rewrite(path, (data) => Buffer.concat([data, data]))],
  [
    'without bytes',
    async (path) => {
      await chmod(path, 0o600);
      await truncate(path);
    },
  ],
];

describe.each(DAMAGES)('a blob %s', (_, damage) => {
  test.each([
    ['layer', () => one.layers[1]!.descriptor.digest],
    ['config', () => one.image.id],
    ['manifest', () => one.image.descriptor.digest],
  ])(
    'that is a %s is told, with the image that needs it, and heals with the next load',
    async (_part, pick) => {
      const digest = pick();
      await damage(store.paths.blob(digest));

      const found = await store.check();
      expect(kinds(found)).toEqual(['blob-corrupt', 'blob-corrupt']);
      expect(found.problems.map(({ what }) => what)).toEqual([
        expect.stringContaining(digest),
        expect.stringMatching(/^image docker\.io\/library\/one:latest: blob .* is damaged$/),
      ]);
      expect(await readdir(store.root)).not.toContain('corrupt');

      const repaired = await store.check({ repair: true });
      expect(repaired.problems[0]).toMatchObject({ kind: 'blob-corrupt', repaired: true });
      expect(await readdir(store.paths.corrupt)).toHaveLength(1);
      expect(kinds(await store.check())).toEqual(['blob-missing']);
      expect(await images()).toHaveLength(2);

      await loadImage(store, one, 'one');
      expect((await store.check()).problems).toEqual([]);
    },
  );
});

test('a shared layer that is missing is told for every image that needs it', async () => {
  await rm(store.paths.blob(one.layers[0]!.descriptor.digest), { force: true });
  const { problems } = await store.check();
  expect(problems.map(({ what }) => what.replace(/sha256:\w+/, 'X'))).toEqual([
    'image docker.io/library/one:latest: blob X is missing',
    'image docker.io/library/two:2: blob X is missing',
  ]);
});

test('repair sets a damaged blob aside again when it is damaged again', async () => {
  const path = store.paths.blob(one.image.id);
  for (const times of [1, 2]) {
    await rewrite(path, () => Buffer.from('junk'));
    await store.check({ repair: true });
    expect(await readdir(store.paths.corrupt)).toHaveLength(times);
    await loadImage(store, one, 'one');
  }
});

describe('an index.json that', () => {
  test.each<[string, () => Promise<void>]>([
    ['is truncated', () => rewrite(store.paths.index, (data) => data.subarray(0, data.length / 2))],
    ['is full of NUL', () => rewrite(store.paths.index, (data) => Buffer.alloc(data.length))],
    ['is empty', () => rewrite(store.paths.index, () => Buffer.alloc(0))],
    ['is no JSON', () => rewrite(store.paths.index, () => Buffer.from('<html>'))],
    ['is another document', () => rewrite(store.paths.index, () => Buffer.from('{"schemaVersion":2}'))],
    [
      'names a file outside',
      () =>
        rewrite(store.paths.index, (data) =>
          Buffer.from(data.toString().replaceAll(/sha256:[0-9a-f]{64}/g, '../../etc/passwd')),
        ),
    ],
    ['is missing', () => rm(store.paths.index)],
  ])('%s is an error with a way out, and comes back from the blobs', async (_, damage) => {
    const before = await soundBlobs();
    await damage();
    await expect(store.images()).rejects.toMatchObject({
      code: 'invalid-image',
      hint: expect.stringContaining('--repair') as string,
    });
    await expect(store.gc({ graceMs: 0 })).rejects.toMatchObject({ code: 'invalid-image' });

    expect(kinds(await store.check())).toEqual(['index-invalid']);
    await expect(store.images()).rejects.toMatchObject({ code: 'invalid-image' });

    const repaired = await store.check({ repair: true });
    expect(repaired.problems).toMatchObject([{ kind: 'index-invalid', repaired: true }]);
    const found = (await store.images()).map(({ descriptor }) => descriptor);
    expect(found.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))).toEqual(
      [one, two].map(({ image }) => image.descriptor).toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
    expect((await store.gc({ graceMs: 0 })).deleted).toEqual([]);
    expect(await soundBlobs()).toEqual(before);
    expect((await store.check()).problems).toEqual([]);
  });

  test('is damaged is kept, for the names that can be read in it', async () => {
    await rewrite(store.paths.index, (data) => data.subarray(0, -1));
    await store.check({ repair: true });
    const [aside] = await readdir(store.paths.corrupt);
    expect(await readFile(join(store.paths.corrupt, aside!), 'utf8')).toContain('library/one:latest');
  });

  test('is of an older generation is taken as it is, and loses no blob before its hour', async () => {
    const older = await readFile(store.paths.index);
    const three = await buildImage('three');
    await loadImage(store, three, 'three');
    await writeFile(store.paths.index, older);
    expect((await store.check({ repair: true })).problems).toEqual([]);
    expect(await images()).toHaveLength(2);
    await store.gc();
    await loadImage(store, three, 'three');
    expect((await store.check()).problems).toEqual([]);
  });
});

test('an index that is rebuilt lists indexes and single manifests, but no platform twice', async () => {
  const { descriptor } = one.image;
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [descriptor],
      annotations: { note: 'has "layers" in a text' },
    }),
  );
  const { digest } = await store.put(index, undefined);
  const quoting = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: two.image.manifest.config,
      layers: two.image.manifest.layers,
      annotations: { note: 'the word "manifests" in a text' },
    }),
  );
  const quoted = await store.put(quoting, undefined);
  await rm(store.paths.index);
  await store.check({ repair: true });
  const digests = (await store.images()).map((image) => image.descriptor.digest);
  expect(digests.sort()).toEqual([digest, two.image.descriptor.digest, quoted.digest].sort());
});

test('a descriptor that gives its blob another size is told, and the blob is left alone', async () => {
  const [first, ...rest] = one.image.manifest.layers;
  const lying = { ...one.image.manifest, layers: [{ ...first!, size: 7 }, ...rest] };
  const manifest = Buffer.from(JSON.stringify(lying));
  const { digest, size } = await store.put(manifest, undefined);
  const index = JSON.parse(await readFile(store.paths.index, 'utf8')) as { manifests: unknown[] };
  index.manifests.push({ mediaType: mediaTypes.ociManifest, digest, size });
  await writeFile(store.paths.index, JSON.stringify(index));
  const { problems } = await store.check({ repair: true });
  expect(problems).toMatchObject([
    { kind: 'manifest-invalid', what: expect.stringContaining('instead of 7') as string, repaired: false },
  ]);
});

test('an oci-layout that is damaged is written anew', async () => {
  await writeFile(store.paths.layout, '');
  expect(kinds(await store.check())).toEqual(['index-invalid']);
  await store.check({ repair: true });
  expect(JSON.parse(await readFile(store.paths.layout, 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
});

test('what died processes left is told and removed', async () => {
  const { temporary, trash, index } = store.paths;
  await mkdir(join(temporary, 'dead'), { recursive: true });
  await writeFile(join(temporary, 'dead', 'lease'), '');
  await mkdir(trash);
  await writeFile(join(trash, 'blob'), '');
  await writeFile(`${index}.1.tmp`, '');
  const { problems } = await store.check({ repair: true });
  expect(problems.map(({ what }) => what.split(':')[0])).toEqual([
    'tmp/dead',
    'index.json.1.tmp',
    'trash/blob',
  ]);
  expect(problems.every(({ kind, repaired }) => kind === 'leftover' && repaired)).toBe(true);
  expect((await store.check({ repair: true })).problems).toEqual([]);
});

describe('of what was being fetched when a process was killed', () => {
  const { digest, size } = { digest: digestOf('a whole layer'), size: 13 };
  let whole: string;
  let part: string;
  beforeEach(async () => {
    await store.putResumable({
      expected: { digest, size },
      open: () => Readable.from([Buffer.from('a whole layer')]),
    });
    [whole, part] = [digest, digestOf('another')].map((each) =>
      join(store.paths.downloads, digestHex(each)),
    ) as [string, string];
    // As it is until the name among the downloads is taken away.
    await link(store.paths.blob(digest), whole);
    await writeFile(part, 'a part');
  });

  test('what is a blob already is told and taken away, the rest can be gone on with', async () => {
    const { problems } = await store.check({ repair: true });
    expect(problems.map(({ kind, what, repaired }) => [kind, what.split(':')[0], repaired])).toEqual([
      ['leftover', `downloads/${digestHex(digest)}`, true],
    ]);
    expect(await readdir(store.paths.downloads)).toEqual([digestHex(digestOf('another'))]);
    expect(await store.has({ digest, size })).toBe(true);
    expect((await store.check({ repair: true })).problems).toEqual([]);
  });

  test('what is a blob already keeps no bytes on the disk after garbage collection', async () => {
    expect((await store.gc({ graceMs: 0 })).deleted).toEqual([digest]);
    expect(await readdir(store.paths.downloads)).toEqual([digestHex(digestOf('another'))]);
    expect(await readFile(part, 'utf8')).toBe('a part');
  });

  test('nothing is touched by looking', async () => {
    expect((await store.check()).problems).toEqual([]);
    expect((await readdir(store.paths.downloads)).length).toBe(2);
    expect(await readFile(whole, 'utf8')).toBe('a whole layer');
  });
});

test('repair waits for nobody: beside a lease it says who is at work', async () => {
  const lease = await store.lease('load');
  await expect(store.check({ repair: true })).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('(load)') as string,
  });
  await lease.release();
});

test('a damaged tree in the cache is no harm: it is made again', async () => {
  const diffID = one.layers[0]!.descriptor.digest;
  const cache = new TreeCache(store.paths.trees, true);
  await cache.save({ diffID }, layer({ file: 'shared' }));
  await rewrite(await cache.pathOf({ diffID }), (data) =>
    data.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
  );
  expect((await store.check({ repair: true })).problems).toEqual([]);
  expect(await cache.load({ diffID })).toBeUndefined();
  await cache.save({ diffID }, layer({ file: 'shared' }));
  expect(await cache.load({ diffID })).toBeDefined();
});
