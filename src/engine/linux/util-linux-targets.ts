// Places in a container's root for something to be mounted on. What an image has there is not trusted: links are followed
// within the root, and what is missing is made. Nothing runs in the root yet, so what was found stays true.
import { chmodSync, closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { Directory, latin1, raw } from '../../layer/apply-directory.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { type RootPath, placeOf, resolveInRoot } from './root-path.ts';

export const KERNEL_FOLDERS = ['dev', 'proc', 'sys'] as const;

/** As in the kernel. */
const MAX_LINKS = 40;

/**
 * The path of `target` below the root without links on the way, no leading slash; made as `type` when it is not there,
 * also where a link leads (images have /etc/resolv.conf as a link into the /run of a machine that runs).
 * Throws `path-escape` for one that is something else.
 */
export function mountTarget(root: Directory, target: string, type: 'dir' | 'file', links = 0): string {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  for (let count = 1; count < names.length; count++)
    ensure(root, names.slice(0, count).join('/'), 'dir', links);
  return ensure(root, names.join('/'), type, links);
}

/** The directories of the kernel's, made where there are none; throws as `requireKernelFolders`. */
export function makeKernelFolders(root: Directory): void {
  for (const name of KERNEL_FOLDERS) {
    requireFolder(root, name);
    if (root.stat(name) === undefined) makeDirectory(root, name);
  }
}

/**
 * Throws `path-escape` for a root with a link in the place of a directory of the kernel's, wherever it leads to: some
 * runtimes follow it, and make their device links on the machine (runc 1.1.5).
 */
export function requireKernelFolders(rootfs: string): void {
  const root = Directory.open(rootfs);
  try {
    for (const name of KERNEL_FOLDERS) requireFolder(root, name);
  } finally {
    root.close();
  }
}

function requireFolder(root: Directory, name: string): void {
  const stat = root.stat(name);
  if (stat !== undefined && !stat.isDirectory()) {
    throw unusable(`/${name}`, 'the image has something else than a directory there');
  }
}

function ensure(root: Directory, path: string, type: 'dir' | 'file', links: number): string {
  const found = find(root, path);
  try {
    if (found.stat === undefined) make(found, type);
    else if (found.stat.isSymbolicLink()) return makeBehind(root, found, type, links + 1);
    else if (found.stat.isDirectory() !== (type === 'dir')) {
      throw unusable(path, type === 'dir' ? 'it is not a directory' : 'it is a directory');
    }
    return Buffer.from(found.path, 'latin1').toString();
  } finally {
    found.close();
  }
}

function makeBehind(root: Directory, link: RootPath, type: 'dir' | 'file', links: number): string {
  const path = Buffer.from(link.path, 'latin1').toString();
  if (links > MAX_LINKS) throw unusable(path, 'too many links on the way');
  const target = readlinkSync(placeOf(link));
  return mountTarget(root, posix.resolve('/', posix.dirname(path), target), type, links);
}

function find(root: Directory, path: string): RootPath {
  try {
    return resolveInRoot(root, Buffer.from(path), { follow: true });
  } catch (error) {
    if (!isPhylloError(error, 'not-found')) throw error;
    // A link to a place whose folder is not there.
    return resolveInRoot(root, Buffer.from(path));
  }
}

function make({ parent, name, ...found }: RootPath, type: 'dir' | 'file'): void {
  if (type === 'dir') return makeDirectory(parent, name);
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY;
  closeSync(openSync(placeOf({ parent, name, ...found }), flags, 0o644));
}

function makeDirectory(parent: Directory, name: string): void {
  parent.make(name);
  chmodSync(parent.at(name), 0o755);
}

function unusable(path: string, reason: string): PhylloError {
  const shown = safeText(latin1(raw(path)));
  return new PhylloError('path-escape', `mount on ${shown}: ${reason}`, { data: { path } });
}
