// Entry paths as layers have them: cleaned, bounded, never leading out of the root.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { copyOf } from './tar-fields.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const MAX_PATH_BYTES = 64 * 1024;
const MAX_DEPTH = 4096;

/**
 * Without leading and trailing slashes, empty and `.` components; empty for the root.
 * Throws `path-escape` for a `..` component or a NUL, `limit-exceeded` for an absurd length or depth.
 */
export function cleanPath(path: Uint8Array): Uint8Array {
  checkBytes(path);
  if (isClean(path)) return path;
  // A directory's path: clean but for the slash at its end. Rebuilding it part by part would cost ten times as much.
  const bare = path.subarray(0, -1);
  return path.at(-1) === SLASH && isClean(bare) ? copyOf(bare, 0, bare.length) : rebuild(path);
}

/** A symlink's text stays as it is, whatever it leads to, within the bounds of a path. Throws as `cleanPath` does. */
export function checkLink(link: Uint8Array): Uint8Array {
  checkBytes(link);
  return link;
}

function checkBytes(path: Uint8Array): void {
  if (path.length > MAX_PATH_BYTES) {
    throw new PhylloError(
      'limit-exceeded',
      `read entry ${shown(path.subarray(0, 200))}…: the path is too long`,
    );
  }
  if (path.indexOf(0) >= 0)
    throw new PhylloError('path-escape', `read entry ${shown(path)}: the path has a NUL in it`);
}

/** Most paths are clean: looks without making anything. */
function isClean(path: Uint8Array): boolean {
  let componentAt = 0;
  let depth = 1;
  for (let index = 0; index <= path.length; index++) {
    if (index < path.length && path[index] !== SLASH) continue;
    const length = index - componentAt;
    if (length === 0 || (length <= 2 && path[componentAt] === DOT && path[index - 1] === DOT)) return false;
    componentAt = index + 1;
    depth++;
  }
  return depth <= MAX_DEPTH;
}

function rebuild(path: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  for (let start = 0; start <= path.length;) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    const part = path.subarray(start, end);
    if (part.length === 2 && part[0] === DOT && part[1] === DOT) {
      throw new PhylloError('path-escape', `read entry ${shown(path)}: the path leads out of the layer`);
    }
    if (part.length > 0 && !(part.length === 1 && part[0] === DOT)) kept.push(part);
    start = end + 1;
  }
  if (kept.length > MAX_DEPTH)
    throw new PhylloError('limit-exceeded', `read entry ${shown(path.subarray(0, 200))}…: too deep`);
  return join(kept);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const path = new Uint8Array(
    Math.max(
      0,
      parts.reduce((sum, part) => sum + part.length + 1, -1),
    ),
  );
  let at = 0;
  for (const part of parts) {
    if (at > 0) path[at++] = SLASH;
    path.set(part, at);
    at += part.length;
  }
  return path;
}

function shown(path: Uint8Array): string {
  return safeBytes(path);
}
