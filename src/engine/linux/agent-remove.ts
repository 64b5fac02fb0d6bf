// Removes what belongs to users whom only the agent can act as: upperdirs, and overlayfs's own work folder, which nobody
// may enter.
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSystemError, toPhylloError } from '../../lib/errors.ts';
import { Directory } from '../../layer/apply-directory.ts';

/** Records go last, by whoever keeps them. */
const KEPT = new Set(['config.json']);

/** Everything in a folder but its record; the folder itself when nothing is left in it. */
export function removeData(path: string): void {
  try {
    const directory = Directory.open(path);
    try {
      for (const name of directory.names()) if (!KEPT.has(name)) removeQuickly(path, name);
      // Whatever the system's own way stumbles over: paths that are too long, names in other encodings.
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

/** Nothing runs there any more that could put a link in the way, and none is followed. */
function removeQuickly(folder: string, name: string): void {
  try {
    rmSync(join(folder, name), { recursive: true, force: true });
  } catch {
    // Not all of it could be.
  }
}
