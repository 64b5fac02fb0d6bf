// Writes OCI layouts, as a directory or as an archive of one. Blobs go out as they are.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { fsyncDirectory, writeAtomically, writeFully } from '../lib/files.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Index, parseIndex } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { type Reference, formatReference } from '../oci/reference.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import type { ImageSink } from './transport.ts';

const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';
const NAME = 'org.opencontainers.image.ref.name';

/** Index entries of an image: one for each name, or one without. Names in full: podman makes sense of no others. */
function entriesOf({ descriptor, config }: ResolvedImage, names: readonly Reference[]): Descriptor[] {
  const { mediaType, digest, size } = descriptor;
  const entry = { mediaType, digest, size, platform: config.platform };
  if (names.length === 0) return [entry];
  return names.map((name) => ({ ...entry, annotations: { [NAME]: formatReference(name) } }));
}

/** An image that is saved twice is listed once. */
function addEntries(entries: Descriptor[], image: ResolvedImage, names: readonly Reference[]): void {
  const isListed = ({ digest, annotations }: Descriptor): boolean =>
    entries.some((known) => known.digest === digest && known.annotations?.[NAME] === annotations?.[NAME]);
  entries.push(...entriesOf(image, names).filter((entry) => !isListed(entry)));
}

function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

export class OciArchiveSink implements ImageSink {
  private readonly archive: ArchiveWriter;
  private readonly written = new Set<Digest>();
  private readonly entries: Descriptor[] = [];

  constructor(archive: ArchiveWriter) {
    this.archive = archive;
  }

  has({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(this.written.has(digest));
  }

  async putBlob(
    { digest, size }: Descriptor,
    data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    if (this.written.has(digest)) return;
    this.written.add(digest);
    await this.archive.addStream(blobName(digest), size, data);
  }

  async putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    await this.putBlob(image.manifest.config, [image.configData]);
    await this.putBlob(image.descriptor, [image.manifestData]);
    addEntries(this.entries, image, names);
  }

  async finish(): Promise<void> {
    const index: Index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: this.entries };
    await this.archive.add('oci-layout', Buffer.from(LAYOUT));
    await this.archive.add('index.json', Buffer.from(JSON.stringify(index)));
    await this.archive.finish();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class OciDirectorySink implements ImageSink {
  private readonly root: string;
  private readonly signal: AbortSignal | undefined;
  private readonly entries: Descriptor[] = [];
  /** What goes again when the sink is closed unfinished: files, and the folders that were made for them. */
  private written: string[] = [];
  private made: string | undefined;

  constructor(root: string, signal?: AbortSignal) {
    this.root = root;
    this.signal = signal;
  }

  async has({ digest, size }: Descriptor): Promise<boolean> {
    const found = await stat(join(this.root, blobName(digest))).catch(() => undefined);
    return found?.size === size;
  }

  async putBlob(
    { digest }: Descriptor,
    data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const path = join(this.root, blobName(digest));
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      const made = await mkdir(dirname(path), { recursive: true });
      this.made ??= made;
      await this.write(temporary, data);
      await rename(temporary, path);
      this.written.push(path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw toPhylloError(error, `write ${safeText(path)}`);
    }
  }

  private async write(path: string, data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    await using file = await open(path, 'wx', 0o644);
    for await (const chunk of data) {
      if (this.signal?.aborted) throw new PhylloError('cancelled', 'write layout: cancelled');
      await writeFully(file, chunk);
    }
    await file.sync();
  }

  async putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    if (!(await this.has(image.manifest.config)))
      await this.putBlob(image.manifest.config, [image.configData]);
    if (!(await this.has(image.descriptor))) await this.putBlob(image.descriptor, [image.manifestData]);
    addEntries(this.entries, image, names);
  }

  /** Adds to what the directory already lists; a name that is taken moves. */
  async finish(): Promise<void> {
    const old = await this.readIndex();
    const names = new Set(this.entries.map(({ annotations }) => annotations?.[NAME]));
    const digests = new Set(this.entries.map(({ digest }) => digest));
    const kept = old.manifests.filter(({ annotations, digest }) => {
      const name = annotations?.[NAME];
      return name === undefined ? !digests.has(digest) : !names.has(name);
    });
    for (const folder of new Set(this.written.map(dirname))) await fsyncDirectory(folder);
    await writeAtomically(join(this.root, 'oci-layout'), LAYOUT, 0o644);
    const index = { ...old, manifests: [...kept, ...this.entries] };
    await writeAtomically(join(this.root, 'index.json'), JSON.stringify(index), 0o644);
    this.written = [];
    this.made = undefined;
  }

  private async readIndex(): Promise<Index> {
    try {
      return parseIndex(await readFile(join(this.root, 'index.json')), 'index.json');
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
      return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
    }
  }

  /** A folder that others have put something into in the meantime stays. */
  async close(): Promise<void> {
    for (const path of this.written) await rm(path, { force: true });
    if (this.made === undefined) return;
    const folders = [join(this.root, 'blobs', 'sha256'), join(this.root, 'blobs', 'sha512')];
    folders.push(join(this.root, 'blobs'));
    for (let at = resolve(this.root); at.length >= resolve(this.made).length; at = dirname(at))
      folders.push(at);
    for (const folder of folders.filter((path) => resolve(path).startsWith(resolve(this.made!)))) {
      await rmdir(folder).catch(ignore);
    }
  }
}

function ignore(): void {}
