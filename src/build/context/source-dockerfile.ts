// The Dockerfile of a context that is no local directory, with its ignore file. Links lead to what they name in the context,
// whose root is their top.
import { PhylloError } from '../../lib/errors.ts';
import { readAll } from '../../lib/streams.ts';
import type { FileSource } from '../file-view.ts';
import {
  DOCKERFILE_NAMES,
  type DockerfileText,
  type FoundText,
  IGNORE_NAME,
  MAX_TEXT_BYTES,
  noDockerfile,
} from './dockerfile-text.ts';
import { noFile, notThere, shownPath } from './table-view.ts';

const MAX_LINKS = 40;

/**
 * `file` is relative to the context; default `Dockerfile`. `source` has everything, what is ignored too. Throws `not-found`,
 * `invalid-argument`, `limit-exceeded`, and what reading throws.
 */
export async function readDockerfileIn(source: FileSource, file?: string): Promise<DockerfileText> {
  const path = file === undefined ? defaultPath(source) : cleaned(Buffer.from(file).toString('latin1'));
  const dockerfile = await readText(source, path);
  if (dockerfile === undefined) throw notThere(path);
  const ignore = (await readText(source, `${path}${IGNORE_NAME}`)) ?? (await readText(source, IGNORE_NAME));
  return ignore === undefined ? dockerfile : { ...dockerfile, ignore };
}

function defaultPath(source: FileSource): string {
  const found = DOCKERFILE_NAMES.find((name) => source.lookup(name) !== undefined);
  if (found === undefined) throw noDockerfile('the context');
  return found;
}

async function readText(source: FileSource, path: string): Promise<FoundText | undefined> {
  const target = followed(source, path);
  const facts = source.lookup(target);
  if (facts === undefined && source.lookup(path) === undefined) return undefined;
  if (facts === undefined)
    throw new PhylloError('not-found', `read /${shownPath(path)}: it is a link to nothing`);
  if (facts.type !== 'file') throw noFile(path);
  const data = await readAll(source.open(target), MAX_TEXT_BYTES, `/${shownPath(path)}`);
  return { name: Buffer.from(path, 'latin1').toString('utf8'), data };
}

/** Without `.`, `..` and doubled slashes; `..` stops at the root. */
function cleaned(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The path with all links in it followed. Throws `invalid-argument` where they go in circles. */
function followed(source: FileSource, path: string): string {
  let left = path.split('/');
  let at: string[] = [];
  for (let links = 0; left.length > 0;) {
    const [part, ...rest] = left as [string, ...string[]];
    left = rest;
    if (part === '..') at.pop();
    if (part === '' || part === '.' || part === '..') continue;
    const here = [...at, part].join('/');
    const { type, linkname = '' } = source.lookup(here) ?? {};
    if (type !== 'symlink') at.push(part);
    else if (++links > MAX_LINKS) {
      throw new PhylloError('invalid-argument', `read /${shownPath(path)}: its links lead in a circle`);
    } else {
      if (linkname.startsWith('/')) at = [];
      left = [...linkname.split('/'), ...left];
    }
  }
  return at.join('/');
}
