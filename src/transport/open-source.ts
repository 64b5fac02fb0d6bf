// Opens a file or directory by what is in it, not by what it is called.
import { stat } from 'node:fs/promises';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { ArchiveFile, type ArchiveOptions, EXPECTED } from './archive-file.ts';
import { DockerArchiveSource } from './docker-archive.ts';
import { ociArchive, openOciDirectory } from './oci-layout.ts';
import type { ImageSource } from './transport.ts';

/** Throws `not-found`, `invalid-archive` (with what it looks like instead). */
export async function openPath(path: string, options: ArchiveOptions): Promise<ImageSource> {
  const info = await stat(path).catch((error: unknown) => {
    throw toPhylloError(error, `open ${safeText(path)}`);
  });
  if (info.isDirectory()) return openOciDirectory(path);
  if (!info.isFile())
    throw new PhylloError('invalid-archive', `open ${safeText(path)}: it is no regular file`);
  const archive = await ArchiveFile.open(path, options);
  if (archive.has('manifest.json')) return new DockerArchiveSource(archive);
  if (archive.has('index.json')) return ociArchive(archive);
  await archive.close();
  const reason = info.size === 0 ? 'it is empty' : 'neither manifest.json nor index.json is in it';
  throw new PhylloError('invalid-archive', `open ${safeText(path)}: ${reason}`, {
    hint: looksLikeRootFs(archive)
      ? 'It looks like a root file system: phyllo import makes an image of it.'
      : EXPECTED,
  });
}

function looksLikeRootFs(archive: ArchiveFile): boolean {
  for (const name of archive.names()) if (/^(?:etc|usr|bin)\//.test(name)) return true;
  return false;
}
