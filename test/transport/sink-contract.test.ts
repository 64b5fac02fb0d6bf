// What every ImageSink promises, and that any source can be copied to any of them.
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ResolvedImage } from '../../src/oci/image.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { ArchiveWriter } from '../../src/transport/archive-writer.ts';
import { copyImage } from '../../src/transport/copy.ts';
import { DockerArchiveSink } from '../../src/transport/docker-archive-sink.ts';
import { OciArchiveSink, OciDirectorySink } from '../../src/transport/oci-sink.ts';
import { openPath } from '../../src/transport/open-source.ts';
import { StoreSink } from '../../src/transport/store-sink.ts';
import { StoreSource } from '../../src/transport/store-source.ts';
import type { ImageSink, ImageSource } from '../../src/transport/transport.ts';
import { type BuiltImage, imageOf } from '../support/image-build.ts';
import { DIALECTS } from '../support/image-dialects.ts';
import { temporaryFolder } from '../support/image-folder.ts';

interface Target {
  readonly name: string;
  /** docker-archives carry no manifest and no compressed layers. */
  readonly keepsBlobs: boolean;
  readonly open: (folder: string) => Promise<OpenTarget>;
}

interface OpenTarget {
  readonly sink: ImageSink;
  /** What was written, after `finish`. */
  readonly reopen: () => Promise<ImageSource>;
  /** Files of the target that are there now, spool files and the file of the archive itself left out. */
  readonly leftovers: () => string[];
}

function archiveTarget(make: (writer: ArchiveWriter, spool: string) => ImageSink): Target['open'] {
  return async (folder) => {
    const path = join(folder, 'out.tar');
    const spool = join(folder, 'spool');
    mkdirSync(spool);
    const output = createWriteStream(path);
    // Opened late it would be made in a folder that is being removed.
    await once(output, 'open');
    return {
      sink: make(new ArchiveWriter(output), spool),
      reopen: async () => {
        output.end();
        await finished(output);
        return openPath(path, { temporaryDirectory: folder });
      },
      leftovers: () => readdirSync(spool),
    };
  };
}

const TARGETS: readonly Target[] = [
  {
    name: 'docker-archive',
    keepsBlobs: false,
    open: archiveTarget((writer, spool) => new DockerArchiveSink(writer, spool)),
  },
  { name: 'oci-archive', keepsBlobs: true, open: archiveTarget((writer) => new OciArchiveSink(writer)) },
  {
    name: 'oci directory',
    keepsBlobs: true,
    open: async (folder) => {
      const root = join(folder, 'made', 'layout');
      return {
        sink: new OciDirectorySink(root),
        reopen: () => openPath(root, { temporaryDirectory: folder }),
        leftovers: () => readdirSync(folder).filter((name) => name === 'made'),
      };
    },
  },
  {
    name: 'store',
    keepsBlobs: true,
    open: async (folder) => {
      const store: ImageStore = await openStore(join(folder, 'target'));
      return {
        sink: await StoreSink.open(store, 'test'),
        reopen: async () => new StoreSource(store),
        leftovers: () => (existsSync(store.paths.temporary) ? readdirSync(store.paths.temporary) : []),
      };
    },
  },
];

let image: BuiltImage;

beforeAll(async () => {
  image = await imageOf([{ 'etc/': {}, 'etc/os': 'base' }, { 'etc/os': 'changed' }], 'gzip');
});

async function sourceOf(built: BuiltImage, dialect = 'oci directory'): Promise<ImageSource> {
  const { open } = DIALECTS.find(({ name }) => name === dialect)!;
  const source = await open(temporaryFolder(), [{ image: built, names: ['app:1'] }]);
  onTestFinished(() => source.close());
  return source;
}

describe.each(TARGETS)('to $name', (target) => {
  async function open(): Promise<OpenTarget> {
    const opened = await target.open(temporaryFolder());
    onTestFinished(() => opened.sink.close());
    return opened;
  }

  async function readBack({ sink, reopen }: OpenTarget, select?: string): Promise<ResolvedImage> {
    await sink.finish();
    await sink.close();
    const source = await reopen();
    onTestFinished(() => source.close());
    const found = await source.resolve(select);
    for (const layer of found.manifest.layers) {
      for await (const chunk of await source.open(layer)) expect(chunk).toBeDefined();
    }
    return found;
  }

  test.each(DIALECTS)(
    'from $name: image ID and diffIDs stay, digests where the form can hold them',
    async (dialect) => {
      const built = await imageOf(
        [
          { 'a/': {}, 'a/b': 'text' },
          { 'a/.wh.b': '', c: 'new' },
        ],
        dialect.layers,
      );
      const source = await sourceOf(built, dialect.name);
      const opened = await open();
      await copyImage(source, await source.resolve(), opened.sink, [parseReference('app:2')]);
      const copied = await readBack(opened, 'app:2');
      expect(copied.id).toBe(built.id);
      expect(copied.config.diffIDs).toEqual(built.layers.map(({ diffID }) => diffID));
      const kept = target.keepsBlobs || dialect.layers === 'plain';
      const names = kept ? built.layers.map(({ descriptor }) => descriptor.digest) : copied.config.diffIDs;
      expect(copied.manifest.layers.map(({ digest }) => digest)).toEqual(names);
      expect(copied.descriptor.digest === built.descriptor.digest).toBe(kept);
    },
  );

  test('a blob is there as soon as it was put', async () => {
    const { sink } = await open();
    const { descriptor, blob } = image.layers[0]!;
    expect(await sink.has(descriptor)).toBe(false);
    await sink.putBlob(descriptor, Readable.from([blob]));
    expect(await sink.has(descriptor)).toBe(true);
  });

  test('several images share what they have in common', async () => {
    const other = await imageOf([{ 'etc/': {}, 'etc/os': 'base' }, { 'other/': {} }], 'gzip');
    const opened = await open();
    for (const [built, name] of [
      [image, 'app:1'],
      [other, 'app:2'],
    ] as const) {
      const source = await sourceOf(built);
      await copyImage(source, await source.resolve(), opened.sink, [parseReference(name)]);
    }
    expect((await readBack(opened, 'app:1')).id).toBe(image.id);
    const again = await opened.reopen();
    onTestFinished(() => again.close());
    expect((await again.resolve('app:2')).id).toBe(other.id);
    expect(await again.list()).toHaveLength(2);
  });

  test('an image put twice under one name is listed once', async () => {
    const opened = await open();
    const source = await sourceOf(image);
    for (const name of ['app:1', 'app:1', 'app:2']) {
      await copyImage(source, await source.resolve(), opened.sink, [parseReference(name)]);
    }
    await opened.sink.finish();
    await opened.sink.close();
    const again = await opened.reopen();
    onTestFinished(() => again.close());
    const names = (await again.list()).flatMap((listed) =>
      listed.names.map((text) => text.split('/').at(-1)),
    );
    expect(names).toHaveLength(2);
    expect(new Set(names)).toEqual(new Set(['app:1', 'app:2']));
  });

  test('an image without a name is there all the same', async () => {
    const opened = await open();
    const source = await sourceOf(image);
    await copyImage(source, await source.resolve(), opened.sink, []);
    const copied = await readBack(opened);
    expect(copied.id).toBe(image.id);
    expect(copied.names).toEqual([]);
  });

  test.each(['constructor:latest', 'registry.example:5000/a/b:v1', 'a/toString:x'.toLowerCase()])(
    'the name %s survives',
    async (name) => {
      const opened = await open();
      const source = await sourceOf(image);
      await copyImage(source, await source.resolve(), opened.sink, [parseReference(name)]);
      expect((await readBack(opened, name)).id).toBe(image.id);
      expect(Object.keys(Object)).toEqual([]);
    },
  );

  test('closed unfinished, it leaves nothing to be seen', async () => {
    const { sink, leftovers } = await open();
    const source = await sourceOf(image);
    await copyImage(source, await source.resolve(), sink, [parseReference('app:1')]);
    await sink.close();
    expect(leftovers()).toEqual([]);
  });

  test('what breaks off in the middle of a layer leaves nothing to be seen', async () => {
    const { sink, leftovers } = await open();
    const { descriptor, blob } = image.layers[0]!;
    const broken = Readable.from(
      (function* () {
        yield blob.subarray(0, 30);
        throw new Error('the line went dead');
      })(),
    );
    await expect(sink.putBlob(descriptor, broken)).rejects.toThrow(/dead/);
    await sink.close();
    expect(leftovers()).toEqual([]);
  });

  test('a copy that is cancelled stops with that code', async () => {
    const { sink } = await open();
    const source = await sourceOf(image);
    const resolved = await source.resolve();
    const copying = copyImage(source, resolved, sink, [], { signal: AbortSignal.abort() });
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('a layer that inflates to something else than the config says is not written into a docker archive', async () => {
  const right = await imageOf([{ a: 'right' }], 'gzip');
  const wrong = await imageOf([{ a: 'wrong' }], 'gzip');
  const source = await sourceOf(wrong);
  const resolved = await source.resolve();
  const opened = await TARGETS[0]!.open(temporaryFolder());
  const lying = {
    ...resolved,
    config: { ...resolved.config, diffIDs: right.layers.map(({ diffID }) => diffID) },
  };
  await expect(copyImage(source, lying, opened.sink, [])).rejects.toMatchObject({ code: 'digest-mismatch' });
});

test('an existing layout keeps its other images, and a name that is taken moves', async () => {
  const folder = temporaryFolder();
  const root = join(folder, 'layout');
  const other = await imageOf([{ b: 'other' }]);
  for (const [built, names] of [
    [image, ['app:1', 'app:2']],
    [other, ['app:2']],
  ] as const) {
    const source = await sourceOf(built);
    const sink = new OciDirectorySink(root);
    await copyImage(source, await source.resolve(), sink, names.map(parseReference));
    await sink.finish();
    await sink.close();
  }
  const source = await openPath(root, { temporaryDirectory: folder });
  expect((await source.resolve('app:1')).id).toBe(image.id);
  expect((await source.resolve('app:2')).id).toBe(other.id);
});

test('an output that is closed by its reader is an error, not a wait without end', async () => {
  const output = createWriteStream(join(temporaryFolder(), 'out.tar'), { highWaterMark: 10 });
  const writer = new ArchiveWriter(output);
  const body = (async function* () {
    yield Buffer.alloc(1000);
    output.destroy();
    yield Buffer.alloc(1000);
  })();
  await expect(writer.addStream('x', 2000, body)).rejects.toMatchObject({ code: 'io' });
});
