// Looking into registries without pulling: repositories, tags, and what a tag points to.
import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { buildImage, buildLayer } from '../support/image-build.ts';
import { codeOf, smallImage, testServices } from '../support/image-services.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';

test('a tag tells its image after two requests; none of its layers is fetched', async () => {
  const fake = await FakeRegistry.start();
  const image = await smallImage();
  fake.add(image, 'team/app:1');
  const { registries } = await testServices();
  const repository = registries.openRepository(`${fake.host}/team/app`);
  expect(await repository.tags()).toEqual(['1']);
  const before = fake.asked.length;
  const { name, digest, platforms, image: described } = await repository.describe('1');
  await repository.close();
  expect({ name, digest }).toEqual({ name: `${fake.host}/team/app:1`, digest: image.descriptor.digest });
  expect(platforms).toEqual([{ os: 'linux', architecture: 'amd64' }]);
  expect(described!.id).toBe(image.id);
  expect(described!.layers).toEqual(
    image.layers.map(({ descriptor, diffID }) => ({
      digest: descriptor.digest,
      diffID,
      sizeBytes: descriptor.size,
    })),
  );
  expect(fake.asked.slice(before)).toEqual([
    'GET /v2/team/app/manifests/1',
    `GET /v2/team/app/blobs/${image.id}`,
  ]);
});

test('an index tells its platforms, without attestations, and the image for this machine', async () => {
  const fake = await FakeRegistry.start();
  const layers = [await buildLayer({ a: 'text' })];
  const { architecture } = hostPlatform();
  const own = buildImage(layers, { architecture });
  const other = buildImage(layers, { architecture: 's390x' });
  fake.add(own, 'team/app:own');
  fake.add(other, 'team/app:other');
  const entry = (descriptor: object, os: string, name: string): object => ({
    ...descriptor,
    platform: { os, architecture: name },
  });
  const data = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        entry(other.descriptor, 'linux', 's390x'),
        entry(own.descriptor, 'linux', architecture),
        entry({ ...own.descriptor, digest: digestOf(Buffer.from('a')) }, 'unknown', 'unknown'),
      ],
    }),
  );
  fake.addManifest('team/app:all', { mediaType: mediaTypes.ociIndex, digest: digestOf(data) }, data);
  const { registries } = await testServices();
  const repository = registries.openRepository(`${fake.host}/team/app`);
  const summary = await repository.describe('all');
  expect(summary.digest).toBe(digestOf(data));
  expect(summary.platforms.map((platform) => platform.architecture)).toEqual(['s390x', architecture]);
  expect(summary.image!.id).toBe(own.id);
  const platform = { os: 'linux', architecture: 's390x' };
  expect((await repository.describe('all', { platform })).image!.id).toBe(other.id);
  const missing = await repository.describe('all', { platform: { os: 'windows', architecture: 'arm64' } });
  expect(missing.image).toBeUndefined();
  expect(missing.platforms).toHaveLength(2);
  await repository.close();
});

test('a tag that is not there, and a config that the registry has lost, are errors', async () => {
  const fake = await FakeRegistry.start();
  const image = await smallImage();
  fake.add(image, 'team/app:1');
  fake.blobs.delete(image.id);
  const { registries } = await testServices();
  const repository = registries.openRepository(`${fake.host}/team/app`);
  expect(await codeOf(repository.describe('2'))).toBe('not-found');
  expect(await codeOf(repository.describe('1'))).toBe('not-found');
  await repository.close();
});

test('repositories are listed where the registry offers that; else it is said what works', async () => {
  const fake = await FakeRegistry.start();
  const { registries } = await testServices();
  fake.misbehave = ({ url }, response) => {
    if (!url!.startsWith('/v2/_catalog')) return false;
    response.end(JSON.stringify({ repositories: ['team/web', 'team/app'] }));
    return true;
  };
  expect(await registries.catalog(fake.host)).toEqual(['team/app', 'team/web']);
  fake.misbehave = (_, response) => {
    refuse(response, 404, 'NOT_FOUND');
    return true;
  };
  await expect(registries.catalog(fake.host)).rejects.toMatchObject({
    code: 'unsupported',
    hint: `Tags of one repository can be listed: ${fake.host}/REPOSITORY.`,
  });
  expect(await codeOf(registries.catalog('docker.io'))).toBe('unsupported');
});
