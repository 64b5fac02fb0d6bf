// Marks by which secrets are told apart in cache records. They are made with a key of the store's own, so that nobody can
// find out what a short secret was by trying.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
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
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Whoever is first makes it.
    await writeFile(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error;
    });
    return await readFile(path);
  } catch (error) {
    throw toPhylloError(error, 'make key of build cache');
  }
}
