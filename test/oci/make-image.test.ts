import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { makeImage } from '../../src/oci/make-image.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';

const layer = { mediaType: mediaTypes.ociLayer, digest: digestOf('layer'), size: 5 };

function configOf(diffIDs: readonly string[]): Buffer {
  const rootfs = { type: 'layers', diff_ids: diffIDs };
  return Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }));
}

test('an image is named by the digests of its own bytes', () => {
  const configData = configOf([layer.digest]);
  const image = makeImage(configData, [layer], ['app:1']);
  expect(image.id).toBe(digestOf(configData));
  expect(image.descriptor).toMatchObject({
    digest: digestOf(image.manifestData),
    size: image.manifestData.length,
  });
  expect(image.manifest.config).toMatchObject({ digest: image.id, size: configData.length });
  expect(image.manifest.layers).toEqual([layer]);
  expect(image.config.diffIDs).toEqual([layer.digest]);
  expect(image.names).toEqual(['app:1']);
});

test('the same parts make the same bytes', () => {
  const make = () => makeImage(configOf([layer.digest]), [layer]).manifestData;
  expect(make()).toEqual(make());
});

test('a config that is none is refused', () => {
  expect(() => makeImage(Buffer.from('{}'), [])).toThrow(expect.objectContaining({ code: 'invalid-image' }));
});
