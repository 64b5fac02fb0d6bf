// One name of a registry as a source of images. Manifest and config come at once; a layer is fetched when it is asked for.
// Readers that need a file get one in a temporary folder, which goes with the source.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import { readAll } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import type { BlobLocation, LocateOptions, Range, ResolvedImage } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import { type Reference, formatReference, withDefaultTag } from '../oci/reference.ts';
import { isAbsent } from '../registry/connection.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { FetchedManifest } from '../registry/manifest.ts';
import { Gate } from './gate.ts';
import { resolveImage } from './select-image.ts';
import type { ImageSource, SourceImage } from './transport.ts';

/** docker's number of layers at a time. */
export const LAYERS_AT_A_TIME = 3;

export interface RegistrySourceOptions {
  /** Where layers may be put for those who need them as files. */
  readonly temporaryDirectory: string;
  readonly signal?: AbortSignal;
}

interface Spooled {
  readonly location: Promise<BlobLocation>;
  readers: number;
}

export class RegistrySource implements ImageSource {
  readonly kind = 'registry';
  readonly reference: Reference;
  private readonly client: RegistryClient;
  private readonly options: RegistrySourceOptions;
  private readonly gate = new Gate(LAYERS_AT_A_TIME);
  private named: Promise<FetchedManifest> | undefined;
  private folder: Promise<string> | undefined;
  /** One that is fetched again must not meet the file that is being removed. */
  private fetches = 0;
  private readonly spooled = new Map<Digest, Spooled>();

  constructor(client: RegistryClient, reference: Reference, options: RegistrySourceOptions) {
    this.client = client;
    this.reference = withDefaultTag(reference);
    this.options = options;
  }

  /** What the name points to: a manifest, or an index of several platforms. */
  async target(): Promise<Descriptor> {
    return (await this.fetchNamed()).descriptor;
  }

  async list(): Promise<SourceImage[]> {
    const { descriptor } = await this.fetchNamed();
    const name = formatReference(this.reference);
    return [{ descriptor, names: [name], select: name }];
  }

  /** There is only one: `select` has to be its name, its digest or nothing. */
  async resolve(select?: string, platform?: Platform): Promise<ResolvedImage> {
    const [only] = await this.list();
    const { descriptor, names } = only!;
    if (select !== undefined && ![...names, descriptor!.digest].includes(select)) {
      throw new PhylloError('not-found', `read ${names[0]}: there is no other image in it`);
    }
    const read = (document: Descriptor): Promise<Buffer> => this.document(document);
    return resolveImage(read, { descriptor: descriptor!, names }, platform);
  }

  private fetchNamed(): Promise<FetchedManifest> {
    this.named ??= this.client.manifest(this.reference, { signal: this.options.signal });
    return this.named;
  }

  private async document(descriptor: Descriptor): Promise<Buffer> {
    const { digest, mediaType, size } = descriptor;
    const { signal } = this.options;
    const named = await this.fetchNamed();
    if (digest === named.descriptor.digest) return named.data;
    if (size > MAX_JSON_BYTES)
      throw new PhylloError(
        'limit-exceeded',
        `read document ${digest}: it is larger than ${MAX_JSON_BYTES} bytes`,
      );
    if (isIndexType(mediaType) || isManifestType(mediaType))
      return (await this.client.manifest(this.reference, { digest, signal })).data;
    return readAll(await this.open(descriptor), MAX_JSON_BYTES, `blob ${digest}`);
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.client.hasBlob(this.reference, descriptor, { signal: this.options.signal });
  }

  open(descriptor: Descriptor, range?: Range, signal = this.options.signal): Promise<Readable> {
    return this.openBlob(descriptor, range, { signal });
  }

  /** From there to the end, for who hashes it himself. */
  openUnverified(descriptor: Descriptor, offset: number, signal?: AbortSignal): Promise<Readable> {
    const range = offset === 0 ? undefined : { offset, length: descriptor.size - offset };
    return this.openBlob(descriptor, range, { signal, verify: false });
  }

  private async openBlob(
    descriptor: Descriptor,
    range: Range | undefined,
    options: Parameters<RegistryClient['openBlob']>[3],
  ): Promise<Readable> {
    try {
      return await this.client.openBlob(this.reference, descriptor, range, options);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      const { digest } = descriptor;
      throw new PhylloError('invalid-image', `read blob ${digest}: the registry does not have it`, {
        data: { digest },
        cause: error,
      });
    }
  }

  /** Fetched, verified, and kept until nobody needs it any more. */
  locate(descriptor: Descriptor, options: LocateOptions = {}): Promise<BlobLocation> {
    const { digest } = descriptor;
    const known = this.spooled.get(digest) ?? {
      location: this.gate.run(() => this.spool(descriptor, options)),
      readers: 0,
    };
    known.readers++;
    this.spooled.set(digest, known);
    known.location.catch(() => this.forget(digest, known));
    return known.location;
  }

  async release({ digest }: Descriptor): Promise<void> {
    const known = this.spooled.get(digest);
    if (known === undefined || --known.readers > 0) return;
    this.forget(digest, known);
    await known.location.then(({ path }) => rm(path, { force: true })).catch(() => undefined);
  }

  private forget(digest: Digest, spooled: Spooled): void {
    if (this.spooled.get(digest) === spooled) this.spooled.delete(digest);
  }

  private async spool(descriptor: Descriptor, { signal, onBytes }: LocateOptions): Promise<BlobLocation> {
    const { digest, size } = descriptor;
    this.folder ??= mkdtemp(join(this.options.temporaryDirectory, 'phyllo-registry-'));
    const path = join(await this.folder, `${digestHex(digest)}-${this.fetches++}`);
    const input = await this.open(descriptor, undefined, signal);
    try {
      await using file = await open(path, 'wx', 0o600);
      let done = 0;
      for await (const chunk of input as AsyncIterable<Uint8Array>) {
        await writeFully(file, chunk);
        onBytes?.((done += chunk.length));
      }
      return { path, offset: 0, sizeBytes: size };
    } catch (error) {
      await rm(path, { force: true });
      throw toPhylloError(error, `fetch blob ${digest}`);
    } finally {
      input.destroy();
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.spooled.values(), ({ location }) => location));
    const folder = await this.folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await this.client.close();
  }
}
