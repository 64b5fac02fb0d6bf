// Finds and reads the Dockerfile of a local build and its ignore file. Both are read whether or not they are ignored. What a
// context links to outside of itself is not read.
import { closeSync, fstatSync, lstatSync, readSync, realpathSync, type BigIntStats } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { readAll } from '../../lib/streams.ts';
import { safeText } from '../../lib/text.ts';
import {
  DOCKERFILE_NAMES,
  type DockerfileText,
  type FoundText,
  IGNORE_NAME,
  MAX_TEXT_BYTES,
  noDockerfile,
} from './dockerfile-text.ts';
import { canHoldDirectories, openBelow } from './listed-file.ts';

export interface DockerfilePlace {
  /** Of a local context. Absent where it comes as an archive or there is none. */
  readonly context?: string;
  /** As given to `-f`, relative to the working directory; `-` is standard input. Default: `Dockerfile` of the context. */
  readonly file?: string;
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Throws `not-found`, `invalid-argument` for what is no regular file, `path-escape` for a link that leads out,
 * `limit-exceeded` beyond 16 MiB, `read-only` for what we may not read.
 */
export async function readDockerfile(place: DockerfilePlace): Promise<DockerfileText> {
  const { context, stdin } = place;
  if (place.file === '-' || (place.file === undefined && context === undefined)) {
    if (stdin === undefined) throw noDockerfile('standard input');
    const data = await readAll(stdin, MAX_TEXT_BYTES, 'Dockerfile');
    return withIgnore({ name: '-', data }, readIgnore(context));
  }
  const path = place.file ?? defaultPath(context!);
  const found = readText(path, context === undefined ? [dirname(path)] : [context, dirname(path)]);
  if (found === undefined) throw notFound(path, context);
  return withIgnore(found, readText(`${path}${IGNORE_NAME}`, [dirname(path)]) ?? readIgnore(context));
}

function withIgnore(dockerfile: FoundText, ignore: FoundText | undefined): DockerfileText {
  return ignore === undefined ? dockerfile : { ...dockerfile, ignore };
}

/** A context's own, undefined when there is none. Throws as `readDockerfile` does. */
export function readIgnore(context: string | undefined): FoundText | undefined {
  return context === undefined ? undefined : readText(join(context, IGNORE_NAME), [context]);
}

function defaultPath(context: string): string {
  const names = DOCKERFILE_NAMES.map((name) => join(context, name));
  const found = names.find((path) => stat(path) !== undefined);
  if (found === undefined) throw noDockerfile(safeText(context));
  return found;
}

function notFound(path: string, context: string | undefined): PhylloError {
  const inside = context === undefined ? undefined : join(context, path);
  const isInside = inside !== undefined && stat(inside) !== undefined;
  return new PhylloError('not-found', `read ${safeText(path)}: there is no such file`, {
    hint: isInside
      ? `-f is relative to the working directory: -f ${safeText(inside)}`
      : '-f is relative to the working directory, not to the context.',
  });
}

function stat(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) return undefined;
    throw toPhylloError(error, `read ${safeText(path)}`);
  }
}

/** undefined when there is no such file. Links are followed as long as they stay in one of the folders. */
function readText(path: string, folders: readonly string[]): FoundText | undefined {
  if (stat(path) === undefined) return undefined;
  try {
    const target = realpathSync(path);
    const root = folders.map((folder) => realpathSync(folder)).find((folder) => isWithin(target, folder));
    if (root === undefined) throw leadsOut(path);
    return { name: path, data: readWhole(root, relative(root, target), path) };
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, `read ${safeText(path)}`);
    throw new PhylloError('not-found', `read ${safeText(path)}: it is a link to nothing`);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function leadsOut(path: string): PhylloError {
  return new PhylloError(
    'path-escape',
    `read ${safeText(path)}: it is a link that leads out of its directory`,
    {
      hint: `Copy the file to ${safeText(resolve(dirname(path)))}, or name the one that is meant with -f.`,
    },
  );
}

function readWhole(root: string, path: string, shown: string): Buffer {
  const check = (found: BigIntStats): void => refuseUnlessText(found, shown);
  const rawPath = Buffer.from(path).toString('latin1');
  const fd = openBelow({ root, byDescriptor: canHoldDirectories(), path: rawPath }, check);
  try {
    const found = fstatSync(fd, { bigint: true });
    check(found);
    // Bytes that come later are those of another version.
    const data = Buffer.alloc(Number(found.size));
    let length = 0;
    for (let got = -1; length < data.length && got !== 0; length += got)
      got = readSync(fd, data, length, data.length - length, length);
    return data.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function refuseUnlessText(found: BigIntStats, shown: string): void {
  if (!found.isFile()) {
    throw new PhylloError('invalid-argument', `read ${safeText(shown)}: it is no regular file`, {
      hint: 'What a pipe gives can be had with -f -.',
    });
  }
  if (found.size <= MAX_TEXT_BYTES) return;
  throw new PhylloError('limit-exceeded', `read ${safeText(basename(shown))}: it is larger than 16 MiB`);
}
