// A registry as a source and as a sink: what every ImageSource and ImageSink promises, as far as it has files and lists.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { copyImage } from '../../src/transport/copy.ts';
import { RegistrySink } from '../../src/transport/registry-sink.ts';
import { RegistrySource } from '../../src/transport/registry-source.ts';
import { type BuiltImage, describe as describeData, imageOf, json } from '../support/image-build.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import { DIALECTS } from '../support/image-dialects.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { testClient } from '../support/registry-clients.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';

const FORMS = ['plain', 'gzip', 'zstd frames'] as const;
const specs: readonly Layer[] = [
  { 'etc/': {}, 'etc/os': 'base', 'bin/sh': { content: '#!', mode: 0o755 } },
  { 'etc/os': 'changed' },
];

interface Opened {
  readonly fake: FakeRegistry;
  readonly image: BuiltImage;
  readonly source: RegistrySource;
  readonly folder: string;
}

async function open(form: (typeof FORMS)[number] = 'gzip', name = 'team/app:1'): Promise<Opened> {
  const fake = await FakeRegistry.start();
  const image = await imageOf(specs, form);
  fake.add(image);
  const folder = temporaryFolder();
  const { client } = testClient(undefined);
  const source = new RegistrySource(client, fake.reference(name), { temporaryDirectory: folder });
  onTestFinished(() => source.close());
  return { fake, image, source, folder };
}

function bytes(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return readAll(stream, 1024 * 1024, 'blob');
}

describe.each(FORMS)('a source with layers in %s', (form) => {
  test('has manifest and config after two requests', async () => {
    const { fake, image, source } = await open(form);
    const found = await source.resolve();
    expect(found.id).toBe(image.id);
    expect(digestOf(found.manifestData)).toBe(found.descriptor.digest);
    expect(digestOf(found.configData)).toBe(image.id);
    expect(found.names).toEqual([`${fake.host}/team/app:1`]);
    expect(fake.asked).toHaveLength(2);
  });

  test('has blobs whole, in part and as files', async () => {
    const { image, source, folder } = await open(form);
    const { manifest } = await source.resolve();
    for (const [index, layer] of manifest.layers.entries()) {
      const { blob } = image.layers[index]!;
      expect(await source.has(layer)).toBe(true);
      expect(await bytes(await source.open(layer))).toEqual(blob);
      expect(await bytes(await source.open(layer, { offset: 3, length: 5 }))).toEqual(blob.subarray(3, 8));
      const end = { offset: blob.length - 2, length: 99 };
      expect(await bytes(await source.open(layer, end))).toEqual(blob.subarray(-2));
      expect(await bytes(await source.open(layer, { offset: blob.length, length: 1 }))).toHaveLength(0);
      const { path, offset, sizeBytes } = await source.locate(layer);
      expect(readFileSync(path).subarray(offset, offset + sizeBytes)).toEqual(blob);
      expect((await source.locate(layer)).path).toBe(path);
    }
    await source.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a range of a registry that knows none is cut out of all that it sends', async () => {
  const { fake, image, source } = await open();
  const { blob, descriptor } = image.layers[0]!;
  fake.misbehave = ({ url }, response) => {
    if (!url!.includes(descriptor.digest)) return false;
    response.end(blob);
    return true;
  };
  expect(await bytes(await source.open(descriptor, { offset: 3, length: 5 }))).toEqual(blob.subarray(3, 8));
});

test.each(['other:1', '@1', `sha256:${'0'.repeat(64)}`])('no image is called %j in it', async (select) => {
  const { source } = await open();
  await expect(source.resolve(select)).rejects.toMatchObject({ code: 'not-found' });
});

test('what list offers and the digest find the image', async () => {
  const { image, source } = await open();
  const [listed] = await source.list();
  for (const select of [listed!.select, image.descriptor.digest])
    expect((await source.resolve(select)).id).toBe(image.id);
});

test('blobs that are not there, or of another size, are errors', async () => {
  const { source, folder, image } = await open();
  const [layer] = (await source.resolve()).manifest.layers;
  const absent = { ...layer!, digest: digestOf('absent') };
  const longer = { ...layer!, size: layer!.size + 1 };
  expect(await source.has(absent)).toBe(false);
  expect(await source.has(longer)).toBe(false);
  await expect(source.open(absent)).rejects.toMatchObject({ code: 'invalid-image' });
  await expect(source.locate(absent)).rejects.toMatchObject({ code: 'invalid-image' });
  await expect(source.locate(longer)).rejects.toMatchObject({ code: 'size-mismatch' });
  await expect(source.open(longer).then(bytes)).rejects.toMatchObject({ code: 'size-mismatch' });
  // One that failed can be had by the next try.
  expect((await source.locate(layer!)).sizeBytes).toBe(image.layers[0]!.blob.length);
  expect(readdirSync(folder)).toHaveLength(1);
});

test('a layer that is not wanted any more is not fetched to its end', async () => {
  const { fake, image, source } = await open();
  const { descriptor } = image.layers[0]!;
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  fake.misbehave = ({ url }, response) => {
    if (!url!.includes(descriptor.digest)) return false;
    response.writeHead(200, { 'content-length': descriptor.size }).write('x');
    response.on('close', () => gone.resolve());
    asked.resolve();
    return true;
  };
  const stop = new AbortController();
  const located = source.locate(descriptor, { signal: stop.signal });
  await asked.promise;
  stop.abort();
  await expect(located).rejects.toMatchObject({ code: 'cancelled' });
  await gone.promise;
});

describe('an index of several platforms', () => {
  async function opened(): Promise<Opened & { arm: BuiltImage }> {
    const made = await open('gzip', 'team/app:all');
    const arm = await imageOf([{ a: 'arm' }], 'gzip', { architecture: 'arm64' });
    made.fake.add(arm, 'team/app:arm');
    const manifests = [
      { ...made.image.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
      {
        ...describeData(mediaTypes.ociManifest, Buffer.from('{}')),
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ];
    const data = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    made.fake.addManifest('team/app:all', describeData(mediaTypes.ociIndex, data), data);
    return { ...made, arm };
  }

  test('gives the one that is asked for, after three requests', async () => {
    const { fake, source, arm } = await opened();
    expect((await source.resolve(undefined, parsePlatform('linux/arm64'))).id).toBe(arm.id);
    expect(fake.asked).toHaveLength(3);
    expect((await source.target()).mediaType).toBe(mediaTypes.ociIndex);
  });

  test('says which there are when there is none', async () => {
    const { source } = await opened();
    await expect(source.resolve(undefined, parsePlatform('linux/s390x'))).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('linux/arm64') as string,
    });
  });
});

describe('a sink', () => {
  async function sinkOf(fake: FakeRegistry, built: BuiltImage, mountFrom?: (digest: Digest) => string[]) {
    const { open: openDialect } = DIALECTS.find(({ name }) => name === 'oci directory')!;
    const source = await openDialect(temporaryFolder(), [{ image: built, names: ['app:1'] }]);
    const statuses: string[] = [];
    const onLayer = ({ status, detail }: { status: string; detail?: string }): void =>
      void (status === 'Pushing' || statuses.push([status, detail].filter(Boolean).join(' ')));
    const sink = new RegistrySink(testClient(undefined).client, fake.reference(), {
      source,
      mountFrom,
      onLayer,
    });
    onTestFinished(() => sink.close());
    return { source, sink, statuses };
  }

  test.each(FORMS)('takes an image with layers in %s as it is', async (form) => {
    const built = await imageOf(specs, form);
    const fake = await FakeRegistry.start();
    const { source, sink, statuses } = await sinkOf(fake, built);
    await copyImage(source, await source.resolve(), sink, [parseReference('x:new')], { layersAtATime: 3 });
    expect([...fake.manifests]).toEqual([]);
    await sink.finish();
    expect(fake.manifests.get('team/app:new')?.data).toEqual(built.manifestData);
    expect(statuses).toEqual(['Pushed', 'Pushed']);
    expect(fake.blobs.size).toBe(3);
  });

  test('sends nothing that is there', async () => {
    const built = await imageOf(specs);
    const fake = await FakeRegistry.start();
    fake.add(built);
    const { source, sink, statuses } = await sinkOf(fake, built);
    await copyImage(source, await source.resolve(), sink, [parseReference('x:again')]);
    await sink.finish();
    expect(statuses).toEqual(['Layer already exists', 'Layer already exists']);
    expect(fake.seen.filter(({ method }) => method === 'POST' || method === 'PATCH')).toEqual([]);
  });

  test('mounts what another repository has, and sends what it may not mount', async () => {
    const built = await imageOf(specs);
    const fake = await FakeRegistry.start();
    const [first, second] = built.layers;
    fake.blobs.set(first!.descriptor.digest, first!.blob);
    // As registries do it, blobs belong to repositories.
    fake.misbehave = ({ method, url }, response) => {
      if (method === 'HEAD' && url!.startsWith('/v2/team/app/blobs/')) refuse(response, 404, 'BLOB_UNKNOWN');
      else if (url!.includes('from=secret')) refuse(response, 403, 'DENIED');
      else return false;
      return true;
    };
    const mountFrom = (digest: Digest): string[] =>
      digest === first!.descriptor.digest ? ['team/app', 'secret', 'base'] : ['secret'];
    const { source, sink, statuses } = await sinkOf(fake, built, mountFrom);
    await copyImage(source, await source.resolve(), sink, [parseReference('x:1')]);
    await sink.finish();
    expect(statuses).toEqual(['Mounted from base', 'Pushed']);
    expect(fake.blobs.get(second!.descriptor.digest)).toEqual(second!.blob);
  });

  test('an image without a name is there by its digest', async () => {
    const built = await imageOf(specs);
    const fake = await FakeRegistry.start();
    const { source, sink } = await sinkOf(fake, built);
    await copyImage(source, await source.resolve(), sink, []);
    await sink.finish();
    expect([...fake.manifests.keys()]).toEqual([`team/app@${built.descriptor.digest}`]);
  });

  test('a blob is there as soon as it was put, and half of one is not', async () => {
    const built = await imageOf(specs);
    const fake = await FakeRegistry.start();
    const { sink } = await sinkOf(fake, built);
    const { descriptor, blob } = built.layers[0]!;
    expect(await sink.has(descriptor)).toBe(false);
    const broken = Readable.from(
      (function* () {
        yield blob.subarray(0, 30);
        throw new Error('the disk went dead');
      })(),
    );
    await expect(sink.putBlob(descriptor, broken)).rejects.toThrow(/dead/);
    expect(await sink.has(descriptor)).toBe(false);
    await sink.putBlob(descriptor, Readable.from([blob]));
    expect(await sink.has(descriptor)).toBe(true);
  });

  test('a copy that is cancelled stops with that code', async () => {
    const built = await imageOf(specs);
    const { source, sink } = await sinkOf(await FakeRegistry.start(), built);
    const copying = copyImage(source, await source.resolve(), sink, [], { signal: AbortSignal.abort() });
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('a folder for files is made when it is needed', async () => {
  const { source, folder } = await open();
  await source.resolve();
  expect(existsSync(folder)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});
