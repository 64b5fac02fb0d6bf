// The store as a source: what was found in the index is read as what is asked for by its digest.
import { chmod, writeFile } from 'node:fs/promises';
import { beforeEach, expect, test } from 'vitest';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { StoreSource } from '../../src/transport/store-source.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { type BuiltImage, buildImage, loadImage } from '../support/store-images.ts';

let store: ImageStore;
let source: StoreSource;
let image: BuiltImage;

beforeEach(async () => {
  store = await openStore(`${temporaryFolder()}/store`);
  source = new StoreSource(store);
  image = await buildImage('one', 'two');
  await loadImage(store, image, 'app:1', 'app:2');
  await loadImage(store, await buildImage('other'), 'other:1');
});

test('an image that was listed is the same as by its digest, with all its names', async () => {
  const all = await store.images();
  expect(all).toHaveLength(2);
  for (const listed of all) {
    const found = await source.resolveListed(listed);
    expect(found).toEqual(await source.resolve(listed.descriptor.digest));
    expect(found.names).toEqual(listed.references);
  }
});

test('one whose manifest is damaged is refused, and is missing from then on', async () => {
  const listed = (await store.images()).find(
    ({ descriptor }) => descriptor.digest === image.image.descriptor.digest,
  )!;
  const path = store.paths.blob(listed.descriptor.digest);
  await chmod(path, 0o600);
  await writeFile(path, Buffer.alloc(listed.descriptor.size, ' '));
  await expect(source.resolveListed(listed)).rejects.toMatchObject({ code: 'digest-mismatch' });
  await expect(source.resolveListed(listed)).rejects.toMatchObject({ code: 'not-found' });
});
