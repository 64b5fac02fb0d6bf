// What every ImageSource promises, whatever it reads from.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PhylloError } from '../../src/lib/errors.ts';
import { readAll } from '../../src/lib/streams.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { ImageSource } from '../../src/transport/transport.ts';
import { type BuiltImage, imageOf } from '../support/image-build.ts';
import { DIALECTS, type Dialect } from '../support/image-dialects.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const MEGABYTE = 1024 * 1024;
const base = { 'etc/': {}, 'etc/os': 'base', 'bin/sh': { content: '#!', mode: 0o755 } };

function codeOf(promise: Promise<unknown>): Promise<{ code: string; hint: string | undefined }> {
  return promise.then(
    () => ({ code: 'no error', hint: undefined }),
    ({ code, hint }: PhylloError) => ({ code, hint }),
  );
}

function bytes(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return readAll(stream, MEGABYTE, 'blob');
}

describe.each(DIALECTS)('$name', (dialect: Dialect) => {
  let first: BuiltImage;
  let second: BuiltImage;

  beforeAll(async () => {
    first = await imageOf([base, { 'etc/os': 'changed' }], dialect.layers);
    second = await imageOf([base, { 'etc/.wh.os': '' }], dialect.layers);
  });

  async function open(...images: { image: BuiltImage; names: string[] }[]): Promise<ImageSource> {
    const source = await dialect.open(temporaryFolder(), images);
    onTestFinished(() => source.close());
    return source;
  }

  const both = (): Promise<ImageSource> =>
    open(
      { image: first, names: ['registry.example/team/app:1'] },
      { image: second, names: ['registry.example/team/app:2'] },
    );

  test('the only image needs no name', async () => {
    const source = await open({ image: first, names: [] });
    const found = await source.resolve();
    expect(found.id).toBe(first.id);
    expect(found.names).toEqual([]);
  });

  test('an image is found by name, by what list offers and by position', async () => {
    const source = await both();
    const byName = await source.resolve('registry.example/team/app:2');
    expect(byName.id).toBe(second.id);
    expect(byName.names).toEqual(['registry.example/team/app:2']);
    const offered = await source.list();
    const bySelect = await Promise.all(offered.map(({ select }) => source.resolve(select)));
    const byPosition = await Promise.all(offered.map((_, index) => source.resolve(`@${index}`)));
    expect(bySelect.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(byPosition.map(({ id }) => id)).toEqual(bySelect.map(({ id }) => id));
  });

  test('a familiar name finds the image that is called so in full', async () => {
    const source = await open({ image: first, names: ['docker.io/library/app:latest'] });
    expect((await source.resolve('app')).id).toBe(first.id);
    expect((await source.resolve('docker.io/library/app')).id).toBe(first.id);
  });

  test('without a name several images are ambiguous, and listed', async () => {
    const { code, hint } = await codeOf((await both()).resolve());
    expect(code).toBe('ambiguous');
    expect(hint).toContain('registry.example/team/app:1');
    expect(hint).toContain('registry.example/team/app:2');
    expect(hint).toContain('@1');
  });

  test.each([
    'other:1',
    'registry.example/team/app',
    '@2',
    '@-1',
    '@x',
    `sha256:${'0'.repeat(64)}`,
    '',
    '::',
  ])('no image is called %j, and those that are there are listed', async (select) => {
    const { code, hint } = await codeOf((await both()).resolve(select));
    expect(code).toBe('not-found');
    expect(hint).toContain('registry.example/team/app:2');
  });

  test('an image for another platform is not taken for the wanted one', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    expect((await source.resolve(undefined, parsePlatform('linux/amd64'))).id).toBe(first.id);
    const { code, hint } = await codeOf(source.resolve(undefined, parsePlatform('linux/s390x')));
    expect(code).toBe('not-found');
    expect(hint).toContain('linux/amd64');
  });

  test('manifest and config are the bytes that their digests name', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    const image = await source.resolve();
    expect(digestOf(image.manifestData)).toBe(image.descriptor.digest);
    expect(image.manifestData).toHaveLength(image.descriptor.size);
    expect(digestOf(image.configData)).toBe(first.id);
    expect(image.manifest.config.digest).toBe(first.id);
    expect(image.config.diffIDs).toEqual(first.layers.map(({ diffID }) => diffID));
    expect(image.descriptor.digest).toBe(first.descriptor.digest);
  });

  test('blobs are there whole, in part and by place', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    const { manifest } = await source.resolve();
    for (const [index, layer] of manifest.layers.entries()) {
      const { blob } = first.layers[index]!;
      expect(await source.has(layer)).toBe(true);
      expect(await bytes(await source.open(layer))).toEqual(blob);
      expect(await bytes(await source.open(layer, { offset: 3, length: 5 }))).toEqual(blob.subarray(3, 8));
      expect(await bytes(await source.open(layer, { offset: blob.length - 2, length: 99 }))).toEqual(
        blob.subarray(-2),
      );
      expect(await bytes(await source.open(layer, { offset: blob.length, length: 1 }))).toHaveLength(0);
      const { path, offset, sizeBytes } = await source.locate(layer);
      expect(readFileSync(path).subarray(offset, offset + sizeBytes)).toEqual(blob);
    }
  });

  test('a blob that is not there, or of another size, is an error', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    const { manifest } = await source.resolve();
    const absent = { ...manifest.layers[0]!, digest: digestOf('absent') };
    const longer = { ...manifest.layers[0]!, size: manifest.layers[0]!.size + 1 };
    expect(await source.has(absent)).toBe(false);
    expect(await source.has(longer)).toBe(false);
    await expect(source.open(absent)).rejects.toBeInstanceOf(PhylloError);
    await expect(source.locate(absent)).rejects.toBeInstanceOf(PhylloError);
    await expect(source.open(longer)).rejects.toBeInstanceOf(PhylloError);
  });

  test('a blob whose bytes were changed errors at its end', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    const [layer] = (await source.resolve()).manifest.layers;
    const { path, offset } = await source.locate(layer!);
    const file = readFileSync(path);
    file[offset + 20]! ^= 1;
    chmodSync(path, 0o600);
    writeFileSync(path, file);
    expect((await codeOf(source.open(layer!).then(bytes))).code).toBe('digest-mismatch');
  });

  test('a blob whose file was cut short after it was opened errors', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    const [layer] = (await source.resolve()).manifest.layers;
    const { path, offset } = await source.locate(layer!);
    const stream = await source.open(layer!);
    chmodSync(path, 0o600);
    writeFileSync(path, readFileSync(path).subarray(0, offset + 10));
    expect((await codeOf(bytes(stream))).code).toBe('size-mismatch');
  });

  test('closing twice is safe and leaves no file behind', async () => {
    const source = await open({ image: first, names: ['app:1'] });
    await source.close();
    await expect(source.close()).resolves.toBeUndefined();
  });
});
