// Every kind of ImageSource, holding the same images: what a contract is tested against.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';
import { parseReference, withDefaultTag } from '../../src/oci/reference.ts';
import { copyImage } from '../../src/transport/copy.ts';
import { openPath } from '../../src/transport/open-source.ts';
import { StoreSink } from '../../src/transport/store-sink.ts';
import { StoreSource } from '../../src/transport/store-source.ts';
import type { ImageSource } from '../../src/transport/transport.ts';
import { type LayerForm } from './image-build.ts';
import {
  type Members,
  type Named,
  newDockerArchive,
  ociImages,
  oldDockerArchive,
  tarOfMembers,
  writeDirectory,
} from './image-archives.ts';

export interface Dialect {
  readonly name: string;
  /** What layers must be like to be held unchanged. */
  readonly layers: LayerForm;
  readonly open: (directory: string, images: readonly Named[]) => Promise<ImageSource>;
}

/** The file's name says nothing: it is the same for all. */
function archive(members: (images: readonly Named[]) => Members, form: LayerForm): Dialect['open'] {
  return async (directory, images) => {
    const path = join(directory, 'image.bin');
    await writeFile(path, await tarOfMembers(members(images), form));
    return openPath(path, { temporaryDirectory: directory });
  };
}

async function storeWith(directory: string, images: readonly Named[]): Promise<ImageSource> {
  const store = await openStore(join(directory, 'store'));
  const source = await openPath(writeDirectory(join(directory, 'layout'), ociImages(images)), {
    temporaryDirectory: directory,
  });
  const sink = await StoreSink.open(store, 'test');
  for (const { select, names } of await source.list()) {
    const references = names.map((name) => withDefaultTag(parseReference(name)));
    await copyImage(source, await source.resolve(select), sink, references);
  }
  await sink.finish();
  await sink.close();
  return new StoreSource(store);
}

export const DIALECTS: readonly Dialect[] = [
  { name: 'docker-archive', layers: 'plain', open: archive(oldDockerArchive, 'plain') },
  {
    name: 'docker-archive in gzip',
    layers: 'plain',
    open: archive(oldDockerArchive, 'gzip'),
  },
  {
    name: 'docker 25 archive',
    layers: 'plain',
    open: archive(newDockerArchive, 'plain'),
  },
  {
    name: 'docker 25 archive in zstd',
    layers: 'plain',
    open: archive(newDockerArchive, 'zstd frames'),
  },
  { name: 'oci-archive', layers: 'gzip', open: archive(ociImages, 'plain') },
  {
    name: 'oci-archive in gzip members',
    layers: 'zstd',
    open: archive(ociImages, 'gzip members'),
  },
  {
    name: 'oci directory',
    layers: 'gzip members',
    open: (directory, images) =>
      openPath(writeDirectory(join(directory, 'layout'), ociImages(images)), {
        temporaryDirectory: directory,
      }),
  },
  { name: 'store', layers: 'zstd frames', open: storeWith },
];
