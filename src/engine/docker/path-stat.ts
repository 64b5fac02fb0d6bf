// What the engine says of a path inside a container, in the header of its archive.
import type { DockerClient } from '../../docker/client.ts';
import { type Fields, parseFields } from '../../docker/fields.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeBytes } from '../../lib/text.ts';
import type { PathStat } from '../engine.ts';

/** Bits of Go's os.FileMode. */
const GO_MODE = {
  dir: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  pipe: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  charDevice: 2 ** 21,
  sticky: 2 ** 20,
  irregular: 2 ** 19,
} as const;
const MAX_LINKS = 40;
const SLASH = 0x2f;
const ROOT = Buffer.from('/');

export interface EngineStat {
  readonly type: PathStat['type'];
  readonly sizeBytes: number;
  /** Permission bits, 07777. */
  readonly mode: number;
  /** As the engine writes it. */
  readonly mtime: string;
  /** Where a symlink leads to, the links on the way followed; empty for anything else. */
  readonly target: Uint8Array;
}

export interface ContainerPath {
  readonly client: DockerClient;
  /** The container's part of the path. */
  readonly base: string;
  /** Raw. */
  readonly path: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Of the path itself, not of what it may link to. Throws `not-found`, `network`. */
export async function engineStat({ client, base, path, signal }: ContainerPath): Promise<EngineStat> {
  const doing = `look at ${safeBytes(path)}`;
  const answer = await client
    .send({ method: 'HEAD', path: `${base}/archive`, query: { path }, doing, signal })
    .catch((error: unknown) => {
      // There are no words with the status.
      if (!isPhylloError(error, 'not-found')) throw error;
      throw new PhylloError('not-found', `${doing}: no such file or directory`, { cause: error });
    });
  return parseStat(parseFields(Buffer.from(answer.header('x-docker-container-path-stat'), 'base64'), doing));
}

function parseStat(stat: Fields): EngineStat {
  const goMode = stat.integer('mode');
  const has = (bit: number): boolean => Math.floor(goMode / bit) % 2 === 1;
  const special = (has(GO_MODE.setuid) ? 0o4000 : 0) | (has(GO_MODE.setgid) ? 0o2000 : 0);
  const type = has(GO_MODE.dir) ? 'dir' : has(GO_MODE.symlink) ? 'symlink' : fileOrOther(has);
  return {
    type,
    sizeBytes: Math.max(0, stat.integer('size')),
    mode: (goMode % 0o1000) | special | (has(GO_MODE.sticky) ? 0o1000 : 0),
    mtime: stat.text('mtime'),
    // Podman gives the path itself for what is no link.
    target: type === 'symlink' ? Buffer.from(stat.text('linkTarget')) : new Uint8Array(0),
  };
}

function fileOrOther(has: (bit: number) => boolean): 'file' | 'other' {
  const odd = [GO_MODE.device, GO_MODE.pipe, GO_MODE.socket, GO_MODE.charDevice, GO_MODE.irregular];
  return odd.some(has) ? 'other' : 'file';
}

/** As `Engine.stat`. The engine tells where one link leads to: the way to the path is walked. */
export async function statPath(place: ContainerPath, follow: boolean): Promise<PathStat> {
  const given = normalized(place.path);
  let stat = await engineStat({ ...place, path: given });
  let path = await resolved(place, given, MAX_LINKS);
  for (let links = 0; follow && stat.type === 'symlink'; links++) {
    if (links === MAX_LINKS) throw tooManyLinks(place.path);
    path = joined(parentOf(path), stat.target);
    stat = await engineStat({ ...place, path });
    path = await resolved(place, path, MAX_LINKS);
  }
  return { type: stat.type, sizeBytes: stat.sizeBytes, mode: stat.mode, path };
}

/** Links in the directories on the way followed, the last component left as it is. */
async function resolved(place: ContainerPath, path: Uint8Array, links: number): Promise<Uint8Array> {
  if (links === 0) throw tooManyLinks(place.path);
  const parent = parentOf(path);
  if (parent.length <= 1) return path;
  const stat = await engineStat({ ...place, path: parent });
  const directory =
    stat.type === 'symlink'
      ? await resolved(place, joined(parentOf(parent), stat.target), links - 1)
      : await resolved(place, parent, links);
  return joined(directory, path.subarray(path.lastIndexOf(SLASH) + 1));
}

/** Absolute, without empty, `.` and `..` components and without a slash at the end. */
function normalized(path: Uint8Array): Uint8Array {
  const kept: string[] = [];
  for (const part of Buffer.from(path).toString('latin1').split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return Buffer.from(`/${kept.join('/')}`, 'latin1');
}

function parentOf(path: Uint8Array): Uint8Array {
  const slash = path.lastIndexOf(SLASH);
  return slash <= 0 ? ROOT : path.subarray(0, slash);
}

function joined(directory: Uint8Array, path: Uint8Array): Uint8Array {
  return normalized(path[0] === SLASH ? path : Buffer.concat([directory, ROOT, path]));
}

function tooManyLinks(path: Uint8Array): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `look at ${safeBytes(path)}: too many links lead to one another`,
  );
}
