// Marks by which secrets are told apart in cache records. They are made with a key of the store's own, so that nobody can
// find out what a short secret was by trying.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../lib/errors.ts';

const KEY_BYTES = 32;

/** `directory` is `$PHYLLO_ROOT/build`. */
export async function openSecretMarks(directory: string): Promise<(text: string) => string> {
  const key = await keyIn(directory);
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
}

async function keyIn(directory: string): Promise<Buffer> {
  const path = join(directory, 'secret-marks.key');
  try {
    const known = await readKey(path);
    if (known !== undefined) return known;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await makeKey(directory, path);
    return (await readKey(path))!;
  } catch (error) {
    throw toPhylloError(error, 'make key of build cache');
  }
}

/** undefined where there is none, or a part of one. */
async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    const key = await readFile(path);
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** It appears as a whole; of several who make one at once, the first one's stays. */
async function makeKey(directory: string, path: string): Promise<void> {
  const temporary = join(directory, `.secret-marks.${randomUUID()}`);
  try {
    await writeFile(temporary, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 });
    await link(temporary, path).catch(async (error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error;
      if ((await readKey(path)) === undefined) await rename(temporary, path);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
