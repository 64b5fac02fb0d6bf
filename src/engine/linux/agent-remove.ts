// Removes what belongs to users whom only the agent can act as: upperdirs, and overlayfs's own work folder, which nobody
// may enter.
import { basename, dirname } from 'node:path';
import { isSystemError, toPhylloError } from '../../lib/errors.ts';
import { Directory } from '../../layer/apply-directory.ts';

/** Records go last, by whoever keeps them. */
const KEPT = new Set(['config.json']);

/** Everything in a folder but its record; the folder itself when nothing is left in it. */
export function removeData(path: string): void {
  try {
    const directory = Directory.open(path);
    try {
      for (const name of directory.names()) if (!KEPT.has(name)) directory.remove(name);
      if (directory.names().length > 0) return;
    } finally {
      directory.close();
    }
    const parent = Directory.open(dirname(path));
    try {
      parent.remove(basename(path));
    } finally {
      parent.close();
    }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, 'remove files of container');
  }
}
