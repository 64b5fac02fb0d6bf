// Which blobs the images need: from the index down through indexes, manifests and configs.
import { isPhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseIndex, parseManifest } from '../oci/manifest.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import type { Blobs } from './blobs.ts';

export interface Problem {
  readonly descriptor: Descriptor;
  readonly error: unknown;
}

/** Indexes in indexes; real ones have two levels. */
const MAX_DEPTH = 8;

/**
 * Every descriptor below `roots`, by digest. A document that cannot be read is told to `onProblem` and what it would
 * name is not followed. Indexes may name platforms that were never fetched: absent manifests there are no problem.
 */
export async function reachable(
  blobs: Blobs,
  roots: readonly Descriptor[],
  onProblem: (problem: Problem) => void,
): Promise<Map<Digest, Descriptor>> {
  const found = new Map<Digest, Descriptor>();
  const visit = async (descriptor: Descriptor, depth: number): Promise<void> => {
    if (found.has(descriptor.digest)) return;
    found.set(descriptor.digest, descriptor);
    if (depth > MAX_DEPTH) return;
    try {
      for (const child of await children(blobs, descriptor)) await visit(child, depth + 1);
    } catch (error) {
      if (!isPhylloError(error)) throw error;
      onProblem({ descriptor, error });
    }
  };
  for (const root of roots) await visit(root, 0);
  return found;
}

async function children(blobs: Blobs, descriptor: Descriptor): Promise<Descriptor[]> {
  const { mediaType } = descriptor;
  if (!isIndexType(mediaType) && !isManifestType(mediaType)) return [];
  const data = await blobs.read(descriptor);
  if (isManifestType(mediaType)) {
    const { config, layers, subject } = parseManifest(data);
    return [config, ...layers, ...(subject === undefined || !(await blobs.has(subject)) ? [] : [subject])];
  }
  const present = await Promise.all(
    parseIndex(data).manifests.map(async (child) => ((await blobs.has(child)) ? child : undefined)),
  );
  return present.filter((child) => child !== undefined);
}
