// Where an archive is written to. A regular file appears whole or not at all; what is no regular file (/dev/stdout, a
// FIFO, a device) is written into and never replaced: as root a rename would put a file in the place of /dev/null.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type WriteStream, createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { fsyncDirectory } from '../lib/files.ts';
import { safeText } from '../lib/text.ts';

const BUFFERED = { highWaterMark: 1024 * 1024 };

/** Throws what `write` throws, `not-found`, `no-space`, `read-only`, `invalid-argument` for a directory. */
export async function writeOutput(
  path: string,
  write: (output: NodeJS.WritableStream) => Promise<void>,
): Promise<void> {
  try {
    const target = await targetOf(path);
    if (target.isRegular) await replace(target.path, write);
    else await pour(createWriteStream(target.path, BUFFERED), write);
  } catch (error) {
    throw toPhylloError(error, `write ${safeText(path)}`);
  }
}

/** A link stays a link: the file that it names is replaced. */
async function targetOf(path: string): Promise<{ path: string; isRegular: boolean }> {
  try {
    const info = await stat(path);
    if (info.isDirectory())
      throw new PhylloError('invalid-argument', `write ${safeText(path)}: it is a directory`, {
        hint: 'Name a file, or choose the format oci-dir.',
      });
    return info.isFile() ? { path: await realpath(path), isRegular: true } : { path, isRegular: false };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return { path, isRegular: true };
    throw error;
  }
}

async function replace(path: string, write: (output: NodeJS.WritableStream) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await pour(createWriteStream(temporary, { flags: 'wx', mode: 0o644, flush: true, ...BUFFERED }), write);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncDirectory(dirname(path));
}

async function pour(
  output: WriteStream,
  write: (output: NodeJS.WritableStream) => Promise<void>,
): Promise<void> {
  try {
    await write(output);
    output.end();
    await finished(output);
  } finally {
    output.destroy();
    if (!output.closed) await once(output, 'close');
  }
}
