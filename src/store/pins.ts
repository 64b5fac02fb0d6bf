// Images that containers stand on: the store keeps their blobs while the container is there, named or not.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { isJsonObject, parseJsonObject } from '../oci/json.ts';
import type { StorePaths } from './paths.ts';

export interface Pin {
  /** ID of the container. */
  readonly container: string;
  /** Digest of the manifest that it was made from. */
  readonly manifest: Digest;
}

const CONTAINER_ID = /^[0-9a-f]{64}$/;

/** Throws `io` for a record that cannot be read: what it needs is not known. */
export async function readPins(paths: StorePaths): Promise<Pin[]> {
  const names = await readdir(paths.containers).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, 'read containers');
  });
  const ids = names.filter((name) => CONTAINER_ID.test(name));
  const pins = await Promise.all(ids.map((id) => readPin(paths, id)));
  return pins.filter((pin) => pin !== undefined);
}

/** undefined for one that was removed meanwhile, or is not made yet. */
async function readPin(paths: StorePaths, container: string): Promise<Pin | undefined> {
  try {
    const config = parseJsonObject(
      await readFile(join(paths.containers, container, 'config.json')),
      'config.json',
    );
    const image = config['image'];
    return { container, manifest: parseDigest(isJsonObject(image) ? image['digest'] : undefined) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw new PhylloError('io', `read container ${container.slice(0, 12)}: its config.json is damaged`, {
      cause: error,
      hint: `Remove it: phyllo rm ${container.slice(0, 12)}.`,
    });
  }
}
