// What an entry of a layer tar means: a file change, or a mark that hides something below (OCI layer.md, "Whiteouts").
import type { TarEntry } from './entry.ts';

export type Meaning =
  | { readonly kind: 'entry'; readonly opaque: boolean }
  | { readonly kind: 'whiteout'; readonly path: Uint8Array }
  | { readonly kind: 'opaque'; readonly path: Uint8Array }
  | { readonly kind: 'ignored'; readonly reason: string };

const PREFIX = Buffer.from('.wh.');
const META_PREFIX = Buffer.from('.wh..wh.');
const OPAQUE = Buffer.from('.wh..wh..opq');
const SLASH = 0x2f;
const DOT = 0x2e;
const BOOKKEEPING: Meaning = { kind: 'ignored', reason: 'bookkeeping of AUFS' };
const PLAIN_ENTRY: Meaning = { kind: 'entry', opaque: false };
const OPAQUE_ENTRY: Meaning = { kind: 'entry', opaque: true };

/**
 * Reads every dialect: `.wh.NAME` and `.wh..wh..opq` (OCI, AUFS), character device 0:0 and the opaque and whiteout
 * xattrs (overlayfs). Other `.wh..wh.*` names are AUFS's own bookkeeping.
 */
export function interpretEntry(entry: TarEntry): Meaning {
  const nameAt = entry.path.lastIndexOf(SLASH) + 1;
  if (isBelowBookkeeping(entry.path, nameAt)) return BOOKKEEPING;
  if (entry.path[nameAt] === DOT) {
    const name = entry.path.subarray(nameAt);
    if (startsWith(name, PREFIX)) return interpretMark(entry.path, name);
  }
  if (entry.type === 'char' && entry.devMajor === 0 && entry.devMinor === 0)
    return { kind: 'whiteout', path: entry.path };
  if (entry.type === 'file' && entry.sizeBytes === 0 && overlayXattr(entry, 'whiteout') !== undefined) {
    return { kind: 'whiteout', path: entry.path };
  }
  return entry.type === 'dir' && overlayXattr(entry, 'opaque') === 'y' ? OPAQUE_ENTRY : PLAIN_ENTRY;
}

/** AUFS keeps files in directories of its own, such as `.wh..wh.plnk`. */
function isBelowBookkeeping(path: Uint8Array, nameAt: number): boolean {
  for (let start = 0; start < nameAt; start = path.indexOf(SLASH, start) + 1)
    if (path[start] === DOT && startsWith(path.subarray(start), META_PREFIX)) return true;
  return false;
}

function interpretMark(path: Uint8Array, name: Uint8Array): Meaning {
  const parent = path.subarray(0, Math.max(0, path.length - name.length - 1));
  if (Buffer.compare(name, OPAQUE) === 0) return { kind: 'opaque', path: parent };
  if (startsWith(name, META_PREFIX)) return BOOKKEEPING;
  if (name.length === PREFIX.length) return { kind: 'ignored', reason: 'a whiteout of nothing' };
  const target = name.subarray(PREFIX.length);
  if (target.length <= 2 && target.every((byte) => byte === 0x2e)) {
    return { kind: 'ignored', reason: 'a whiteout of . or ..' };
  }
  return {
    kind: 'whiteout',
    path: parent.length === 0 ? target : Buffer.concat([parent, Buffer.from('/'), target]),
  };
}

function overlayXattr({ xattrs }: TarEntry, name: string): string | undefined {
  const value = xattrs?.get(`trusted.overlay.${name}`) ?? xattrs?.get(`user.overlay.${name}`);
  return value && Buffer.from(value).toString('latin1');
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}
