// Unpacks an archive into the planned tree, as docker does within the destination: links in it are followed and never out of
// it, everything but a directory is replaced.
import { PhylloError } from '../../lib/errors.ts';
import type { EntryType, TarEntry } from '../../layer/entry.ts';
import { CAPABILITIES } from '../context/context-options.ts';
import type { FileFacts } from '../file-view.ts';
import { type Archive, type ArchiveEntry, readArchive } from './archive.ts';
import { ROOT_OWNER, makeDirectories } from './directories.ts';
import { type PlannedFile, type PlannedTree, isReserved } from './planned-tree.ts';
import { joinPath, nameOf, parentOf, partsOf, shownPath } from './raw-path.ts';
import type { Owner } from './request.ts';
import { resolvePath } from './resolve.ts';

export interface UnpackOptions {
  /** `--chown`. */
  readonly owner: Owner | undefined;
  /** For directories that the archive does not tell of. */
  readonly createdSeconds: number;
}

/** Yields after each entry. Throws what `readArchive` throws, `invalid-archive` for entries that cannot be unpacked. */
export async function* unpack(
  tree: PlannedTree,
  root: string,
  archive: Archive,
  { owner, createdSeconds }: UnpackOptions,
): AsyncGenerator<void> {
  for await (const archived of readArchive(archive)) {
    const { entry } = archived;
    const path = Buffer.from(entry.path).toString('latin1');
    // The directory itself is there already and keeps what it is.
    if (path === '') continue;
    if (partsOf(path).some(isReserved) || isDeletion(entry))
      throw refused(path, 'it would mean a deletion in a layer');
    const parent = resolvePath(tree, parentOf(path), { root });
    makeDirectories(tree, parent, { owner: ROOT_OWNER, seconds: createdSeconds });
    const place = joinPath(parent, nameOf(path));
    const file =
      entry.type === 'hardlink' ? linkedFile(tree, root, entry) : plainFile(archive, archived, owner);
    tree.put(place, file);
    yield;
  }
}

function isDeletion({ type, devMajor, devMinor }: TarEntry): boolean {
  return type === 'char' && devMajor === 0 && devMinor === 0;
}

function linkedFile(tree: PlannedTree, root: string, { path, linkname }: TarEntry): PlannedFile {
  const target = resolvePath(tree, Buffer.from(linkname).toString('latin1'), { root, keepsLast: true });
  const file = tree.planned(target);
  if (file !== undefined && file.facts.type !== 'dir') return file;
  throw refused(
    Buffer.from(path).toString('latin1'),
    'it is a hard link to a file that is not in the archive',
  );
}

function plainFile(archive: Archive, { entry, index }: ArchiveEntry, owner: Owner | undefined): PlannedFile {
  const facts = archivedFacts(entry, entry.type as Exclude<EntryType, 'hardlink'>, owner ?? entry);
  return facts.type === 'file'
    ? { facts, content: { kind: 'archive', file: { archive, index } } }
    : { facts };
}

function archivedFacts(entry: TarEntry, type: FileFacts['type'], { uid, gid }: Owner): FileFacts {
  const capabilities = entry.xattrs?.get(CAPABILITIES);
  return {
    type,
    mode: entry.mode,
    uid,
    gid,
    sizeBytes: entry.sizeBytes,
    mtimeSeconds: entry.mtimeSeconds,
    mtimeNanos: 0,
    ...(type === 'symlink' && { linkname: Buffer.from(entry.linkname).toString('latin1') }),
    ...((type === 'char' || type === 'block') && { devMajor: entry.devMajor, devMinor: entry.devMinor }),
    ...(capabilities && { xattrs: new Map([[CAPABILITIES, capabilities]]) }),
  };
}

function refused(path: string, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `unpack ${shownPath(path)}: ${reason}`);
}
