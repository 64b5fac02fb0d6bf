// Writes what `docker load` of any age reads: layers uncompressed, `manifest.json`, `repositories`. Layers and configs
// that several images share are written once.
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHasher, digestHex } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Reference, familiarName, familiarReference } from '../oci/reference.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { inflated, sniffed } from './inflate.ts';
import type { ImageSink } from './transport.ts';

interface Spooled {
  readonly diffID: Digest;
  readonly sizeBytes: number;
}

const READ_BYTES = 1024 * 1024;

export class DockerArchiveSink implements ImageSink {
  private readonly archive: ArchiveWriter;
  private readonly directory: string;
  private readonly signal: AbortSignal | undefined;
  /** By the digest of the blob as it came: the tar that it holds. */
  private readonly layers = new Map<Digest, Digest>();
  private readonly written = new Set<Digest>();
  private readonly manifest: { Config: string; RepoTags: string[]; Layers: string[] }[] = [];
  /** Repository to tag to the digest of the top layer. Maps: `constructor` is a good name for a repository. */
  private readonly repositories = new Map<string, Map<string, string>>();

  /** `directory` takes inflated layers for the time that they need: a tar header states the size in front. */
  constructor(archive: ArchiveWriter, directory: string, signal?: AbortSignal) {
    this.archive = archive;
    this.directory = directory;
    this.signal = signal;
  }

  has({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(this.layers.has(digest));
  }

  async putBlob({ digest, size }: Descriptor, data: Readable): Promise<void> {
    const { compression, bytes } = await sniffed(data);
    if (compression === 'none') {
      // The blob is the tar, and verified by whom it comes from.
      this.layers.set(digest, digest);
      await this.writeLayer(digest, size, bytes);
      return;
    }
    const path = join(this.directory, randomUUID());
    try {
      const { diffID, sizeBytes } = await this.spool(path, inflated({ compression, bytes }));
      this.layers.set(digest, diffID);
      await this.writeLayer(diffID, sizeBytes, fileBytes(path));
    } finally {
      await rm(path, { force: true });
    }
  }

  private async writeLayer(
    diffID: Digest,
    sizeBytes: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (this.written.has(diffID)) return;
    this.written.add(diffID);
    await this.archive.addStream(layerName(diffID), sizeBytes, body);
  }

  private async spool(path: string, plain: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const hasher = digestHasher();
    let sizeBytes = 0;
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of plain) {
      if (this.signal?.aborted) throw new PhylloError('cancelled', 'write archive: cancelled');
      hasher.update(chunk);
      sizeBytes += chunk.length;
      await writeFully(file, chunk);
    }
    return { diffID: hasher.digest(), sizeBytes };
  }

  async putImage(
    { id, configData, config, manifest }: ResolvedImage,
    names: readonly Reference[],
  ): Promise<void> {
    const layers = manifest.layers.map(({ digest }, index) => this.layerOf(digest, config.diffIDs[index]!));
    if (!this.written.has(id)) await this.archive.add(`${digestHex(id)}.json`, configData);
    this.written.add(id);
    const known = this.manifest.find(({ Config }) => Config === `${digestHex(id)}.json`);
    const entry = known ?? { Config: `${digestHex(id)}.json`, RepoTags: [], Layers: layers.map(layerName) };
    if (!known) this.manifest.push(entry);
    for (const name of names) this.addName(entry.RepoTags, name, layers.at(-1) ?? id);
  }

  private layerOf(digest: Digest, diffID: Digest): Digest {
    const found = this.layers.get(digest);
    if (found === diffID) return found;
    throw new PhylloError(
      'digest-mismatch',
      `write layer ${digest}: it inflates to ${found}, the image says ${diffID}`,
      {
        hint: 'The image is damaged; get it again.',
        data: { expected: diffID, found },
      },
    );
  }

  private addName(tags: string[], name: Reference, top: Digest): void {
    if (name.tag === undefined) return;
    const tag = familiarReference({ ...name, digest: undefined });
    if (!tags.includes(tag)) tags.push(tag);
    const repository = this.repositories.get(familiarName(name)) ?? new Map<string, string>();
    this.repositories.set(familiarName(name), repository.set(name.tag, digestHex(top)));
  }

  async finish(): Promise<void> {
    await this.archive.add('manifest.json', Buffer.from(JSON.stringify(this.manifest)));
    const repositories = Array.from(this.repositories, ([name, tags]) => [name, Object.fromEntries(tags)]);
    await this.archive.add('repositories', Buffer.from(JSON.stringify(Object.fromEntries(repositories))));
    await this.archive.finish();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function layerName(diffID: Digest): string {
  return `${digestHex(diffID)}/layer.tar`;
}

/** Opens the file when it is first read from: an archive that fails before that leaves nothing open. */
async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>;
}
