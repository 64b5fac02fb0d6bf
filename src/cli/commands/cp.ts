// phyllo cp: files between a container and this machine, by docker's rules; `-` is a tar.
import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContainersService } from '../../app/container-services.ts';
import type { PathStat } from '../../engine/engine.ts';
import { writeTar } from '../../layer/tar-writer.ts';
import { readTop, renamedTop, topName } from '../../layer/top-entry.ts';
import { untar } from '../../layer/untar.ts';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { displaySize } from '../../lib/units.ts';
import { type ContainerPath, parseContainerPath, rawPath } from '../container-path.ts';
import type { Context } from '../context.ts';
import { usageError } from '../usage.ts';

interface CpOptions {
  readonly archive?: boolean;
  readonly followLink?: boolean;
  readonly quiet?: boolean;
}

export async function run(
  context: Context,
  [from, to]: readonly string[],
  options: CpOptions,
): Promise<void> {
  const source = parseContainerPath(from!);
  const target = parseContainerPath(to!);
  if (source.container !== undefined && target.container !== undefined) {
    throw usageError('cp', 'one of the two has to be on this machine');
  }
  if (source.container !== undefined) return copyOut(context, source, target.path, options);
  if (target.container !== undefined) return copyIn(context, source.path, target, options);
  throw usageError('cp', 'one of the two has to be in a container: CONTAINER:PATH');
}

// ------------------------------------------------------------ out of a container

async function copyOut(
  context: Context,
  { container, path }: ContainerPath,
  target: string,
  { archive, followLink, quiet }: CpOptions,
): Promise<void> {
  const { containers } = await context.services();
  const follow = followLink || standsForDirectory(path);
  const found = await containers.stat(container!, rawPath(path), { follow });
  const wanted = follow ? found.path : rawPath(path);
  const tar = await containers.getArchive(container!, wanted, context.signal);
  if (target === '-') return pipeline(tar, context.io.stdout, { end: false });
  const takesContent = found.type === 'dir' && isContent(path);
  const place = await placeOnHost(target, found.type === 'dir', topName(wanted));
  const { bytes, warnings } = await untar(tar, place.directory, {
    ...(!archive && { owners: false }),
    keepsTop: place.exists,
    rename: renamedTop(topName(wanted), takesContent && place.exists ? '' : place.name),
    signal: context.signal,
  });
  // Without -a files become ours, as docker does: that is no loss to tell of.
  for (const warning of warnings) if (archive) await context.note(warning);
  if (!quiet) await context.note(`Successfully copied ${displaySize(bytes)} to ${safeText(target)}`);
}

interface Place {
  /** Where the tar is unpacked to. */
  readonly directory: string;
  /** What its top entry is called there; empty when it is the directory itself. */
  readonly name: string;
  /** The target itself is a directory already. */
  readonly exists: boolean;
}

/** docker's rules for where a copy goes, by what is at the target. */
async function placeOnHost(target: string, isDirectory: boolean, name: string): Promise<Place> {
  const known = await stat(target).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw toPhylloError(error, `copy to ${safeText(target)}`);
  });
  if (known?.isDirectory()) return { directory: target, name, exists: true };
  if (known && isDirectory) throw cannotCopy(target, 'a directory cannot take the place of a file');
  if (!known && !isDirectory && target.endsWith('/')) throw cannotCopy(target, 'there is no such directory');
  const parent = dirname(resolve(target));
  const above = await stat(parent).catch(() => undefined);
  if (!above?.isDirectory()) throw cannotCopy(target, 'the directory that it is to be in is not there');
  return { directory: parent, name: oneCharacterAByte(basename(resolve(target))), exists: false };
}

// --------------------------------------------------------------- into a container

async function copyIn(
  context: Context,
  source: string,
  { container, path }: ContainerPath,
  { archive, followLink, quiet }: CpOptions,
): Promise<void> {
  const { containers } = await context.services();
  const options = { owners: archive, signal: context.signal };
  if (source === '-') return containers.putArchive(container!, rawPath(path), context.io.stdin, options);
  const { parent, name, isDirectory } = await sourceOnHost(source, followLink ?? false);
  const target = await placeInContainer(containers, container!, path, { isDirectory, name });
  const takesContent = isDirectory && isContent(source) && target.exists;
  const counted = new ByteCounter();
  const members = readTop(parent, name, { as: takesContent ? '' : target.name, signal: context.signal });
  const tar = Readable.from(counted.count(writeTar(members)));
  await containers.putArchive(container!, target.directory, tar, options);
  if (quiet) return;
  const copied = displaySize(counted.bytes);
  await context.note(`Successfully copied ${copied} to ${safeText(`${container}:${path}`)}`);
}

interface HostSource {
  readonly parent: string;
  /** One character a byte; empty for the root. */
  readonly name: string;
  readonly isDirectory: boolean;
}

/** A link is copied itself, unless it is to be followed or stands for a directory (`link/`). */
async function sourceOnHost(source: string, followLink: boolean): Promise<HostSource> {
  try {
    const path =
      followLink || standsForDirectory(source)
        ? await realpath(source)
        : join(await realpath(dirname(resolve(source))), basename(resolve(source)));
    const info = await lstat(path);
    return {
      parent: dirname(path),
      name: oneCharacterAByte(basename(path)),
      isDirectory: info.isDirectory(),
    };
  } catch (error) {
    throw toPhylloError(error, `copy ${safeText(source)}`);
  }
}

class ByteCounter {
  bytes = 0;

  async *count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}

async function placeInContainer(
  containers: ContainersService,
  container: string,
  path: string,
  { isDirectory, name }: { isDirectory: boolean; name: string },
): Promise<{ directory: Uint8Array; name: string; exists: boolean }> {
  const known = await statIn(containers, container, rawPath(path));
  if (known?.type === 'dir') return { directory: known.path, name, exists: true };
  if (known && isDirectory) throw cannotCopy(path, 'a directory cannot take the place of a file');
  if (!known && !isDirectory && path.endsWith('/')) throw cannotCopy(path, 'there is no such directory');
  const whole = `/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
  const parent = await statIn(containers, container, rawPath(dirname(whole)));
  if (parent?.type !== 'dir') throw cannotCopy(path, 'the directory that it is to be in is not there');
  return { directory: parent.path, name: oneCharacterAByte(basename(whole)), exists: false };
}

async function statIn(
  containers: ContainersService,
  container: string,
  path: Uint8Array,
): Promise<PathStat | undefined> {
  try {
    return await containers.stat(container, path, { follow: true });
  } catch (error) {
    if (isPhylloError(error, 'not-found') && error.data['container'] === undefined) return undefined;
    throw error;
  }
}

/** How paths are held on their way into and out of archives. */
function oneCharacterAByte(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** `link/` is the directory that the link leads to. */
function standsForDirectory(path: string): boolean {
  return /\/\.?$/.test(path);
}

/** `dir/.` means what is in it. */
function isContent(path: string): boolean {
  return /(?:^|\/)\.$/.test(path);
}

function cannotCopy(target: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `copy to ${safeText(target)}: ${reason}`);
}
