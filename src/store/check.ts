// Verifies every blob and the index; repairs what can be repaired without losing anything: damaged files are set aside, a
// damaged index is rebuilt from the manifests among the blobs.
import { readFile, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { type PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import { writeAtomically } from '../lib/files.ts';
import type { Locker } from '../lib/lock.ts';
import type { Progress } from '../lib/progress.ts';
import { safeText } from '../lib/text.ts';
import type { Digest } from '../oci/digest.ts';
import { isJsonObject } from '../oci/json.ts';
import type { Index } from '../oci/manifest.ts';
import type { Blobs } from './blobs.ts';
import { emptyTrash, finishedDownloads } from './gc.ts';
import { imagesOf, readIndex } from './index-file.ts';
import { LAYOUT, type StorePaths } from './paths.ts';
import { reachable } from './reachable.ts';
import { rebuildIndex, rebuiltIndex } from './rebuild.ts';
import { leftovers, reclaim } from './reclaim.ts';
import { setAside } from './set-aside.ts';

export interface CheckProblem {
  readonly kind:
    | 'blob-missing'
    | 'blob-corrupt'
    /** The system cannot read it; its bytes may be sound. */
    | 'blob-unreadable'
    | 'index-invalid'
    | 'manifest-invalid'
    | 'leftover';
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

interface Store {
  readonly paths: StorePaths;
  readonly blobs: Blobs;
  readonly locker: Locker;
}

/** To repair, the caller has to be alone in the store. */
export async function checkStore(store: Store, options: CheckOptions = {}): Promise<CheckReport> {
  const problems: CheckProblem[] = [];
  const repair = options.repair ?? false;
  if (repair) await removeLeftovers(store, problems);
  await checkLayout(store.paths, repair, problems);
  const { count, bytes, bad } = await checkBlobs(store, options, problems);
  const index = await checkIndex(store, repair, problems);
  await checkImages(store.blobs, index, bad, problems);
  return { blobs: count, bytes, images: imagesOf(index).length, problems };
}

async function removeLeftovers({ paths, locker }: Store, problems: CheckProblem[]): Promise<void> {
  const all = async (): Promise<string[]> => [
    ...(await leftovers(paths)),
    ...(await finishedDownloads(paths)),
  ];
  const before = await all();
  await reclaim(paths, locker);
  await emptyTrash(paths);
  for (const path of await finishedDownloads(paths)) await rm(path, { force: true });
  const after = new Set(await all());
  for (const path of before) {
    const what = `${safeText(relative(paths.root, path))}: left behind by a process that died`;
    problems.push({ kind: 'leftover', what, repaired: !after.has(path) });
  }
}

/** The file that makes the folder an OCI image layout for other programs. */
async function checkLayout(paths: StorePaths, repair: boolean, problems: CheckProblem[]): Promise<void> {
  const text = await readFile(paths.layout, 'utf8').catch((error: unknown) => {
    throw toPhylloError(error, `read ${paths.layout}`);
  });
  if (isLayout(text)) return;
  if (repair) await writeAtomically(paths.layout, LAYOUT);
  problems.push({ kind: 'index-invalid', what: 'oci-layout: it is damaged', repaired: repair });
}

function isLayout(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && typeof value['imageLayoutVersion'] === 'string';
  } catch {
    return false;
  }
}

async function checkBlobs(
  { paths, blobs }: Store,
  { repair = false, signal, onProgress }: CheckOptions,
  problems: CheckProblem[],
): Promise<{ count: number; bytes: number; bad: ReadonlySet<Digest> }> {
  const bad = new Set<Digest>();
  let count = 0;
  let bytes = 0;
  for await (const digest of blobs.list()) {
    const onBytes = (chunkBytes: number): void => {
      bytes += chunkBytes;
      onProgress?.({ item: digest, doneBytes: bytes });
    };
    const state = await stateOf(blobs, digest, { signal, onBytes });
    if (state === 'absent') continue;
    count++;
    if (state === 'sound') continue;
    bad.add(digest);
    if (state !== 'damaged') {
      problems.push({ kind: 'blob-unreadable', what: safeText(state.message), repaired: false });
      continue;
    }
    if (repair) await setAside(paths, paths.blob(digest));
    const fate = repair ? '; set aside in corrupt/' : '';
    const what = `blob ${digest}: its bytes have another digest${fate}`;
    problems.push({ kind: 'blob-corrupt', what, repaired: repair });
  }
  return { count, bytes, bad };
}

/** One blob that cannot be read must not hide what is wrong with the others. */
async function stateOf(
  blobs: Blobs,
  digest: Digest,
  options: { signal?: AbortSignal; onBytes: (bytes: number) => void },
): Promise<'sound' | 'damaged' | 'absent' | PhylloError> {
  try {
    return await blobs.verify(digest, options);
  } catch (error) {
    if (isPhylloError(error, 'io') || isPhylloError(error, 'read-only')) return error;
    throw error;
  }
}

async function checkIndex(store: Store, repair: boolean, problems: CheckProblem[]): Promise<Index> {
  try {
    return await readIndex(store.paths);
  } catch (error) {
    if (!isPhylloError(error, 'invalid-image')) throw error;
    problems.push({ kind: 'index-invalid', what: safeText(error.message), repaired: repair });
    return repair ? rebuildIndex(store.paths, store.blobs, store.locker) : rebuiltIndex(store.blobs);
  }
}

/** Says of each image what it lacks. */
async function checkImages(
  blobs: Blobs,
  index: Index,
  bad: ReadonlySet<Digest>,
  problems: CheckProblem[],
): Promise<void> {
  for (const { descriptor, references } of imagesOf(index)) {
    const name = safeText(references[0] ?? descriptor.digest);
    const report = (kind: CheckProblem['kind'], reason: string): void => {
      problems.push({ kind, what: `image ${name}: ${safeText(reason)}`, repaired: false });
    };
    const invalid = new Set<Digest>();
    const needed = await reachable(blobs, [descriptor], ({ descriptor: { digest }, error }) => {
      if (bad.has(digest) || isPhylloError(error, 'not-found')) return;
      invalid.add(digest);
      report('manifest-invalid', error instanceof Error ? error.message : String(error));
    });
    for (const { digest, size } of needed.values()) {
      const found = await blobs.sizeOf(digest);
      if (found === undefined) report('blob-missing', `blob ${digest} is missing`);
      else if (bad.has(digest)) report('blob-corrupt', `blob ${digest} is damaged`);
      else if (found !== size && !invalid.has(digest))
        report('manifest-invalid', `blob ${digest} has ${found} bytes instead of ${size}`);
    }
  }
}
