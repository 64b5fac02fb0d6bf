// Verifies every blob and the index; repairs what can be repaired without losing anything: damaged blobs are set aside,
// a damaged index is rebuilt from the manifests among the blobs.
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import type { Progress } from '../lib/progress.ts';
import { readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { type Index, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Blobs } from './blobs.ts';
import { EMPTY_INDEX, applyChange, imagesOf, readIndex, writeIndex } from './index-file.ts';
import type { StorePaths } from './paths.ts';
import { reachable } from './reachable.ts';

export interface CheckProblem {
  readonly kind: 'blob-missing' | 'blob-corrupt' | 'index-invalid' | 'manifest-invalid' | 'leftover';
  /** Safe to show. */
  readonly what: string;
  readonly repaired: boolean;
}

export interface CheckReport {
  readonly blobs: number;
  readonly bytes: number;
  readonly images: number;
  readonly problems: readonly CheckProblem[];
}

export interface CheckOptions {
  readonly repair?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export async function checkStore(
  paths: StorePaths,
  blobs: Blobs,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const problems: CheckProblem[] = [];
  const { count, bytes, corrupt } = await checkBlobs(paths, blobs, options, problems);
  const index = await checkIndex(paths, blobs, options.repair ?? false, problems);
  await checkImages(blobs, index, corrupt, problems);
  return { blobs: count, bytes, images: imagesOf(index).length, problems };
}

async function checkBlobs(
  paths: StorePaths,
  blobs: Blobs,
  { repair = false, signal, onProgress }: CheckOptions,
  problems: CheckProblem[],
): Promise<{ count: number; bytes: number; corrupt: Set<Digest> }> {
  const corrupt = new Set<Digest>();
  let count = 0;
  let bytes = 0;
  for await (const digest of blobs.list()) {
    count++;
    const report = (chunkBytes: number): void => {
      bytes += chunkBytes;
      onProgress?.({ item: digest, doneBytes: bytes });
    };
    if (await blobs.verify(digest, report, signal)) continue;
    corrupt.add(digest);
    if (repair) await setAside(paths, digest);
    const fate = repair ? '; set aside in corrupt/' : '';
    problems.push({
      kind: 'blob-corrupt',
      what: `blob ${digest}: its bytes have another digest${fate}`,
      repaired: repair,
    });
  }
  return { count, bytes, corrupt };
}

/** Never deleted: the bytes may still be of use to somebody. */
async function setAside(paths: StorePaths, digest: Digest): Promise<void> {
  const folder = join(paths.root, 'corrupt');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(paths.blob(digest), join(folder, digestHex(digest)));
}

async function checkIndex(
  paths: StorePaths,
  blobs: Blobs,
  repair: boolean,
  problems: CheckProblem[],
): Promise<Index> {
  try {
    return await readIndex(paths);
  } catch (error) {
    if (!(error instanceof PhylloError)) throw error;
    problems.push({ kind: 'index-invalid', what: safeText(error.message), repaired: repair });
    const rebuilt = applyChange(EMPTY_INDEX, { add: await findImages(blobs) });
    if (repair) await writeIndex(paths, rebuilt);
    return rebuilt;
  }
}

/** Manifests and indexes among the blobs that no other index names. */
async function findImages(blobs: Blobs): Promise<Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  const inner = new Set<Digest>();
  for await (const digest of blobs.list()) {
    const size = await blobs.sizeOf(digest);
    if (size === undefined || size > MAX_JSON_BYTES) continue;
    const document = await readDocument(blobs, { digest, size });
    if (document === undefined) continue;
    found.set(digest, { mediaType: document.mediaType, digest, size });
    if ('manifests' in document) for (const child of document.manifests) inner.add(child.digest);
  }
  return [...found.values()].filter(({ digest }) => !inner.has(digest));
}

async function readDocument(
  blobs: Blobs,
  blob: Pick<Descriptor, 'digest' | 'size'>,
): Promise<ReturnType<typeof parseManifest> | Index | undefined> {
  try {
    const data = await readAll(await blobs.open(blob), MAX_JSON_BYTES, `blob ${blob.digest}`);
    return data.includes('"manifests"') ? parseIndex(data) : parseManifest(data);
  } catch (error) {
    if (isPhylloError(error)) return undefined;
    throw error;
  }
}

async function checkImages(
  blobs: Blobs,
  index: Index,
  corrupt: ReadonlySet<Digest>,
  problems: CheckProblem[],
): Promise<void> {
  for (const { descriptor, references } of imagesOf(index)) {
    const name = safeText(references[0] ?? descriptor.digest);
    const needed = await reachable(blobs, [descriptor], ({ descriptor: document, error }) => {
      if (corrupt.has(document.digest) || isPhylloError(error, 'not-found')) return;
      const reason = error instanceof Error ? error.message : String(error);
      problems.push({
        kind: 'manifest-invalid',
        what: `image ${name}: ${safeText(reason)}`,
        repaired: false,
      });
    });
    for (const blob of needed.values()) {
      if (corrupt.has(blob.digest) || (await blobs.has(blob))) continue;
      problems.push({
        kind: 'blob-missing',
        what: `image ${name}: blob ${blob.digest} is missing`,
        repaired: false,
      });
    }
  }
}
