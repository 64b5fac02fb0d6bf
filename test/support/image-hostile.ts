// Layouts and archives made to harm, with the code that each is to be refused with.
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { buildImage, describe as describeBlob, imageOf, json, layerOfTar } from './image-build.ts';
import {
  type Members,
  addBlobs,
  blobPath,
  entry,
  ociImages,
  ociLayout,
  oldDockerArchive,
} from './image-archives.ts';

export const good = await imageOf([{ 'etc/': {}, 'etc/os': 'good' }], 'gzip');
export const evil = await imageOf([{ 'etc/': {}, 'etc/os': 'evil' }], 'gzip');

const HUGE = 5 * 1024 * 1024;
const hex = 'a'.repeat(64);

/** A layout whose manifest is `document`, whatever it says. */
function withManifest(document: Buffer, more: Members = new Map()): Members {
  const descriptor = describeBlob(mediaTypes.ociManifest, document);
  const members = addBlobs(ociLayout([entry({ descriptor }, 'evil:1')]), [{ image: good }]);
  members.set(blobPath(descriptor.digest), document);
  return new Map([...members, ...more]);
}

function manifest(): Record<string, unknown> {
  return JSON.parse(good.manifestData.toString()) as Record<string, unknown>;
}

function withIndex(text: string): Members {
  return addBlobs(ociLayout([]), [{ image: good }]).set('index.json', Buffer.from(text));
}

function withConfig(config: Buffer): Members {
  const document = json({ ...manifest(), config: describeBlob(mediaTypes.ociConfig, config) });
  return withManifest(document, new Map([[blobPath(digestOf(config)), config]]));
}

function indexEntry(digest: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    manifests: [{ mediaType: mediaTypes.ociManifest, digest, size: 10 }],
  });
}

function docker(
  change: (document: { Config: unknown; Layers: unknown[] }) => void,
  more: Members = new Map(),
): Members {
  const members = oldDockerArchive([{ image: good, names: ['evil:1'] }]);
  const document = JSON.parse(members.get('manifest.json')!.toString()) as {
    Config: unknown;
    Layers: unknown[];
  }[];
  change(document[0]!);
  return new Map([...members, ['manifest.json', json(document)], ...more]);
}

export const LAYOUTS: readonly (readonly [what: string, code: string, members: () => Members])[] = [
  ['a digest that is a path', 'invalid-image', () => withIndex(indexEntry('sha256:../../../canary/file'))],
  ['a digest in upper case', 'invalid-image', () => withIndex(indexEntry(`sha256:${hex.toUpperCase()}`))],
  ['a digest that is too short', 'invalid-image', () => withIndex(indexEntry('sha256:abcd'))],
  ['a digest of another algorithm', 'invalid-image', () => withIndex(indexEntry(`md5:${hex}`))],
  ['a digest with a line feed', 'invalid-image', () => withIndex(indexEntry(`sha256:${hex}\n`))],
  ['a manifest that is not there', 'invalid-image', () => withIndex(indexEntry(`sha256:${hex}`))],
  ['an index that is null', 'invalid-image', () => withIndex('null')],
  ['an index that is a list', 'invalid-image', () => withIndex('[]')],
  ['an index that is no JSON', 'invalid-image', () => withIndex('{"schemaVersion":2')],
  [
    'an index that is not UTF-8',
    'invalid-image',
    () => withIndex('{}').set('index.json', Buffer.from([0xff])),
  ],
  ['an empty index', 'invalid-archive', () => withIndex('{"schemaVersion":2,"manifests":[]}')],
  ['an index of null', 'invalid-image', () => withIndex('{"schemaVersion":2,"manifests":[null]}')],
  [
    'an index without end',
    'limit-exceeded',
    () => withIndex(`{"schemaVersion":2,"manifests":${'['.repeat(1e5)}`),
  ],
  ['an index that is too large', 'limit-exceeded', () => withIndex(' '.repeat(HUGE))],
  ['a manifest that is null', 'invalid-image', () => withManifest(Buffer.from('null'))],
  [
    'a manifest that is an index too',
    'invalid-image',
    () => withManifest(json({ ...manifest(), manifests: [] })),
  ],
  [
    'a manifest with its layers twice',
    'invalid-image',
    () => {
      const text = good.manifestData.toString().replace('"layers"', '"layers":[],"l\\u0061yers"');
      return withManifest(Buffer.from(text));
    },
  ],
  ['a manifest that is too large', 'limit-exceeded', () => withManifest(Buffer.alloc(HUGE, ' '))],
  ['a manifest of schema 1', 'unsupported', () => withManifest(json({ schemaVersion: 1, fsLayers: [] }))],
  [
    'a manifest of another media type',
    'invalid-image',
    () => withManifest(json({ ...manifest(), mediaType: 'text/\u001b[2Jhtml' })),
  ],
  [
    'a manifest without a config',
    'invalid-image',
    () => withManifest(json({ ...manifest(), config: undefined })),
  ],
  [
    'a size that is a lie',
    'size-mismatch',
    () => withManifest(json({ ...manifest(), layers: [{ ...good.layers[0]!.descriptor, size: 1 }] })),
  ],
  [
    'a size that is negative',
    'invalid-image',
    () => withManifest(json({ ...manifest(), layers: [{ ...good.layers[0]!.descriptor, size: -1 }] })),
  ],
  [
    'a size that is no number',
    'invalid-image',
    () => withManifest(json({ ...manifest(), layers: [{ ...good.layers[0]!.descriptor, size: '1e999' }] })),
  ],
  [
    'a layer that is not there',
    'invalid-image',
    () =>
      withManifest(json({ ...manifest(), layers: [describeBlob(mediaTypes.ociLayer, Buffer.from('gone'))] })),
  ],
  [
    'a foreign layer',
    'unsupported',
    () =>
      withManifest(
        json({
          ...manifest(),
          layers: [
            {
              ...describeBlob(mediaTypes.dockerForeignLayer, Buffer.from('x')),
              urls: ['http://127.0.0.1:9/\u001b]0;x'],
            },
          ],
        }),
      ),
  ],
  [
    'more layers than the config says',
    'invalid-image',
    () =>
      withManifest(json({ ...manifest(), layers: [good.layers[0]!.descriptor, good.layers[0]!.descriptor] })),
  ],
  [
    'no layers but a config with one',
    'invalid-image',
    () => withManifest(json({ ...manifest(), layers: [] })),
  ],
  ['a config that is no JSON', 'invalid-image', () => withConfig(Buffer.from('\u001b]0;owned\u0007'))],
  ['a config that is too large', 'limit-exceeded', () => withConfig(Buffer.alloc(HUGE, ' '))],
  [
    'a config that claims to be small',
    'size-mismatch',
    () =>
      withManifest(
        json({ ...manifest(), config: { ...describeBlob(mediaTypes.ociConfig, good.configData), size: 2 } }),
      ),
  ],
  [
    'a config nested without end',
    'limit-exceeded',
    () => withConfig(Buffer.from(`{"rootfs":{"diff_ids":[]},"x":${'['.repeat(5000)}${']'.repeat(5000)}}`)),
  ],
  [
    'diffIDs that are paths',
    'invalid-image',
    () => withConfig(json({ rootfs: { type: 'layers', diff_ids: ['sha256:../../x'] } })),
  ],
  [
    'a diffID of other bytes',
    'digest-mismatch',
    () => withConfig(json({ rootfs: { type: 'layers', diff_ids: [`sha256:${hex}`] } })),
  ],
  [
    'a blob of other bytes',
    'digest-mismatch',
    () => {
      const { descriptor, blob } = evil.layers[0]!;
      const members = ociImages([{ image: evil, names: ['evil:1'] }]);
      return members.set(blobPath(descriptor.digest), Buffer.alloc(blob.length, 1));
    },
  ],
  [
    'a layer that is no tar',
    'invalid-archive',
    () => {
      const image = buildImage([layerOfTar(Buffer.alloc(4096, 'x'))]);
      return ociImages([{ image, names: ['evil:1'] }]);
    },
  ],
  [
    'a layer that ends early',
    'invalid-archive',
    () => {
      const image = buildImage([layerOfTar(good.layers[0]!.tar.subarray(0, 700))]);
      return ociImages([{ image, names: ['evil:1'] }]);
    },
  ],
];

export const ARCHIVES: readonly (readonly [what: string, code: string, members: () => Members])[] = [
  ['manifest.json that is null', 'invalid-archive', () => new Map([['manifest.json', Buffer.from('null')]])],
  ['manifest.json with nothing', 'invalid-archive', () => new Map([['manifest.json', Buffer.from('[]')]])],
  ['manifest.json of null', 'invalid-archive', () => new Map([['manifest.json', Buffer.from('[null]')]])],
  ['manifest.json of nothing', 'invalid-image', () => new Map([['manifest.json', Buffer.alloc(0)]])],
  [
    'manifest.json nested without end',
    'limit-exceeded',
    () => new Map([['manifest.json', Buffer.from('['.repeat(2e6) + ']'.repeat(2e6))]]),
  ],
  [
    'a config out of the archive',
    'path-escape',
    () => docker((image) => (image.Config = '../../../etc/passwd')),
  ],
  [
    'a config with an absolute path',
    'invalid-archive',
    () => docker((image) => (image.Config = '/etc/passwd')),
  ],
  ['a config that is no text', 'invalid-archive', () => docker((image) => (image.Config = 7))],
  [
    'a layer out of the archive',
    'path-escape',
    () => docker((image) => (image.Layers = ['../../etc/passwd'])),
  ],
  [
    'a layer that is missing',
    'invalid-archive',
    () => docker((image) => (image.Layers = ['gone/layer.tar'])),
  ],
  ['layers that are no text', 'invalid-archive', () => docker((image) => (image.Layers = [null]))],
  ['a layer too many', 'invalid-archive', () => docker((image) => image.Layers.push(image.Layers[0]))],
  [
    'a layer that is a link out of the archive',
    'path-escape',
    () =>
      docker((image) => (image.Layers = ['l/layer.tar']), new Map([['l/layer.tar', '../../../etc/passwd']])),
  ],
  [
    'a layer that is a link to a file of this machine',
    'invalid-archive',
    () => docker((image) => (image.Layers = ['l/layer.tar']), new Map([['l/layer.tar', '/etc/passwd']])),
  ],
  [
    'layers that are links in a circle',
    'invalid-archive',
    () =>
      docker(
        (image) => (image.Layers = ['a/l']),
        new Map([
          ['a/l', '../b/l'],
          ['b/l', '../a/l'],
        ]),
      ),
  ],
  [
    'a config whose name claims another digest',
    'digest-mismatch',
    () => docker((image) => (image.Config = `${hex}.json`), new Map([[`${hex}.json`, good.configData]])),
  ],
  [
    'a layer whose bytes were changed',
    'digest-mismatch',
    () => {
      const members = oldDockerArchive([{ image: good, names: ['evil:1'] }]);
      const name = [...members.keys()].find((key) => key.endsWith('/layer.tar'))!;
      const tar = Buffer.from(good.layers[0]!.tar);
      tar[tar.indexOf('good')] = 0x47;
      return members.set(name, tar);
    },
  ],
  ['nothing of an image', 'invalid-archive', () => new Map([['readme', Buffer.from('hello')]])],
];
