// Layers that builds remember: the store keeps them until that is forgotten. What a record is else is not known here.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../lib/errors.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { isJsonObject } from '../oci/json.ts';
import type { StorePaths } from './paths.ts';

const AT_ONCE = 64;

/** A record that cannot be read keeps nothing: builds do not use it either. */
export async function readBuildLayers(paths: StorePaths): Promise<Set<Digest>> {
  const names = await readdir(paths.buildRecords).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, 'read build cache');
  });
  const layers = new Set<Digest>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE).map((name) => layerOf(join(paths.buildRecords, name)));
    for (const digest of await Promise.all(some)) if (digest !== undefined) layers.add(digest);
  }
  return layers;
}

async function layerOf(path: string): Promise<Digest | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    const layer = isJsonObject(record) ? record['layer'] : undefined;
    const digest = isJsonObject(layer) ? layer['digest'] : undefined;
    return isDigest(digest) ? digest : undefined;
  } catch {
    return undefined;
  }
}
