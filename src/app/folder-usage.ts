// How much lies in a folder.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../lib/errors.ts';

export interface FolderUsage {
  /** Files. */
  readonly count: number;
  readonly sizeBytes: number;
}

/** Nothing where there is no such folder. */
export async function usageOf(folder: string): Promise<FolderUsage> {
  const usage = { count: 0, sizeBytes: 0 };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const info = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (info === undefined) continue;
    usage.count++;
    usage.sizeBytes += info.size;
  }
  return usage;
}
