// The services together on a store of their own: from load to prune, exploring in place, samples.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SquashView } from '../../src/tree/squash-view.ts';
import { ociImages, oldDockerArchive, writeArchive } from '../support/image-archives.ts';
import { type BuiltImage, imageOf } from '../support/image-build.ts';
import { contentsOf } from '../support/image-folder.ts';
import {
  type TestServices,
  codeOf,
  namesIn,
  servicesWith,
  smallImage,
  testServices,
} from '../support/image-services.ts';

let image: BuiltImage;

beforeAll(async () => {
  image = await smallImage();
});

function loaded(): Promise<TestServices> {
  return servicesWith(image);
}

describe('a life in the store', () => {
  test('load, tag, remove and prune', async () => {
    const services = await loaded();
    expect(await namesIn(services)).toEqual([['app:1']]);
    expect(await services.images.tag('app:1', 'other')).toBe('other:latest');
    expect(await namesIn(services)).toEqual([['app:1', 'other:latest']]);
    expect(await services.images.remove('app:1')).toEqual({
      untagged: ['app:1'],
      deleted: [],
      freedBytes: 0,
    });
    const removed = await services.images.remove('other');
    expect(removed.untagged).toEqual(['other:latest']);
    expect(removed.deleted).toContain(image.id);
    expect(await namesIn(services)).toEqual([]);
    expect(contentsOf(join(services.root, 'blobs')).filter((line) => !line.endsWith('directory'))).toEqual(
      [],
    );
    expect((await services.system.check()).problems).toEqual([]);
  });

  test('a name that is loaded again moves, and the image that lost it is pruned', async () => {
    const services = await loaded();
    const other = await imageOf([{ a: 'other' }]);
    const path = await writeArchive(
      join(services.folder, 'o.tar'),
      ociImages([{ image: other, names: ['app:1'] }]),
    );
    await services.transfer.load(path);
    expect((await services.images.get('app:1')).summary.id).toBe(other.id);
    expect((await services.images.list({ all: false })).map(({ id }) => id)).toEqual([other.id]);
    expect((await services.images.prune()).deleted).toContain(image.id);
    expect((await services.images.list()).map(({ id }) => id)).toEqual([other.id]);
  });

  test('what is damaged is no image any more, but its name can still be removed', async () => {
    const services = await loaded();
    const { summary } = await services.images.get('app:1');
    const manifest = join(services.root, 'blobs', 'sha256', summary.digest.slice('sha256:'.length));
    rmSync(manifest);
    const again = await testServices(services.folder);
    expect(await namesIn(again)).toEqual([]);
    expect(await codeOf(again.images.get('app:1'))).toBe('not-found');
    expect(await again.images.remove('app:1')).toMatchObject({ untagged: ['app:1'] });
    expect(await codeOf(again.images.remove('app:1'))).toBe('not-found');
    expect((await again.system.check()).problems).toEqual([]);
  });

  test('a name of another program that is no reference is shown as it is', async () => {
    const services = await loaded();
    const path = join(services.root, 'index.json');
    const strange = readFileSync(path, 'utf8').replaceAll('docker.io/library/app:1', 'Not a REFERENCE');
    chmodSync(path, 0o600);
    writeFileSync(path, strange);
    const again = await testServices(services.folder);
    expect(await namesIn(again)).toEqual([['Not a REFERENCE']]);
    expect(await again.images.remove('Not a REFERENCE')).toMatchObject({ untagged: ['Not a REFERENCE'] });
    expect(await namesIn(again)).toEqual([]);
  });

  test('loading again changes nothing', async () => {
    const services = await loaded();
    const before = services.storeContents().filter((line) => !line.startsWith('index.json'));
    await services.transfer.load(join(services.folder, 'layout'));
    expect(services.storeContents().filter((line) => !line.startsWith('index.json'))).toEqual(before);
  });
});

describe('exploring in place', () => {
  test('copies nothing into the store', async () => {
    const services = await testServices();
    const before = services.storeContents();
    for (const form of ['plain', 'gzip'] as const) {
      const path = join(services.folder, `x.${form}`);
      await writeArchive(path, oldDockerArchive([{ image, names: ['app:1'] }]), form);
      const explored = await services.explore.open(path);
      const stack = await explored.exact();
      const view = new SquashView(stack);
      expect(view.has(stack.find(Buffer.from('big')))).toBe(true);
      expect(view.has(stack.find(Buffer.from('etc/os')))).toBe(false);
      await explored.close();
    }
    expect(services.storeContents()).toEqual(before);
  });

  test('a tampered layer is caught by exact, though an image with the true one is in the store', async () => {
    const services = await loaded();
    const members = oldDockerArchive([{ image, names: ['app:1'] }]);
    const name = [...members.keys()].find((key) => key.endsWith('/layer.tar'))!;
    const tar = Buffer.from(image.layers[0]!.tar);
    tar[tar.indexOf('xxxx')] = 0x79;
    const path = await writeArchive(join(services.folder, 'x.tar'), members.set(name, tar));
    const explored = await services.explore.open(path);
    expect((await explored.stack).layerCount).toBe(3);
    expect(await codeOf(explored.exact())).toBe('digest-mismatch');
    await explored.close();
  });

  test('what was verified once is not read again, until the file changes', async () => {
    const services = await testServices();
    const path = await writeArchive(join(services.folder, 'x.tar'), oldDockerArchive([{ image, names: [] }]));
    const first = await services.explore.open(path);
    await first.exact();
    await first.close();
    const again = await services.explore.open(path);
    expect(await again.exact()).toBe(await again.stack);
    await again.close();
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('xxxx')] = 0x79;
    writeFileSync(path, bytes);
    const changed = await services.explore.open(path);
    expect(await codeOf(changed.exact())).toBe('digest-mismatch');
    await changed.close();
  });

  test('extracting never leaves the destination', async () => {
    const services = await testServices();
    const hostile = await imageOf([
      { out: { link: '../../canary' }, abs: { link: `${services.folder}/canary` } },
      { 'd/': {}, 'd/file': 'fine', 'd/l': { link: '../../canary/file' } },
    ]);
    const path = await writeArchive(
      join(services.folder, 'x.tar'),
      ociImages([{ image: hostile, names: [] }]),
    );
    const before = services.canary();
    const explored = await services.explore.open(path);
    const target = join(services.folder, 'target');
    await services.explore.extract(explored, Buffer.from(''), 1, target);
    expect(services.canary()).toEqual(before);
    expect(readFileSync(join(target, 'd', 'file'), 'utf8')).toBe('fine');
    await explored.close();
  });
});

describe('samples', () => {
  test('are the same images every time', async () => {
    const made = await Promise.all(
      [await testServices(), await testServices()].map(async (services) => {
        for (const { name } of await services.samples.list()) await services.samples.make(name);
        expect((await services.samples.list()).every(({ present }) => present)).toBe(true);
        return (await services.images.list()).map(({ names, digest }) => [names, digest]);
      }),
    );
    expect(made[0]!.length).toBeGreaterThan(1);
    expect(made[0]).toEqual(made[1]);
  });
});
