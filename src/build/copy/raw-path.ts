// Paths of one character a byte, without a leading slash; '' is the root.
import { safeBytes } from '../../lib/text.ts';

export function joinPath(folder: string, name: string): string {
  if (folder === '') return name;
  return name === '' ? folder : `${folder}/${name}`;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function partsOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** Without empty parts and `.`; a `..` takes the part before it away and ends at the root. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return kept.join('/');
}

export function rawBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Absolute and safe to show. */
export function shownPath(path: string): string {
  return `/${safeBytes(rawBytes(path))}`;
}
