// Images of the store to registries: what is there already is not sent again.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Digest } from '../oci/digest.ts';
import {
  type Reference,
  familiarReference,
  formatReference,
  parseReference,
  withDefaultTag,
} from '../oci/reference.ts';
import type { ImageStore } from '../store/store.ts';
import { copyImage } from '../transport/copy.ts';
import { RegistrySink } from '../transport/registry-sink.ts';
import { LAYERS_AT_A_TIME } from '../transport/registry-source.ts';
import { StoreSource } from '../transport/store-source.ts';
import type { Catalogue, StoredEntry } from './catalogue.ts';
import { transferLayers } from './pull.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { PushOptions, PushedImage } from './registry-services.ts';

export interface PushParts {
  readonly store: ImageStore;
  readonly catalogue: Catalogue;
  readonly access: RegistryAccess;
}

/** One name, or with `allTags` all that the store has of its repository. */
export async function pushImages(
  parts: PushParts,
  text: string,
  options: PushOptions = {},
): Promise<PushedImage[]> {
  const wanted = parseReference(text);
  if (wanted.digest !== undefined || (options.allTags && wanted.tag !== undefined)) {
    const reason = options.allTags
      ? 'a tag and --all-tags exclude each other'
      : 'a name with a digest cannot be pushed';
    throw new PhylloError('invalid-argument', `push ${safeText(text)}: ${reason}`);
  }
  const entries = await parts.catalogue.entries();
  const names = options.allTags ? tagsOf(wanted, entries) : [withDefaultTag(wanted)];
  if (names.length === 0) {
    throw new PhylloError('not-found', `push ${safeText(text)}: the store has no image of that name`, {
      hint: 'phyllo images lists what there is; phyllo tag gives an image a name.',
    });
  }
  const pushed: PushedImage[] = [];
  for (const name of names) pushed.push(await pushImage(parts, name, entries, options));
  return pushed;
}

function tagsOf(wanted: Reference, entries: readonly StoredEntry[]): Reference[] {
  const names = entries
    .flatMap(({ references }) => references.map(parsed))
    .filter((name) => name !== undefined);
  return names
    .filter(
      ({ host, repository, tag }) =>
        host === wanted.host && repository === wanted.repository && tag !== undefined,
    )
    .sort((a, b) => (a.tag! < b.tag! ? -1 : 1));
}

async function pushImage(
  { store, catalogue, access }: PushParts,
  reference: Reference,
  entries: readonly StoredEntry[],
  options: PushOptions,
): Promise<PushedImage> {
  const { signal, onLayer } = options;
  const { image } = await catalogue.find(formatReference(reference));
  options.onName?.(formatReference(reference), `${reference.host}/${reference.repository}`);
  const source = new StoreSource(store);
  const sink = new RegistrySink(access.client(options), reference, {
    source,
    mountFrom: repositoriesWith(reference, entries),
    onLayer,
    signal,
  });
  try {
    options.onLayers?.(transferLayers(image.manifest));
    for (const { digest } of image.manifest.layers) onLayer?.({ layer: digest, status: 'Preparing' });
    await copyImage(source, image, sink, [reference], { signal, layersAtATime: LAYERS_AT_A_TIME });
    await sink.finish();
  } finally {
    await sink.close();
  }
  const { digest, size: sizeBytes } = image.descriptor;
  const name = familiarReference(reference);
  return { reference: formatReference(reference), name, tag: reference.tag!, digest, sizeBytes };
}

/** Other repositories of the registry whose images, as far as the store has them, hold a blob. */
function repositoriesWith(
  { host, repository }: Reference,
  entries: readonly StoredEntry[],
): (digest: Digest) => string[] {
  const known = new Map<Digest, Set<string>>();
  for (const { image, references } of entries) {
    const others = references
      .map(parsed)
      .filter((name) => name?.host === host && name.repository !== repository);
    for (const { digest } of image.manifest.layers) {
      const repositories = known.get(digest) ?? new Set();
      for (const other of others) repositories.add(other!.repository);
      known.set(digest, repositories);
    }
  }
  return (digest) => [...(known.get(digest) ?? [])];
}

/** Other programs may have written what is no reference. */
function parsed(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
