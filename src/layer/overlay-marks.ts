// How overlayfs marks what an upperdir hides: character devices 0:0 and extended attributes.
import type { BigIntStats } from 'node:fs';
import { PhylloError } from '../lib/errors.ts';
import type { NativeCalls } from '../lib/native.ts';
import { safeBytes } from '../lib/text.ts';
import { raw } from './apply-directory.ts';

/** `place` names the entry for calls that do not follow links. */
export function isWhiteout(stat: BigIntStats, place: Buffer, native: NativeCalls | undefined): boolean {
  if (stat.isCharacterDevice()) return stat.rdev === 0n;
  return stat.isFile() && stat.size === 0n && markOf(place, 'whiteout', native) !== undefined;
}

export function isOpaque(place: Buffer, native: NativeCalls | undefined): boolean {
  return markOf(place, 'opaque', native) === 'y';
}

/** An upperdir made with metacopy or redirect_dir holds entries whose content is elsewhere. Throws `unsupported`. */
export function refuseReferences(path: string, place: Buffer, native: NativeCalls | undefined): void {
  for (const name of ['metacopy', 'redirect']) {
    if (markOf(place, name, native) === undefined) continue;
    throw new PhylloError(
      'unsupported',
      `read /${safeBytes(raw(path))}: its overlay was mounted with ${name}, so it is not whole by itself`,
    );
  }
}

function markOf(place: Buffer, name: string, native: NativeCalls | undefined): string | undefined {
  if (native === undefined) return undefined;
  const names = native.listXattrs(place);
  const found = [`trusted.overlay.${name}`, `user.overlay.${name}`].find((full) => names.includes(full));
  if (found === undefined) return undefined;
  return Buffer.from(native.getXattr(place, found) ?? []).toString('latin1');
}
