// The dialects in which images travel, written as other tools write them: as named members, to be put into a tar or a
// directory.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readAll } from '../../src/lib/streams.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestHex } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { type BuiltImage, type LayerForm, compressAs, describe, json } from './image-build.ts';

/** In tar order. A text is a symlink's target. */
export type Members = Map<string, Buffer | string>;

export interface Named {
  readonly image: BuiltImage;
  readonly names: readonly string[];
}

const MAX_ARCHIVE_BYTES = 512 * 1024 * 1024;
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** docker before 25: `ID/layer.tar` with `VERSION` and `json`; a layer that an earlier image has is a link to it. */
export function oldDockerArchive(images: readonly Named[]): Members {
  const members: Members = new Map();
  const places = new Map<Digest, string>();
  const manifest = images.map(({ image, names }, number) => {
    const layers = image.layers.map(({ diffID, tar }, index) => {
      const folder = digestHex(image.id).slice(0, 60) + `${number}${index}`.padStart(4, '0');
      const known = places.get(diffID);
      members.set(`${folder}/VERSION`, Buffer.from('1.0'));
      members.set(`${folder}/json`, json({ id: folder }));
      members.set(`${folder}/layer.tar`, known === undefined ? tar : `../${known}`);
      if (known === undefined) places.set(diffID, `${folder}/layer.tar`);
      return `${folder}/layer.tar`;
    });
    const config = `${digestHex(image.id)}.json`;
    members.set(config, image.configData);
    return { Config: config, RepoTags: names.length > 0 ? names : null, Layers: layers };
  });
  members.set('manifest.json', json(manifest));
  members.set('repositories', json({}));
  return members;
}

/** docker 25 and later: blobs, an index beside manifest.json, layers uncompressed. The images' layers must be plain. */
export function newDockerArchive(images: readonly Named[]): Members {
  const members = ociLayout(images.map(({ image, names }) => entry(image, names[0])));
  addBlobs(members, images);
  const manifest = images.map(({ image, names }) => ({
    Config: blobPath(image.id),
    RepoTags: names.length > 0 ? names : null,
    Layers: image.layers.map(({ descriptor }) => blobPath(descriptor.digest)),
    LayerSources: Object.fromEntries(image.layers.map(({ diffID, descriptor }) => [diffID, descriptor])),
  }));
  return members.set('manifest.json', json(manifest));
}

/** An OCI layout whose index lists every image under its names. */
export function ociImages(images: readonly Named[]): Members {
  const entries = images.flatMap(({ image, names }) =>
    names.length === 0 ? [entry(image)] : names.map((name) => entry(image, name)),
  );
  return addBlobs(ociLayout(entries), images);
}

/** A layout without blobs. */
export function ociLayout(manifests: readonly Descriptor[]): Members {
  return new Map([
    ['oci-layout', Buffer.from(LAYOUT)],
    ['index.json', indexOf(manifests)],
  ]);
}

export function indexOf(manifests: readonly Descriptor[]): Buffer {
  return json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

export function entry(
  { descriptor }: Pick<BuiltImage, 'descriptor'>,
  name?: string,
  platform?: Descriptor['platform'],
): Descriptor {
  return {
    ...descriptor,
    ...(platform && { platform }),
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  };
}

export function addBlobs(members: Members, images: readonly Pick<Named, 'image'>[]): Members {
  for (const { image } of images) {
    for (const { descriptor, blob } of image.layers) members.set(blobPath(descriptor.digest), blob);
    members.set(blobPath(image.id), image.configData);
    members.set(blobPath(image.descriptor.digest), image.manifestData);
  }
  return members;
}

/** BuildKit's way: the top index names an index, which names the platforms and an attestation for each. */
export function nestedLayout(
  images: readonly { readonly image: BuiltImage; readonly platform: NonNullable<Descriptor['platform']> }[],
  name: string,
): Members {
  const attestations = images.map(({ image }) => attestationFor(image.descriptor));
  const inner = indexOf([
    ...images.map(({ image, platform }) => entry(image, undefined, platform)),
    ...attestations.map(({ descriptor }) => descriptor),
  ]);
  const descriptor = describe(mediaTypes.ociIndex, inner);
  const members = addBlobs(ociLayout([entry({ descriptor }, name)]), images);
  for (const { descriptor: attestation, data } of attestations) {
    members.set(blobPath(attestation.digest), data);
  }
  return members.set(blobPath(descriptor.digest), inner);
}

function attestationFor(subject: Descriptor): { descriptor: Descriptor; data: Buffer } {
  const data = json({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(mediaTypes.ociConfig, json({ of: subject.digest })),
    layers: [],
  });
  return {
    data,
    descriptor: {
      ...describe(mediaTypes.ociManifest, data),
      platform: { os: 'unknown', architecture: 'unknown' },
    },
  };
}

export async function tarOfMembers(members: Members, form: LayerForm = 'plain'): Promise<Buffer> {
  const entries = Array.from(members, ([name, content]): TarMember => {
    const path = Buffer.from(name);
    return typeof content === 'string'
      ? { header: { path, type: 'symlink', mode: 0o777, linkname: Buffer.from(content) } }
      : { header: { path, type: 'file', mode: 0o644, sizeBytes: content.length }, body: [content] };
  });
  return compressAs(await readAll(writeTar(entries), MAX_ARCHIVE_BYTES, 'archive'), form);
}

export async function writeArchive(path: string, members: Members, form?: LayerForm): Promise<string> {
  writeFileSync(path, await tarOfMembers(members, form));
  return path;
}

export function writeDirectory(root: string, members: Members): string {
  for (const [name, content] of members) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string') symlinkSync(content, path);
    else writeFileSync(path, content);
  }
  return root;
}
