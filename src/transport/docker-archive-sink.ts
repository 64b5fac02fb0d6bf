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
import { decompressed, sniffCompression } from '../layer/compression.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import type { ImageSink } from './transport.ts';

interface Spooled {
  readonly path: string;
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
  private readonly repositories: Record<string, Record<string, string>> = {};

  /** `directory` takes inflated layers for the time that they need: a tar header states the size in front. */
  constructor(archive: ArchiveWriter, directory: string, signal?: AbortSignal) {
    this.archive = archive;
    this.directory = directory;
    this.signal = signal;
  }

  has({ digest }: Descriptor): Promise<boolean> {
    return Promise.resolve(this.layers.has(digest));
  }

  async putBlob(descriptor: Descriptor, data: Readable): Promise<void> {
    const { path, diffID, sizeBytes } = await this.spool(data);
    try {
      this.layers.set(descriptor.digest, diffID);
      if (this.written.has(diffID)) return;
      this.written.add(diffID);
      const body = createReadStream(path, { highWaterMark: READ_BYTES });
      await this.archive.addStream(layerName(diffID), sizeBytes, body);
    } finally {
      await rm(path, { force: true });
    }
  }

  private async spool(data: Readable): Promise<Spooled> {
    const path = join(this.directory, randomUUID());
    const hasher = digestHasher();
    let sizeBytes = 0;
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of plain(data)) {
      if (this.signal?.aborted) throw new PhylloError('cancelled', 'write archive: cancelled');
      hasher.update(chunk);
      sizeBytes += chunk.length;
      await writeFully(file, chunk);
    }
    return { path, diffID: hasher.digest(), sizeBytes };
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
    tags.push(familiarReference({ ...name, digest: undefined }));
    (this.repositories[familiarName(name)] ??= {})[name.tag] = digestHex(top);
  }

  async finish(): Promise<void> {
    await this.archive.add('manifest.json', Buffer.from(JSON.stringify(this.manifest)));
    await this.archive.add('repositories', Buffer.from(JSON.stringify(this.repositories)));
    await this.archive.finish();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function layerName(diffID: Digest): string {
  return `${digestHex(diffID)}/layer.tar`;
}

async function* plain(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = data[Symbol.asyncIterator]();
  const first = await input.next();
  if (first.done) return;
  const whole = (async function* (): AsyncGenerator<Uint8Array> {
    for (let next = first as IteratorResult<Uint8Array>; !next.done; next = await input.next())
      yield next.value;
  })();
  yield* decompressed(whole, sniffCompression(first.value));
}
