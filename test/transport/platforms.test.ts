// Layouts with several platforms, attestations and artifacts beside the images.
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hostPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { openPath } from '../../src/transport/open-source.ts';
import { imagesToLoad } from '../../src/transport/select-image.ts';
import type { ImageSource } from '../../src/transport/transport.ts';
import { type BuiltImage, describe as describeBlob, imageOf, json } from '../support/image-build.ts';
import {
  type Members,
  addBlobs,
  blobPath,
  entry,
  indexOf,
  nestedLayout,
  ociLayout,
  writeDirectory,
} from '../support/image-archives.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const host = hostPlatform();
const foreign = { os: 'linux', architecture: 's390x' };
const armV7 = { os: 'linux', architecture: 'arm', variant: 'v7' };
let own: BuiltImage;
let other: BuiltImage;
let arm: BuiltImage;

beforeAll(async () => {
  own = await imageOf([{ a: 'own' }], 'gzip', { architecture: host.architecture });
  other = await imageOf([{ a: 'other' }], 'gzip', { architecture: 's390x' });
  arm = await imageOf([{ a: 'arm' }], 'gzip', { architecture: 'arm', variant: 'v7' });
});

async function open(members: Members): Promise<ImageSource> {
  const folder = temporaryFolder();
  const source = await openPath(writeDirectory(join(folder, 'layout'), members), {
    temporaryDirectory: folder,
  });
  onTestFinished(() => source.close());
  return source;
}

const all = (): { image: BuiltImage; platform: typeof host }[] => [
  { image: other, platform: foreign },
  { image: own, platform: host },
  { image: arm, platform: armV7 },
];

describe('an index in the index', () => {
  test('is one image, for this machine unless another platform is wanted', async () => {
    const source = await open(nestedLayout(all(), 'app:1'));
    expect(await source.list()).toHaveLength(1);
    expect((await source.resolve()).id).toBe(own.id);
    expect((await source.resolve('app:1', parsePlatform('linux/s390x'))).id).toBe(other.id);
    expect((await source.resolve('app:1', parsePlatform('linux/arm'))).id).toBe(arm.id);
    expect((await source.resolve('app:1', parsePlatform('linux/arm/v7'))).id).toBe(arm.id);
  });

  test('without the wanted platform is an error that lists what there is, attestations left out', async () => {
    const source = await open(nestedLayout(all(), 'app:1'));
    await expect(source.resolve('app:1', parsePlatform('linux/arm/v6'))).rejects.toMatchObject({
      code: 'not-found',
      hint: `Choose with --platform one of: linux/s390x, linux/${host.architecture}, linux/arm/v7.`,
    });
  });

  test('with one image and its attestation is that image, whatever machine it is for', async () => {
    const source = await open(nestedLayout([{ image: other, platform: foreign }], 'app:1'));
    expect((await source.resolve()).id).toBe(other.id);
    await expect(source.resolve(undefined, parsePlatform('linux/amd64'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('that names itself, or goes on without end, is refused', async () => {
    const members: Members = ociLayout([]);
    let inner = indexOf([entry(own, 'app:1', host)]);
    for (let depth = 0; depth < 12; depth++) {
      const descriptor = describeBlob(mediaTypes.ociIndex, inner);
      members.set(blobPath(descriptor.digest), inner);
      inner = indexOf([entry({ descriptor }, 'app:1', host)]);
    }
    const source = await open(addBlobs(members.set('index.json', inner), [{ image: own }]));
    await expect(source.resolve()).rejects.toMatchObject({ code: 'invalid-image' });
  });
});

describe('platforms side by side at the top', () => {
  const layout = (): Members =>
    addBlobs(ociLayout(all().map(({ image, platform }) => entry(image, 'app:1', platform))), all());

  test('are one image of several platforms', async () => {
    const source = await open(layout());
    expect((await source.resolve()).id).toBe(own.id);
    expect((await source.resolve('app:1', parsePlatform('linux/s390x'))).id).toBe(other.id);
    await expect(source.resolve('app:1', parsePlatform('linux/386'))).rejects.toMatchObject({
      code: 'ambiguous',
      hint: expect.stringContaining('@0 app:1 linux/s390x') as string,
    });
  });

  test('of which loading takes one, but every image that differs in name', async () => {
    const source = await open(layout());
    const chosen = imagesToLoad(await source.list(), 'layout', parsePlatform('linux/s390x'));
    expect(chosen.map(({ descriptor }) => descriptor?.digest)).toEqual([other.descriptor.digest]);
    const named = await open(
      addBlobs(ociLayout([entry(other, 'a:1', foreign), entry(own, 'b:1', host)]), all()),
    );
    expect(imagesToLoad(await named.list(), 'layout')).toHaveLength(2);
  });

  test('two images of one name and platform are ambiguous', async () => {
    const source = await open(
      addBlobs(ociLayout([entry(own, 'app:1', host), entry(other, 'app:1', host)]), all()),
    );
    await expect(source.resolve('app:1')).rejects.toMatchObject({ code: 'ambiguous' });
    expect((await source.resolve('@1')).id).toBe(other.id);
    expect((await source.resolve(own.descriptor.digest)).id).toBe(own.id);
  });
});

test('an artifact is told from an image', async () => {
  const config = json({ anything: true });
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.signature',
    config: describeBlob(mediaTypes.ociEmpty, config),
    layers: [],
  });
  const descriptor = describeBlob(mediaTypes.ociManifest, manifest);
  const members = ociLayout([entry({ descriptor }, 'app:1')]);
  members.set(blobPath(descriptor.digest), manifest).set(blobPath(describeBlob('', config).digest), config);
  const source = await open(members);
  await expect(source.resolve()).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('application/vnd.example.signature') as string,
  });
});

test('a name that containerd wrote wins over the bare tag', async () => {
  const annotations = {
    'io.containerd.image.name': 'docker.io/library/app:1',
    'org.opencontainers.image.ref.name': '1',
  };
  const source = await open(addBlobs(ociLayout([{ ...own.descriptor, annotations }]), [{ image: own }]));
  expect((await source.list())[0]!.names).toEqual(['docker.io/library/app:1']);
  expect((await source.resolve('app:1')).id).toBe(own.id);
});
