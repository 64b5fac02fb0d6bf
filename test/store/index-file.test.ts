// index.json: names, their changes, and other programs' entries.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { MAX_JSON_BYTES } from '../../src/oci/json.ts';
import { parseIndex } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { EMPTY_INDEX, type IndexChange, applyChange, imagesOf } from '../../src/store/index-file.ts';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { buildImage, loadImage } from '../support/store-images.ts';

const image = (name: string) => ({
  mediaType: mediaTypes.ociManifest,
  digest: digestOf(name),
  size: name.length,
});

describe('a change of the index', () => {
  const named = applyChange(EMPTY_INDEX, {
    set: [
      { reference: 'h/a:1', descriptor: image('a') },
      { reference: 'h/a:2', descriptor: image('a') },
      { reference: 'h/b:1', descriptor: image('b') },
    ],
  });

  test('lists an image once with all its names', () => {
    expect(imagesOf(named)).toEqual([
      { descriptor: image('a'), references: ['h/a:1', 'h/a:2'] },
      { descriptor: image('b'), references: ['h/b:1'] },
    ]);
  });

  test('moves a name, and the image that lost its last one stays without', () => {
    const moved = applyChange(named, { set: [{ reference: 'h/b:1', descriptor: image('a') }] });
    expect(imagesOf(moved)).toEqual([
      { descriptor: image('a'), references: ['h/a:1', 'h/a:2', 'h/b:1'] },
      { descriptor: image('b'), references: [] },
    ]);
  });

  test('takes a name away, and an image with all its names', () => {
    const change = { removeReferences: ['h/a:2'], removeImages: [digestOf('b')] };
    expect(imagesOf(applyChange(named, change))).toEqual([{ descriptor: image('a'), references: ['h/a:1'] }]);
  });

  test('keeps platform and annotations that other programs gave an entry', () => {
    const entry = {
      ...image('a'),
      platform: { os: 'linux', architecture: 'arm64' },
      annotations: { x: 'y' },
    };
    const index = applyChange(
      { ...EMPTY_INDEX, manifests: [entry] },
      { set: [{ reference: 'h/b:1', descriptor: image('b') }] },
    );
    expect(index.manifests).toContainEqual(entry);
  });

  test.each(['', 'many', '-1', '1e9', '9'.repeat(40)])('counts on from a generation of %j', (generation) => {
    const index = { ...EMPTY_INDEX, annotations: { 'dev.phyllo.generation': generation } };
    expect(applyChange(index, {}).annotations).toEqual({ 'dev.phyllo.generation': '1' });
  });

  test('is counted, leaves every name on one image, and can be read back', () => {
    const names = fc.constantFrom('h/a:1', 'h/a:2', 'h/b:1', 'h/c:1');
    const images = fc.constantFrom(...['a', 'b', 'c'].map(image));
    const changes = fc.array(
      fc.record<IndexChange>({
        set: fc.array(fc.record({ reference: names, descriptor: images }), { maxLength: 3 }),
        add: fc.array(images, { maxLength: 2 }),
        removeReferences: fc.array(names, { maxLength: 2 }),
        removeImages: fc.array(
          images.map(({ digest }) => digest),
          { maxLength: 1 },
        ),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(changes, (all) => {
        const index = all.reduce(applyChange, EMPTY_INDEX);
        const references = imagesOf(index).flatMap((stored) => stored.references);
        expect(new Set(references).size).toBe(references.length);
        expect(index.annotations?.['dev.phyllo.generation'] ?? '0').toBe(String(all.length));
        expect(parseIndex(Buffer.from(JSON.stringify(index)))).toEqual(index);
      }),
    );
  });
});

describe('the index of a store', () => {
  let folder: string;
  let store: ImageStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phyllo-index-'));
    store = await openStore(join(folder, 'store'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  test('takes no name for an image that is not there, or not whole', async () => {
    const built = await buildImage('a', 'b');
    const { descriptor } = built.image;
    const change = { set: [{ reference: 'h/a:1', descriptor }] };
    await expect(store.update(change)).rejects.toMatchObject({ code: 'not-found' });
    await loadImage(store, built);
    await store.update({ removeImages: [descriptor.digest] });
    await rm(store.paths.blob(built.layers[1]!.descriptor.digest), { force: true });
    await expect(store.update(change)).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.images()).toEqual([]);
  });

  test('lets a damaged image that it has be renamed and removed', async () => {
    const built = await buildImage('a');
    await loadImage(store, built, 'a');
    await rm(store.paths.blob(built.image.id), { force: true });
    const { descriptor } = built.image;
    await store.update({ set: [{ reference: 'h/b:1', descriptor }] });
    await store.update({ removeImages: [descriptor.digest] });
    expect(await store.images()).toEqual([]);
  });

  test('never grows past what can be read again', async () => {
    const built = await buildImage('a');
    await loadImage(store, built, 'a');
    const before = await readFile(store.paths.index, 'utf8');
    // Shorter than the limit in characters, longer in bytes.
    const reference = 'ä'.repeat(MAX_JSON_BYTES / 2 + 1);
    const change = { set: [{ reference, descriptor: built.image.descriptor }] };
    await expect(store.update(change)).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(await readFile(store.paths.index, 'utf8')).toBe(before);
  });

  test('is read again before it is changed: what another program wrote meanwhile stays', async () => {
    const [a, b] = await Promise.all([buildImage('a'), buildImage('b')]);
    await loadImage(store, a, 'a');
    await loadImage(store, b);
    const index = JSON.parse(await readFile(store.paths.index, 'utf8')) as { manifests: object[] };
    index.manifests.push({
      ...b.image.descriptor,
      annotations: { 'org.opencontainers.image.ref.name': 'theirs' },
    });
    await writeFile(store.paths.index, JSON.stringify(index));
    await store.update({ removeReferences: ['docker.io/library/a:latest'] });
    expect((await store.images()).map(({ references }) => references)).toContainEqual(['theirs']);
  });

  test('tells watchers when it was changed, by whomever', async () => {
    const changed = Promise.withResolvers<void>();
    const stop = (await openStore(store.root)).watch(() => changed.resolve());
    await loadImage(store, await buildImage('a'), 'a');
    await expect(changed.promise).resolves.toBeUndefined();
    stop();
  });
});
