// The newest layer of a docker-archive that streams by, kept in a file of its own.
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import { PhylloError } from '../../lib/errors.ts';
import { writeFully } from '../../lib/files.ts';
import { type Digest, digestHasher } from '../../oci/digest.ts';

export interface SpooledLayer {
  /** The uncompressed tar, checked against its diffID. */
  readonly path: string;
  readonly sizeBytes: number;
  remove(): Promise<void>;
}

type Part = { readonly entry: TarEntry } | { readonly data: Uint8Array } | 'end';

/**
 * Engines name layers after IDs of many kinds: the one that is meant is known by its bytes. The archive is read no
 * further than that. Throws `not-found` when it is not in there.
 */
export async function spoolLayer(archive: AsyncIterable<Uint8Array>, diffID: Digest): Promise<SpooledLayer> {
  const folder = await mkdtemp(join(tmpdir(), 'phyllo-layer-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'layer.tar');
  try {
    await using file = await open(path, 'wx', 0o600);
    const sizeBytes = await spoolInto(file, archive, diffID);
    return { path, sizeBytes, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function spoolInto(
  file: FileHandle,
  archive: AsyncIterable<Uint8Array>,
  diffID: Digest,
): Promise<number> {
  let hasher = digestHasher();
  let sizeBytes = 0;
  for await (const part of partsOf(archive)) {
    if (part === 'end') {
      if (sizeBytes > 0 && hasher.digest() === diffID) return sizeBytes;
    } else if ('entry' in part) {
      hasher = digestHasher();
      sizeBytes = 0;
      await file.truncate(0);
    } else {
      hasher.update(part.data);
      await writeFully(file, part.data, sizeBytes);
      sizeBytes += part.data.length;
    }
  }
  throw new PhylloError('not-found', `read layer ${diffID}: the engine's archive does not have it`);
}

async function* partsOf(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Part> {
  let parts: Part[] = [];
  const parser = new TarParser({
    entry: (entry) => parts.push({ entry }),
    data: (data) => parts.push({ data }),
    endEntry: () => parts.push('end'),
  });
  for await (const chunk of archive) {
    parser.write(chunk);
    yield* parts;
    parts = [];
  }
}
