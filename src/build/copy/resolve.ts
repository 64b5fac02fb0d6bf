// Where a path leads when links are followed, within a tree that nothing leads out of.
import { PhylloError } from '../../lib/errors.ts';
import type { FileView } from '../file-view.ts';
import { cleanPath, joinPath, parentOf, partsOf, shownPath } from './raw-path.ts';

/** Both as the kernel has it, roughly; more is an attack. */
const MAX_LINKS = 255;
const MAX_TARGET_BYTES = 4095;

export interface ResolveOptions {
  /** A link at the end of the path stays one. */
  readonly keepsLast?: boolean;
  /** The tree below this resolved path is all there is: links cannot lead out of it. Default: the whole tree. */
  readonly root?: string;
}

/**
 * The path without links in it; it may end in what is not there, with all that a dangling link asks for. `..` at the root
 * is the root. Throws `invalid-argument` for links that go round in circles and for a file in place of a directory.
 */
export function resolvePath(
  view: Pick<FileView, 'lookup'>,
  path: string,
  { keepsLast = false, root = '' }: ResolveOptions = {},
): string {
  const left = partsOf(path).reverse();
  let at = root;
  let links = 0;
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at !== root) at = parentOf(at);
      continue;
    }
    const next = joinPath(at, part);
    const facts = view.lookup(next);
    if (facts?.type === 'symlink' && !(keepsLast && left.length === 0)) {
      const target = facts.linkname ?? '';
      if (++links > MAX_LINKS || target.length > MAX_TARGET_BYTES) throw tooManyLinks(path);
      if (target.startsWith('/')) at = root;
      left.push(...target.split('/').reverse());
      continue;
    }
    if (facts !== undefined && facts.type !== 'dir' && left.some(isName)) throw noDirectory(path, next);
    at = next;
  }
  return at;
}

function isName(part: string): boolean {
  return part !== '' && part !== '.';
}

function tooManyLinks(path: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `resolve ${shownPath(cleanPath(path))}: its links lead in circles`,
  );
}

function noDirectory(path: string, file: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `resolve ${shownPath(cleanPath(path))}: ${shownPath(file)} is not a directory`,
  );
}
