// The store's images with their manifests and configs. Documents never change under their digest, so each is read
// once per process.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { StoreSource } from '../transport/store-source.ts';
import type { StoredImage } from '../store/index-file.ts';
import type { ImageStore } from '../store/store.ts';

export interface StoredEntry {
  /** What the index lists: the manifest, or an index of several platforms. */
  readonly entry: Descriptor;
  /** For this machine's platform, where there are several. */
  readonly image: ResolvedImage;
  /** Full references as the store keeps them, sorted. */
  readonly references: readonly string[];
}

/** What `find` was asked for: which of the image's names it was, if it was one. */
export interface FoundEntry extends StoredEntry {
  readonly askedFor: string | undefined;
}

const SHORTEST_PREFIX = 4;

export class Catalogue {
  private readonly store: ImageStore;
  private readonly source: Pick<StoreSource, 'resolveListed'>;
  private readonly documents = new Map<Digest, ResolvedImage>();

  constructor(store: ImageStore, source: Pick<StoreSource, 'resolveListed'>) {
    this.store = store;
    this.source = source;
  }

  /** Every image of the index that is whole; artifacts that are no images, and damaged entries, are left out. */
  async entries(): Promise<StoredEntry[]> {
    const stored = await this.store.images();
    const entries = await Promise.all(
      stored.map(async (listed) => {
        const image = await this.read(listed);
        return image && { entry: listed.descriptor, image, references: listed.references };
      }),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  /** Reads that image alone; undefined when there is none, or it is damaged. */
  private async named(name: string): Promise<StoredEntry | undefined> {
    const listed = (await this.store.images()).find(({ references }) => references.includes(name));
    const image = listed && (await this.read(listed));
    return image && { entry: listed.descriptor, image, references: listed.references };
  }

  private async read(listed: StoredImage): Promise<ResolvedImage | undefined> {
    const { digest } = listed.descriptor;
    const known = this.documents.get(digest);
    if (known) return known;
    try {
      const image = await this.source.resolveListed(listed);
      this.documents.set(digest, image);
      return image;
    } catch (error) {
      if (isPhylloError(error)) return undefined;
      throw error;
    }
  }

  /** By name first, then digest, then ID prefix, as docker does. Throws `not-found`, `ambiguous`. */
  async find(text: string): Promise<FoundEntry> {
    const name = fullName(text);
    const named = name === undefined ? undefined : await this.named(name);
    if (named) return { ...named, askedFor: name };
    const entries = await this.entries();
    const found = entries.filter((entry) => matchesID(entry, text));
    const ids = new Set(found.map(({ image }) => image.id));
    if (ids.size > 1) throw ambiguous(text, [...ids]);
    if (found[0] === undefined) throw notFound(text);
    return { ...found[0], askedFor: undefined };
  }
}

/** The full name that a text means, if it is a name at all. */
export function fullName(text: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}

function matchesID({ entry, image, references }: StoredEntry, text: string): boolean {
  if (text === image.id || text === image.descriptor.digest || text === entry.digest) return true;
  const at = text.indexOf('@');
  if (at > 0)
    return (
      text.slice(at + 1) === image.descriptor.digest && references.some((name) => sameRepository(name, text))
    );
  const prefix = text.replace(/^sha256:/, '');
  return (
    prefix.length >= SHORTEST_PREFIX && /^[0-9a-f]+$/.test(prefix) && digestHex(image.id).startsWith(prefix)
  );
}

function sameRepository(name: string, text: string): boolean {
  if (fullName(name) === undefined || fullName(text) === undefined) return false;
  const [a, b] = [parseReference(name), parseReference(text)];
  return a.host === b.host && a.repository === b.repository;
}

function notFound(text: string): PhylloError {
  return new PhylloError('not-found', `find image ${JSON.stringify(text)}: no such image`, {
    hint: 'phyllo images lists what there is; phyllo load adds an archive.',
  });
}

function ambiguous(text: string, ids: readonly Digest[]): PhylloError {
  return new PhylloError('ambiguous', `find image ${JSON.stringify(text)}: several images begin so`, {
    hint: ids.map((id) => digestHex(id).slice(0, 16)).join(' '),
  });
}
