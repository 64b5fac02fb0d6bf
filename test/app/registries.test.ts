// Pull, push and looking into registries through the services.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeServices } from '../../src/app/compose.ts';
import type { LayerEvent } from '../../src/app/registry-services.ts';
import { digestHex } from '../../src/oci/digest.ts';
import { shortDigest } from '../../src/oci/digest.ts';
import { Catalogue } from '../../src/app/catalogue.ts';
import { ensureImage } from '../../src/app/pull.ts';
import { openStore } from '../../src/store/store.ts';
import { StoreSource } from '../../src/transport/store-source.ts';
import { imageOf } from '../support/image-build.ts';
import { codeOf, smallImage, testServices } from '../support/image-services.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';

async function fakeWith(
  name = 'team/app:1',
): Promise<{ fake: FakeRegistry; image: Awaited<ReturnType<typeof smallImage>> }> {
  const fake = await FakeRegistry.start();
  const image = await smallImage();
  fake.add(image, name);
  return { fake, image };
}

function statusesOf(events: readonly LayerEvent[], layer: string): string[] {
  return events
    .filter((event) => event.layer === layer && event.doneBytes === undefined)
    .map(({ status }) => status);
}

describe('pull', () => {
  test('brings an image with the digests that it has, and a second time nothing', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const events: LayerEvent[] = [];
    const onLayer = (event: LayerEvent): void => void events.push(event);
    const [pulled] = await services.registries.pull(`${fake.host}/team/app:1`, { onLayer });
    expect(pulled).toMatchObject({ id: image.id, digest: image.descriptor.digest, wasCurrent: false });
    const { summary } = await services.images.get(`${fake.host}/team/app:1`);
    expect(summary.digest).toBe(image.descriptor.digest);
    expect(summary.sizeKnown).toBe(true);
    const { digest } = image.layers[0]!.descriptor;
    expect(statusesOf(events, digest)).toEqual([
      'Pulling fs layer',
      'Download complete',
      'Extracting',
      'Pull complete',
    ]);
    const before = fake.asked.length;
    events.length = 0;
    const [again] = await services.registries.pull(`${fake.host}/team/app:1`, { onLayer });
    expect(again!.wasCurrent).toBe(true);
    expect(events.map(({ status }) => status)).toEqual(image.layers.map(() => 'Already exists'));
    expect(
      fake.asked
        .slice(before)
        .some((line) => image.layers.some(({ descriptor }) => line.includes(descriptor.digest))),
    ).toBe(false);
  });

  test('by digest names it by the digest', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const name = `${fake.host}/team/app@${image.descriptor.digest}`;
    await services.registries.pull(name);
    expect((await services.images.get(name)).image.id).toBe(image.id);
  });

  test('of all tags brings each', async () => {
    const { fake, image } = await fakeWith();
    fake.add(image, 'team/app:2');
    const services = await testServices();
    const pulled = await services.registries.pull(`${fake.host}/team/app`, { allTags: true });
    expect(pulled.map(({ name }) => name)).toEqual([`${fake.host}/team/app:1`, `${fake.host}/team/app:2`]);
    expect(await codeOf(services.registries.pull(`${fake.host}/team/app:1`, { allTags: true }))).toBe(
      'invalid-argument',
    );
  });

  test('that fails leaves no name and no wrong bytes', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const bad = image.layers[1]!.descriptor;
    fake.blobs.set(bad.digest, Buffer.alloc(bad.size));
    expect(await codeOf(services.registries.pull(`${fake.host}/team/app:1`))).toBe('digest-mismatch');
    expect(await services.images.list()).toEqual([]);
    expect(existsSync(join(services.root, 'blobs/sha256', digestHex(bad.digest)))).toBe(false);
    expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
    // Sound layers that were stopped half-way wait there for the next try.
    expect(readdirSync(join(services.root, 'downloads'))).not.toContain(digestHex(bad.digest));
  });

  test('of a layer that is not what the config says is refused', async () => {
    const right = await imageOf([{ a: 'right' }]);
    const wrong = await imageOf([{ a: 'wrong' }]);
    const fake = await FakeRegistry.start();
    const text = right.configData.toString().replace(right.layers[0]!.diffID, wrong.layers[0]!.diffID);
    const lying = {
      ...right,
      ...(await imageOf([{ a: 'right' }], 'gzip', { config: JSON.parse(text) as object })),
    };
    fake.add(lying);
    const services = await testServices();
    expect(await codeOf(services.registries.pull(`${fake.host}/team/app:1`))).toBe('digest-mismatch');
    expect(await services.images.list()).toEqual([]);
  });

  test('that was broken off goes on where it ended', async () => {
    const content = Array.from({ length: 60_000 }, (_, line) => `line ${line}`).join('\n');
    const big = await imageOf([{ big: { content } }], 'plain');
    const fake = await FakeRegistry.start();
    fake.add(big);
    const { descriptor, blob } = big.layers[0]!;
    const services = await testServices();
    const stop = new AbortController();
    fake.misbehave = ({ url }, response) => {
      if (!url!.includes(descriptor.digest)) return false;
      response.writeHead(200, { 'content-length': blob.length });
      response.write(blob.subarray(0, 300_000));
      return true;
    };
    const onLayer = ({ doneBytes = 0 }: LayerEvent): void => void (doneBytes > 0 && stop.abort());
    const name = `${fake.host}/team/app:1`;
    expect(await codeOf(services.registries.pull(name, { signal: stop.signal, onLayer }))).toBe('cancelled');
    const unfinished = join(services.root, 'downloads', digestHex(descriptor.digest));
    const had = statSync(unfinished).size;
    expect(had).toBeGreaterThan(0);
    fake.misbehave = () => false;
    await services.registries.pull(name);
    const last = fake.seen.findLast(({ url }) => url.includes(descriptor.digest));
    expect(last!.headers.range).toBe(`bytes=${had}-${blob.length - 1}`);
    expect(existsSync(unfinished)).toBe(false);
    expect((await services.images.get(name)).summary.id).toBe(big.id);
  });

  test('goes on after a part that is damaged from the beginning', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const { descriptor } = image.layers[0]!;
    mkdirSync(join(services.root, 'downloads'));
    writeFileSync(join(services.root, 'downloads', digestHex(descriptor.digest)), Buffer.alloc(100));
    await services.registries.pull(`${fake.host}/team/app:1`);
    expect((await services.images.list()).map(({ id }) => id)).toEqual([image.id]);
  });

  test('of a layer that another is fetching waits for it, and says for whom', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const { digest } = image.layers[0]!.descriptor;
    const other = await openStore(services.root);
    const lease = await other.lease('test');
    const lock = await other.lockDigest(digest);
    const waiting = Promise.withResolvers<LayerEvent>();
    const onLayer = (event: LayerEvent): void => void (event.status === 'Waiting' && waiting.resolve(event));
    const pulling = services.registries.pull(`${fake.host}/team/app:1`, { onLayer });
    const { layer, detail } = await waiting.promise;
    expect(shortDigest(layer)).toBe(shortDigest(digest));
    expect(detail).toMatch(/being fetched by process \d+/);
    await lock.release();
    await lease.release();
    await pulling;
    expect((await services.images.list())[0]!.id).toBe(image.id);
  });

  test('of a name that is not there says so', async () => {
    const { fake } = await fakeWith();
    const services = await testServices();
    expect(await codeOf(services.registries.pull(`${fake.host}/team/none`))).toBe('not-found');
    expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
  });
});

describe('push', () => {
  test('sends an image, and under another name of the registry nothing but the manifest', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    await services.registries.pull(`${fake.host}/team/app:1`);
    const target = await FakeRegistry.start();
    await services.images.tag(`${fake.host}/team/app:1`, `${target.host}/a/b:1`);
    const [pushed] = await services.registries.push(`${target.host}/a/b:1`);
    expect(pushed).toMatchObject({
      tag: '1',
      digest: image.descriptor.digest,
      sizeBytes: image.descriptor.size,
    });
    expect(target.manifests.get('a/b:1')!.data).toEqual(image.manifestData);
    await services.images.tag(`${target.host}/a/b:1`, `${target.host}/a/b:2`);
    const before = target.seen.length;
    await services.registries.push(`${target.host}/a/b:2`);
    expect(
      target.seen
        .slice(before)
        .filter(({ method }) => method !== 'HEAD')
        .map(({ method }) => method),
    ).toEqual(['PUT']);
    const all = await services.registries.push(`${target.host}/a/b`, { allTags: true });
    expect(all.map(({ tag }) => tag)).toEqual(['1', '2']);
  });

  test('that is refused says so, and names nothing', async () => {
    const { fake } = await fakeWith();
    const services = await testServices();
    await services.registries.pull(`${fake.host}/team/app:1`);
    fake.manifests.clear();
    fake.blobs.clear();
    fake.misbehave = ({ method }, response) => {
      if (method !== 'POST') return false;
      refuse(response, 403, 'DENIED');
      return true;
    };
    expect(await codeOf(services.registries.push(`${fake.host}/team/app:1`))).toBe('unauthorized');
    expect(fake.manifests.size).toBe(0);
  });

  test.each([
    ['none:1', 'not-found'],
    [`none@sha256:${'0'.repeat(64)}`, 'invalid-argument'],
    ['UPPER', 'invalid-reference'],
  ])('of %s is %s', async (name, code) => {
    const services = await testServices();
    expect(await codeOf(services.registries.push(name))).toBe(code);
  });
});

describe('docker://', () => {
  test('is looked into without storing anything', async () => {
    const { fake, image } = await fakeWith();
    const services = await testServices();
    const before = services.storeContents();
    const explored = await services.explore.open(`docker://${fake.host}/team/app:1`);
    expect(explored.image.id).toBe(image.id);
    expect(explored.rows).toHaveLength(3);
    expect(explored.stored).toBe(false);
    expect((await explored.stack).layerCount).toBe(3);
    await explored.close();
    expect(services.storeContents()).toEqual(before);
  });

  test('of layers that are known already is looked into without fetching them', async () => {
    const { fake, image } = await fakeWith();
    fake.add(image, 'team/app:2');
    const services = await testServices();
    const first = await services.explore.open(`docker://${fake.host}/team/app:1`);
    await first.stack;
    await first.close();
    const before = fake.asked.length;
    const second = await services.explore.open(`docker://${fake.host}/team/app:2`);
    await second.stack;
    await second.exact();
    await second.close();
    expect(fake.asked.slice(before)).toHaveLength(2);
  });

  test('is copied from and to', async () => {
    const { fake, image } = await fakeWith();
    const target = await FakeRegistry.start();
    const services = await testServices();
    const digest = await services.transfer.copy(
      `docker://${fake.host}/team/app:1`,
      `docker://${target.host}/x/y:2`,
    );
    expect(digest).toBe(image.descriptor.digest);
    expect(target.manifests.get('x/y:2')!.data).toEqual(image.manifestData);
    await services.transfer.copy(`docker://${target.host}/x/y:2`, 'stored:1');
    expect((await services.images.get('stored:1')).summary.id).toBe(image.id);
  });
});

test('hosts of the settings may be insecure, and other settings of registries are warned of', async () => {
  const services = await testServices();
  const path = join(services.folder, 'settings.json');
  writeFileSync(
    path,
    JSON.stringify({ registries: { 'reg.lan:5000': { insecure: true }, 'b.lan': {}, c: 1 } }),
  );
  const { settings, ...other } = await composeServices({
    env: { PHYLLO_CONFIG: path },
    root: join(services.folder, 'other'),
  });
  await other.close();
  expect(settings.insecureRegistries).toEqual(['reg.lan:5000']);
  expect(settings.warnings).toEqual([expect.stringContaining('registries must be')]);
});

describe('ensureImage', () => {
  async function parts(): Promise<{
    fake: FakeRegistry;
    work: Parameters<typeof ensureImage>[0];
    asked: () => number;
  }> {
    const { fake } = await fakeWith();
    const services = await testServices();
    const store = await openStore(services.root);
    const catalogue = new Catalogue(store, new StoreSource(store));
    return { fake, work: { catalogue, registry: services.registries }, asked: () => fake.asked.length };
  }

  test('pulls what the store does not have, once', async () => {
    const { fake, work, asked } = await parts();
    const name = `${fake.host}/team/app:1`;
    const { image } = await ensureImage(work, name);
    const before = asked();
    expect((await ensureImage(work, name)).image.id).toBe(image.id);
    expect(asked()).toBe(before);
    await ensureImage(work, name, { policy: 'always' });
    expect(asked()).toBeGreaterThan(before);
  });

  test.each(['never', 'missing'] as const)('with %s asks nobody for what is no name', async (policy) => {
    const { fake, work, asked } = await parts();
    const name = policy === 'never' ? `${fake.host}/team/app:1` : `sha256:${'0'.repeat(64)}`;
    expect(await codeOf(ensureImage(work, name, { policy }))).toBe('not-found');
    expect(asked()).toBe(0);
  });
});
