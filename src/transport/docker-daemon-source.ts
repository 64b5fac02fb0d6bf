// The images of a Docker or Podman engine as a source. An engine hands an image over as a docker-archive: it is written
// down once and read in place from there.
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import type { DockerClient } from '../docker/client.ts';
import { type DaemonImageDetails, inspectImage, listImages, saveImages } from '../docker/images.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestHex } from '../oci/digest.ts';
import type { BlobLocation, Range, ResolvedImage } from '../oci/image.ts';
import type { Platform } from '../oci/platform.ts';
import { type DockerArchiveSource, openDockerArchive } from './docker-archive.ts';
import type { ImageSource, SourceImage } from './transport.ts';

/** Goes with all that is in it. */
export interface TemporaryFolder {
  readonly directory: string;
  release(): Promise<void>;
}

export interface DaemonSourceOptions {
  /** Where the archive is put; asked for when one is fetched. */
  readonly openFolder: () => Promise<TemporaryFolder>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

interface Fetched {
  readonly id: string;
  readonly folder: TemporaryFolder;
  readonly archive: DockerArchiveSource;
}

/** What an engine sends has no end that is known before: this much of the disk is left to others. */
const SPARED_BYTES = 64 * 1024 * 1024;
const MAX_CHOICES = 8;

export class DockerDaemonSource implements ImageSource {
  readonly kind = 'docker-daemon';
  private readonly client: DockerClient;
  private readonly options: DaemonSourceOptions;
  private readonly fetched: Fetched[] = [];

  /** Owns the client. */
  constructor(client: DockerClient, options: DaemonSourceOptions) {
    this.client = client;
    this.options = options;
  }

  async list(): Promise<SourceImage[]> {
    const images = await listImages(this.client, this.options.signal);
    return images.map(({ id, names }) => ({ names, select: id }));
  }

  /** `select` is what the engine finds an image by: a name, an ID or the start of one. */
  async resolve(select?: string, platform?: Platform): Promise<ResolvedImage> {
    const found = await this.find(select ?? (await this.only()));
    const { archive } = await this.fetch(found);
    const image = await archive.resolve(undefined, platform);
    // Saved by its ID it has no names in the archive.
    return { ...image, names: found.names };
  }

  private async only(): Promise<string> {
    const images = await this.list();
    if (images.length === 1) return images[0]!.select;
    const names = images.flatMap((image) => image.names.slice(0, 1));
    const shown = names.slice(0, MAX_CHOICES).map(safeText).join(', ');
    throw new PhylloError('ambiguous', `read image of the engine: it has ${images.length} of them`, {
      hint:
        names.length === 0 ? undefined : `Choose one: ${shown}${names.length > MAX_CHOICES ? ', …' : ''}.`,
    });
  }

  private async find(name: string): Promise<DaemonImageDetails> {
    const found = await inspectImage(this.client, name, this.options.signal);
    if (found) return found;
    throw new PhylloError('not-found', `read image ${safeText(name)}: the engine has none of that name`, {
      hint: 'docker images lists what it has.',
    });
  }

  private async fetch(image: DaemonImageDetails): Promise<Fetched> {
    const known = this.fetched.find(({ id }) => id === image.id);
    if (known) return known;
    const folder = await this.options.openFolder();
    try {
      const path = join(folder.directory, `${digestHex(image.id)}.tar`);
      await this.spool(image, path);
      const { signal } = this.options;
      const options = { temporaryDirectory: folder.directory, ...(signal && { signal }) };
      const fetched = { id: image.id, folder, archive: await openDockerArchive(path, options) };
      this.fetched.push(fetched);
      return fetched;
    } catch (error) {
      await folder.release();
      throw error;
    }
  }

  /** By its ID: asked for a name without a tag, engines save every image of that name. */
  private async spool({ id, names, sizeBytes }: DaemonImageDetails, path: string): Promise<void> {
    const { signal, onProgress } = this.options;
    const item = safeText(names[0] ?? id);
    const input = await saveImages(this.client, [id], signal);
    try {
      const mostBytes = await freeBytes(path);
      await using file = await open(path, 'wx', 0o600);
      let doneBytes = 0;
      for await (const chunk of input as AsyncIterable<Uint8Array>) {
        doneBytes += chunk.length;
        if (doneBytes > mostBytes) throw noSpace(item, mostBytes);
        await writeFully(file, chunk);
        // The archive is a little larger than what the engine counts.
        onProgress?.({ item, doneBytes, totalBytes: Math.max(sizeBytes, doneBytes) });
      }
    } catch (error) {
      await rm(path, { force: true });
      throw toPhylloError(error, `save image ${item} from the engine`);
    } finally {
      input.destroy();
    }
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    return (await this.archiveWith(descriptor)) !== undefined;
  }

  async open(descriptor: Descriptor, range?: Range): Promise<Readable> {
    return (await this.mustHave(descriptor)).open(descriptor, range);
  }

  async locate(descriptor: Descriptor): Promise<BlobLocation> {
    return (await this.mustHave(descriptor)).locate(descriptor);
  }

  private async archiveWith(descriptor: Descriptor): Promise<DockerArchiveSource | undefined> {
    for (const { archive } of this.fetched) if (await archive.has(descriptor)) return archive;
    return undefined;
  }

  private async mustHave(descriptor: Descriptor): Promise<DockerArchiveSource> {
    const archive = await this.archiveWith(descriptor);
    if (archive) return archive;
    throw new PhylloError('invalid-image', `read blob ${descriptor.digest}: the engine's image has it not`);
  }

  async close(): Promise<void> {
    for (const { archive, folder } of this.fetched.splice(0)) {
      await archive.close();
      await folder.release();
    }
    this.client.close();
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(join(path, '..'));
  return Math.max(0, bavail * bsize - SPARED_BYTES);
}

function noSpace(item: string, mostBytes: number): PhylloError {
  return new PhylloError(
    'no-space',
    `save image ${item} from the engine: it has more than the ${mostBytes} bytes that are free for it`,
  );
}
