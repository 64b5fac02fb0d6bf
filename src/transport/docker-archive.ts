import { makeImage } from '../oci/make-image.ts';
// Archives of `docker save`: the old layout (`ID/layer.tar`), the one of docker 25 and later (`blobs/`), and what other
// tools write in that form. There are no manifests in it, or only in newer ones: one is made where there is none.
import type { Readable } from 'node:stream';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { parseConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHasher, digestOf, isDigest } from '../oci/digest.ts';
import type { BlobLocation, Range, ResolvedImage } from '../oci/image.ts';
import { MAX_JSON_BYTES, isJsonObject, parseJson, stringList } from '../oci/json.ts';
import { parseIndex } from '../oci/manifest.ts';
import { ociLayerType } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import { sniffCompression } from '../layer/compression.ts';
import { ArchiveFile, type ArchiveOptions } from './archive-file.ts';
import { BlobMap, readLocation } from './blob-map.ts';
import { ociArchive } from './oci-layout.ts';
import { checkPlatform, selectImage } from './select-image.ts';
import type { ImageSource, SourceImage } from './transport.ts';

interface SavedImage extends SourceImage {
  readonly configName: string;
  readonly layerNames: readonly string[];
}

export async function openDockerArchive(path: string, options: ArchiveOptions): Promise<DockerArchiveSource> {
  return new DockerArchiveSource(await ArchiveFile.open(path, options));
}

export class DockerArchiveSource implements ImageSource {
  readonly kind = 'docker-archive';
  private readonly archive: ArchiveFile;
  /** Blobs of the images resolved so far. */
  private readonly known = new Map<Digest, BlobLocation>();
  private readonly blobs: BlobMap;

  constructor(archive: ArchiveFile) {
    this.archive = archive;
    this.blobs = new BlobMap(archive.name, (digest) => Promise.resolve(this.known.get(digest)));
  }

  async list(): Promise<SavedImage[]> {
    const data = await this.archive.read('manifest.json', MAX_JSON_BYTES);
    const value = parseJson(data, `${this.archive.name}: manifest.json`);
    if (!Array.isArray(value)) throw this.invalid('manifest.json is not a list');
    return value.map((entry: unknown, index) => this.savedImage(entry, index));
  }

  private savedImage(entry: unknown, index: number): SavedImage {
    const { Config, Layers, RepoTags } = isJsonObject(entry) ? entry : {};
    if (typeof Config !== 'string') throw this.invalid(`manifest.json: entry ${index} has no Config`);
    const layerNames = stringList(Layers);
    if (Array.isArray(Layers) && layerNames.length !== Layers.length)
      throw this.invalid(`manifest.json: entry ${index} has bad Layers`);
    return { names: stringList(RepoTags), select: `@${index}`, configName: Config, layerNames };
  }

  async resolve(select?: string, platform?: Platform): Promise<ResolvedImage> {
    const saved = selectImage(await this.list(), select, this.archive.name);
    const configData = await this.archive.read(saved.configName, MAX_JSON_BYTES);
    const id = this.verifyConfig(saved.configName, configData);
    const config = parseConfig(configData, `${this.archive.name}: config`);
    if (config.diffIDs.length !== saved.layerNames.length) {
      throw this.invalid(`it lists ${saved.layerNames.length} layers, the config ${config.diffIDs.length}`);
    }
    this.known.set(id, this.archive.locate(saved.configName));
    const layers = await Promise.all(
      saved.layerNames.map((name, index) => this.layer(name, config.diffIDs[index]!)),
    );
    const written = await this.writtenManifest(id, saved.names);
    // In OCI's types: the image is kept in and goes out as an OCI layout, where umoci and others know no docker types.
    const image = written ?? makeImage(configData, layers, saved.names);
    checkPlatform(image, platform);
    return image;
  }

  /** The name of a config claims its digest. */
  private verifyConfig(name: string, data: Buffer): Digest {
    const found = digestOf(data);
    const claimed = claimedDigest(name);
    if (claimed === undefined || claimed === found) return found;
    throw new PhylloError(
      'digest-mismatch',
      `read ${this.archive.name}: ${safeText(name)} has the digest ${found}`,
      {
        hint: 'The archive is damaged or was tampered with; save the image again.',
        data: { expected: claimed, found },
      },
    );
  }

  private async layer(name: string, diffID: Digest): Promise<Descriptor> {
    const location = this.archive.locate(name);
    const compression = sniffCompression(await headOf(location));
    const digest = compression === 'none' ? diffID : await storedDigest(name, diffID, location);
    this.known.set(digest, location);
    return { mediaType: ociLayerType(compression), digest, size: location.sizeBytes };
  }

  /** docker 25 and later write the image's own manifest too; digests stay the same when it is kept. */
  private async writtenManifest(id: Digest, names: readonly string[]): Promise<ResolvedImage | undefined> {
    if (!this.archive.has('index.json')) return undefined;
    const layout = ociArchive(this.archive);
    try {
      const index = parseIndex(await this.archive.read('index.json', MAX_JSON_BYTES));
      for (const { digest } of index.manifests) {
        const image = await layout.resolve(digest).catch(ignoreInvalid);
        if (image?.id !== id) continue;
        for (const layer of image.manifest.layers) this.known.set(layer.digest, await layout.locate(layer));
        return { ...image, names };
      }
    } catch (error) {
      if (!isPhylloError(error)) throw error;
    }
    return undefined;
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.blobs.has(descriptor);
  }

  open(descriptor: Descriptor, range?: Range): Promise<Readable> {
    return this.blobs.open(descriptor, range);
  }

  locate(descriptor: Descriptor): Promise<BlobLocation> {
    return this.blobs.locate(descriptor);
  }

  close(): Promise<void> {
    return this.archive.close();
  }

  private invalid(reason: string): PhylloError {
    return new PhylloError('invalid-archive', `read ${this.archive.name}: ${reason}`);
  }
}

function ignoreInvalid(error: unknown): undefined {
  if (!isPhylloError(error)) throw error;
}

/** `blobs/sha256/HEX`, `HEX.json`, `HEX.tar.gz`, `sha256:HEX`: names that are digests. `ID/layer.tar` is none. */
function claimedDigest(name: string): Digest | undefined {
  const hex = /(?:^|\/|:)([0-9a-f]{64})(?:\.json|\.tar|\.tar\.gz|\.tgz)?$/.exec(name)?.[1];
  const digest = `sha256:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** Most writers name a compressed layer by its digest, some by its diffID. */
async function storedDigest(name: string, diffID: Digest, location: BlobLocation): Promise<Digest> {
  const claimed = claimedDigest(name);
  return claimed === undefined || claimed === diffID ? hashOf(location) : claimed;
}

async function headOf(location: BlobLocation): Promise<Uint8Array> {
  for await (const chunk of readLocation(location, { offset: 0, length: 16 })) return chunk as Uint8Array;
  return new Uint8Array(0);
}

async function hashOf(location: BlobLocation): Promise<Digest> {
  const hasher = digestHasher();
  for await (const chunk of readLocation(location)) hasher.update(chunk as Uint8Array);
  return hasher.digest();
}
