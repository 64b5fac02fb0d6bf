// index.json: which images the store has and what they are called. Entries with a name carry it in the annotation that
// skopeo, umoci and podman read; an entry without one is a dangling image.
import { readFileSync } from 'node:fs';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { writeAtomically } from '../lib/files.ts';
import type { Lock, Locker } from '../lib/lock.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { type Index, parseIndex } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { StorePaths } from './paths.ts';

export const REFERENCE_ANNOTATION = 'org.opencontainers.image.ref.name';
const GENERATION_ANNOTATION = 'dev.phyllo.generation';
const LOCK_TIMEOUT_MS = 30_000;

export interface StoredImage {
  readonly descriptor: Descriptor;
  /** Full references (`docker.io/library/nginx:1.27`); empty for a dangling image. */
  readonly references: readonly string[];
}

export interface IndexChange {
  /** Points names at images; a name that pointed elsewhere moves, the image that loses its last name stays, dangling. */
  readonly set?: readonly { readonly reference: string; readonly descriptor: Descriptor }[];
  /** Adds images without a name. */
  readonly add?: readonly Descriptor[];
  readonly removeReferences?: readonly string[];
  /** Removes images with all their names. */
  readonly removeImages?: readonly Digest[];
}

export const EMPTY_INDEX: Index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };

export async function readIndex(paths: StorePaths): Promise<Index> {
  let data: Buffer;
  try {
    data = readFileSync(paths.index);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw damaged(paths, 'it is missing', error);
    throw toPhylloError(error, `read ${paths.index}`);
  }
  try {
    return parseIndex(data, 'index.json');
  } catch (error) {
    throw damaged(paths, 'it is damaged', error);
  }
}

function damaged(paths: StorePaths, reason: string, cause: unknown): PhylloError {
  return new PhylloError('invalid-image', `open store ${paths.root}: index.json: ${reason}`, {
    hint: 'phyllo system check --repair rebuilds it from the blobs.',
    cause,
  });
}

/** Entries by image, names sorted. */
export function imagesOf(index: Index): StoredImage[] {
  const images = new Map<Digest, { descriptor: Descriptor; references: string[] }>();
  for (const entry of index.manifests) {
    const { annotations, ...descriptor } = entry;
    const image = images.get(entry.digest) ?? {
      descriptor: withoutName(descriptor, annotations),
      references: [],
    };
    const name = annotations?.[REFERENCE_ANNOTATION];
    if (name !== undefined && !image.references.includes(name)) image.references.push(name);
    images.set(entry.digest, image);
  }
  return [...images.values()].map(({ descriptor, references }) => ({
    descriptor,
    references: references.toSorted(byText),
  }));
}

function withoutName(descriptor: Descriptor, annotations: Descriptor['annotations']): Descriptor {
  const others = Object.entries(annotations ?? {}).filter(([key]) => key !== REFERENCE_ANNOTATION);
  return others.length === 0 ? descriptor : { ...descriptor, annotations: Object.fromEntries(others) };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Pure: the index after a change. An image stays, dangling, when its last name moves or is set elsewhere. */
export function applyChange(index: Index, change: IndexChange): Index {
  const gone = new Set(change.removeImages);
  const names = new Map<string, Descriptor>();
  const unnamed = new Map<Digest, Descriptor>();
  for (const { descriptor, references } of imagesOf(index)) {
    if (gone.has(descriptor.digest)) continue;
    unnamed.set(descriptor.digest, descriptor);
    for (const reference of references) names.set(reference, descriptor);
  }
  for (const descriptor of change.add ?? []) unnamed.set(descriptor.digest, descriptor);
  for (const { reference, descriptor } of change.set ?? []) {
    names.set(reference, descriptor);
    unnamed.set(descriptor.digest, descriptor);
  }
  for (const reference of change.removeReferences ?? []) names.delete(reference);
  const named = new Set([...names.values()].map(({ digest }) => digest));
  const manifests = [
    ...[...names].map(([reference, descriptor]) => ({
      ...descriptor,
      annotations: { ...descriptor.annotations, [REFERENCE_ANNOTATION]: reference },
    })),
    ...[...unnamed.values()].filter(({ digest }) => !named.has(digest)),
  ];
  const generation = String(generationOf(index) + 1);
  return { ...index, manifests, annotations: { ...index.annotations, [GENERATION_ANNOTATION]: generation } };
}

/** Counts the changes; 0 for an index that another program wrote. */
function generationOf(index: Index): number {
  const text = index.annotations?.[GENERATION_ANNOTATION] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** Re-reads, changes and replaces index.json while holding its lock; `check` sees the index that is about to change. */
export async function updateIndex(
  paths: StorePaths,
  locker: Locker,
  change: IndexChange,
  check: (index: Index) => Promise<void>,
): Promise<void> {
  await lockingIndex(paths, locker, async () => {
    const index = await readIndex(paths);
    await check(index);
    await writeIndex(paths, applyChange(index, change));
  });
}

/** Everything that writes index.json does so in here. */
export async function lockingIndex<Result>(
  paths: StorePaths,
  locker: Locker,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock: Lock = await locker.acquire(paths.indexLock, {
    mode: 'exclusive',
    purpose: 'update index',
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

export async function writeIndex(paths: StorePaths, index: Index): Promise<void> {
  const data = Buffer.from(JSON.stringify(index));
  if (data.length > MAX_JSON_BYTES) {
    throw new PhylloError('limit-exceeded', 'write index.json: the store has too many names', {
      hint: 'Remove images that are not needed: phyllo image prune.',
    });
  }
  await writeAtomically(paths.index, data).catch((error: unknown) => {
    throw toPhylloError(error, `write ${paths.index}`);
  });
}
