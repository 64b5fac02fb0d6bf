// Opening a store: made when absent, read-only where it cannot be written, refused when a newer phyllo made it.
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { exists, makeDirectory, writeAtomically } from '../lib/files.ts';
import { Locker } from '../lib/lock.ts';
import { EMPTY_INDEX, lockingIndex, writeIndex } from './index-file.ts';
import { LAYOUT, StorePaths } from './paths.ts';
import { ImageStore } from './image-store.ts';

export { ImageStore } from './image-store.ts';
export type { Lease } from './lease.ts';

const VERSION = 1;

export interface OpenOptions {
  readonly readOnly?: boolean;
}

/**
 * Opens the store at `root`, making it when absent. A root that cannot be written opens read-only by itself, and
 * nothing is written there.
 * Throws `not-found` (read-only and absent), `unsupported` (a newer format).
 */
export async function openStore(root: string, { readOnly = false }: OpenOptions = {}): Promise<ImageStore> {
  const paths = new StorePaths(root);
  const writable = !readOnly && (await prepare(paths));
  const version = await readVersion(paths);
  if (version > VERSION) throw tooNew(paths, version);
  const store = new ImageStore(paths, !writable);
  if (writable) await store.reclaim();
  return store;
}

/** True when the store is there and can be written. */
async function prepare(paths: StorePaths): Promise<boolean> {
  try {
    await makeDirectory(paths.root);
    await access(paths.root, constants.W_OK);
    if (!(await exists(paths.layout))) await create(paths);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST'))
      throw new PhylloError('invalid-argument', `open store ${paths.root}: it is not a directory`, {
        cause: error,
      });
    const problem = toPhylloError(error, `open store ${paths.root}`);
    if (isPhylloError(problem, 'read-only') && (await canBeRead(paths))) return false;
    throw problem;
  }
}

function canBeRead(paths: StorePaths): Promise<boolean> {
  return exists(paths.layout).catch(() => false);
}

/** Two processes may meet here: only one of them may write the empty index. `oci-layout` comes last, as the sign. */
async function create(paths: StorePaths): Promise<void> {
  await lockingIndex(paths, new Locker(), async () => {
    if (await exists(paths.layout)) return;
    await makeDirectory(paths.blobs);
    await writeAtomically(paths.version, `${VERSION}\n`);
    if (!(await exists(paths.index))) await writeIndex(paths, EMPTY_INDEX);
    await writeAtomically(paths.layout, LAYOUT);
  });
}

async function readVersion(paths: StorePaths): Promise<number> {
  if (!(await exists(paths.layout)))
    throw new PhylloError('not-found', `open store ${paths.root}: there is no store`);
  const text = await readFile(paths.version, 'utf8').catch((error: unknown) => {
    // A layout of another program: it has what version 1 asks for.
    if (isSystemError(error, 'ENOENT')) return String(VERSION);
    throw toPhylloError(error, `open store ${paths.root}`);
  });
  if (/^[1-9]\d{0,8}\s*$/.test(text)) return Number(text);
  throw new PhylloError('invalid-image', `open store ${paths.root}: the file version in it is damaged`, {
    hint: `A store of this phyllo has ${VERSION} in it: write that there.`,
  });
}

function tooNew(paths: StorePaths, version: number): PhylloError {
  return new PhylloError(
    'unsupported',
    `open store ${paths.root}: it has format ${version}, this phyllo knows ${VERSION}`,
    { hint: 'Use a newer phyllo, or another store: PHYLLO_ROOT.' },
  );
}
