// Hostile relative paths inside a root: every component is looked at, no symlink is ever followed.
import { lstat } from 'node:fs/promises';
import { PhylloError, isSystemError, toPhylloError } from './errors.ts';
import { safeBytes } from './text.ts';

const SLASH = 0x2f;

/** Splits raw path bytes. Throws `path-escape` for `..`, NUL and absolute paths. */
export function pathComponents(path: Uint8Array): Uint8Array[] {
  const components: Uint8Array[] = [];
  for (let start = 0; start <= path.length;) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    const part = path.subarray(start, end);
    const text = Buffer.from(part).toString('latin1');
    if (text === '..' || text.includes('\0') || (start === 0 && part.length === 0 && path.length > 0)) {
      throw new PhylloError('path-escape', `resolve path ${safeBytes(path)}: it leads out of its root`);
    }
    if (text !== '' && text !== '.') components.push(part);
    start = end + 1;
  }
  return components;
}

/** The raw path of `components` below `root`. */
export function joinBelow(root: Uint8Array, components: readonly Uint8Array[]): Buffer {
  return Buffer.concat([root, ...components.flatMap((component) => [Buffer.from('/'), component])]);
}

/**
 * The path below `root` whose parents are all real directories (not links); the last component may be anything or
 * absent. Throws `path-escape` when a parent is a symlink or no directory, `not-found` when one is missing.
 */
export async function resolveBelow(root: Uint8Array, path: Uint8Array): Promise<Buffer> {
  const components = pathComponents(path);
  for (let depth = 1; depth < components.length; depth++) {
    const parent = joinBelow(root, components.slice(0, depth));
    try {
      if ((await lstat(parent)).isDirectory()) continue;
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, `resolve path ${safeBytes(path)}`);
      throw new PhylloError('not-found', `resolve path ${safeBytes(path)}: a parent is missing`, {
        cause: error,
      });
    }
    throw new PhylloError('path-escape', `resolve path ${safeBytes(path)}: a parent is no directory`);
  }
  return joinBelow(root, components);
}
