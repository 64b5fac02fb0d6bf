// A repository of a registry that is looked at without pulling: its tags, and what each of them points to.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { isAttestation, parseIndex } from '../oci/manifest.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import { type Reference, familiarReference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { FetchedManifest } from '../registry/manifest.ts';
import { type ReadDocument, resolveImage } from '../transport/select-image.ts';
import type { OpenRepository, TagSummary, TaggedImage } from './registry-services.ts';
import type { WorkOptions } from './services.ts';

export class LookedAtRepository implements OpenRepository {
  private readonly client: RegistryClient;
  private readonly repository: Reference;

  /** The client is closed with it. */
  constructor(client: RegistryClient, { host, repository }: Reference) {
    this.client = client;
    this.repository = { host, repository };
  }

  tags({ signal }: WorkOptions = {}): Promise<string[]> {
    return this.client.tags(this.repository, { signal });
  }

  async describe(
    tag: string,
    { signal, platform }: WorkOptions & { platform?: Platform } = {},
  ): Promise<TagSummary> {
    const reference = { ...this.repository, ...(isDigest(tag) ? { digest: tag } : { tag }) };
    const named = await this.client.manifest(reference, { signal });
    const { descriptor } = named;
    const image = await this.imageOf(named, platform, signal);
    const listed = isIndexType(descriptor.mediaType) ? platformsOf(named) : [];
    const platforms = listed.length === 0 && image ? [image.config.platform] : listed;
    const name = familiarReference(reference);
    return { name, digest: descriptor.digest, platforms, image: image && taggedImage(image) };
  }

  /** Undefined for an artifact that is no image, and where there is none for the platform. */
  private async imageOf(
    named: FetchedManifest,
    platform: Platform | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ResolvedImage | undefined> {
    const read: ReadDocument = (document) => this.document(named, document, signal);
    try {
      return await resolveImage(read, { descriptor: named.descriptor, names: [] }, platform);
    } catch (error) {
      const codes = ['unsupported', 'ambiguous', 'not-found'] as const;
      // A document that the registry has lost is an error of the registry's.
      if (codes.some((code) => isPhylloError(error, code)) && !hasStatus(error)) return undefined;
      throw error;
    }
  }

  private async document(
    named: FetchedManifest,
    document: Descriptor,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const { digest, mediaType, size } = document;
    if (digest === named.descriptor.digest) return named.data;
    if (isIndexType(mediaType) || isManifestType(mediaType))
      return (await this.client.manifest(this.repository, { digest, signal })).data;
    if (size > MAX_JSON_BYTES) {
      throw new PhylloError(
        'limit-exceeded',
        `read document ${digest}: it is larger than ${MAX_JSON_BYTES} bytes`,
      );
    }
    const bytes = await this.client.openBlob(this.repository, document, undefined, { signal });
    return readAll(bytes, MAX_JSON_BYTES, `blob ${digest}`);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function hasStatus(error: unknown): boolean {
  return isPhylloError(error) && error.data['status'] !== undefined;
}

function platformsOf({ data }: FetchedManifest): Platform[] {
  return parseIndex(data)
    .manifests.filter((entry) => !isAttestation(entry))
    .map(({ platform }) => platform)
    .filter((platform) => platform !== undefined);
}

function taggedImage({ id, config, manifest }: ResolvedImage): TaggedImage {
  const layers = config.diffIDs.map((diffID, index) => {
    const { digest, size } = manifest.layers[index]!;
    return { digest, diffID, sizeBytes: size };
  });
  return { id, platform: config.platform, created: config.created, layers };
}
