// Containers keep the blobs of the image that they stand on.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeOf, servicesWith, smallImage } from '../support/image-services.ts';

const ID = 'c'.repeat(64);

async function withContainer(record: (digest: string) => string) {
  const services = await servicesWith(await smallImage());
  const { image } = await services.images.get('app:1');
  const folder = join(services.root, 'containers', ID);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), record(image.descriptor.digest));
  return { services, folder };
}

const recordOf = (digest: string): string => JSON.stringify({ image: { digest } });

describe('an image that a container stands on', () => {
  test('is not removed', async () => {
    const { services } = await withContainer(recordOf);
    expect(await codeOf(services.images.remove('app:1'))).toBe('locked');
    expect(await services.images.list()).toHaveLength(1);
  });

  test('loses its name by force, but none of its blobs', async () => {
    const { services } = await withContainer(recordOf);
    const before = (await services.system.diskUsage()).blobs;
    expect(await services.images.remove('app:1', { force: true })).toMatchObject({
      untagged: ['app:1'],
      freedBytes: 0,
    });
    expect((await services.images.prune({ all: true })).freedBytes).toBe(0);
    expect((await services.system.diskUsage()).blobs.sizeBytes).toBe(before.sizeBytes);
  });

  test('goes when the container is gone', async () => {
    const { services, folder } = await withContainer(recordOf);
    await services.images.remove('app:1', { force: true });
    rmSync(folder, { recursive: true });
    await services.images.prune();
    expect((await services.system.diskUsage()).blobs.count).toBe(0);
  });

  test('is kept when the record does not tell which it is', async () => {
    const { services } = await withContainer(() => '{"image":');
    const before = (await services.system.diskUsage()).blobs.count;
    expect(await codeOf(services.images.remove('app:1'))).toBe('io');
    expect((await services.system.diskUsage()).blobs.count).toBe(before);
  });
});

describe('a layer that a build remembers', () => {
  test('stays when the image goes, and goes with the record', async () => {
    const services = await servicesWith(await smallImage());
    const { image } = await services.images.get('app:1');
    const layer = image.manifest.layers[0]!.digest;
    const folder = join(services.root, 'build', 'records');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a'), JSON.stringify({ layer: { digest: layer } }));
    writeFileSync(join(folder, 'b'), '{"layer":');
    await services.images.remove('app:1');
    await services.images.prune();
    expect((await services.system.diskUsage()).blobs.count).toBe(1);
    await services.builds.prune();
    expect((await services.system.diskUsage()).blobs.count).toBe(0);
  });
});
