// Damaged files are taken out of the way, never deleted.
import { randomUUID } from 'node:crypto';
import { link, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSystemError, toPhylloError } from '../lib/errors.ts';
import { makeDirectory } from '../lib/files.ts';
import type { StorePaths } from './paths.ts';

/** Moves `path` to corrupt/, under a name of its own: the same blob may be damaged twice. */
export async function setAside(paths: StorePaths, path: string): Promise<void> {
  await into(paths, path, rename);
}

/** The same for a file that is going to be replaced: it stays until then. */
export async function setCopyAside(paths: StorePaths, path: string): Promise<void> {
  await into(paths, path, link);
}

async function into(paths: StorePaths, path: string, bring: typeof rename): Promise<void> {
  await makeDirectory(paths.corrupt);
  try {
    await bring(path, join(paths.corrupt, `${basename(path)}.${randomUUID()}`));
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, `set aside ${path}`);
  }
}
