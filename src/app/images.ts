// The images of our store: list, look up, tag, remove, prune.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { stackRows } from '../oci/history.ts';
import { familiarReference, formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore } from '../store/store.ts';
import type { TreeCache } from '../tree/cache.ts';
import { type Catalogue, type FoundEntry, type StoredEntry, fullName } from './catalogue.ts';
import type { ImageLayerSummary, ImageSummary, ImagesService, RemovedImage } from './services.ts';

export class Images implements ImagesService {
  private readonly store: ImageStore;
  private readonly catalogue: Catalogue;
  private readonly trees: TreeCache;

  constructor(store: ImageStore, catalogue: Catalogue, trees: TreeCache) {
    this.store = store;
    this.catalogue = catalogue;
    this.trees = trees;
  }

  async list({ all = true }: { all?: boolean } = {}): Promise<ImageSummary[]> {
    const entries = await this.catalogue.entries();
    const summaries = await this.summarise(entries);
    return summaries
      .filter(({ names }) => all || names.length > 0)
      .sort((a, b) => Date.parse(b.created ?? '') - Date.parse(a.created ?? '') || (a.id < b.id ? -1 : 1));
  }

  async get(image: string): Promise<{ summary: ImageSummary; image: ResolvedImage }> {
    const found = await this.catalogue.find(image);
    const summaries = await this.summarise(await this.catalogue.entries());
    const summary = summaries.find(({ digest }) => digest === found.entry.digest)!;
    return { summary, image: found.image };
  }

  async tag(source: string, target: string): Promise<string> {
    const reference = parseReference(target);
    if (reference.digest !== undefined) {
      throw new PhylloError('invalid-reference', `tag ${safeText(target)}: a tag cannot have a digest`);
    }
    const { entry } = await this.catalogue.find(source);
    const named = withDefaultTag(reference);
    await this.store.update({ set: [{ reference: formatReference(named), descriptor: entry }] });
    return familiarReference(named);
  }

  async remove(image: string, { force = false }: { force?: boolean } = {}): Promise<RemovedImage> {
    const found = await this.lookUp(image);
    if (isPhylloError(found)) return this.removeDamaged(image, found);
    const { references, askedFor } = found;
    if (askedFor !== undefined && references.length > 1) {
      await this.store.update({ removeReferences: [askedFor] });
      return { untagged: [familiar(askedFor)], deleted: [], freedBytes: 0 };
    }
    if (askedFor === undefined && references.length > 1 && !force) {
      throw new PhylloError('ambiguous', `remove image ${safeText(image)}: it has several names`, {
        hint: `Remove one of ${references.map(familiar).join(', ')}, or all of them with --force.`,
      });
    }
    const users = (await this.containersOf()).get(found.image.descriptor.digest);
    return users ? this.untagUsed(found, users, force) : this.removeWhole([found]);
  }

  /** Containers by the manifest that they stand on. */
  private async containersOf(): Promise<Map<Digest, string[]>> {
    const users = new Map<Digest, string[]>();
    for (const { manifest, container } of await this.store.pins()) {
      users.set(manifest, [...(users.get(manifest) ?? []), container.slice(0, 12)]);
    }
    return users;
  }

  /** An image that containers stand on goes with the last of them; by force its names go now. */
  private async untagUsed(
    { entry, references }: FoundEntry,
    users: readonly string[],
    force: boolean,
  ): Promise<RemovedImage> {
    if (!force) {
      throw new PhylloError(
        'locked',
        `remove image ${shortDigest(entry.digest)}: container ${users.join(', ')} is made of it`,
        { hint: `Remove the container first (phyllo rm ${users[0]}), or only the names with --force.` },
      );
    }
    await this.store.update({ removeReferences: references, add: [entry] });
    return { untagged: references.map(familiar), deleted: [], freedBytes: 0 };
  }

  /** The error where there is no such image. */
  private async lookUp(image: string): Promise<FoundEntry | PhylloError> {
    try {
      return await this.catalogue.find(image);
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return error;
      throw error;
    }
  }

  /** What the index lists and is no image any more, as its manifest or config is damaged, can go all the same. */
  private async removeDamaged(image: string, notFound: PhylloError): Promise<RemovedImage> {
    const name = fullName(image);
    const listed = (await this.store.images()).find(
      ({ descriptor, references }) =>
        descriptor.digest === image || references.some((one) => one === name || one === image),
    );
    if (!listed) throw notFound;
    const { descriptor, references } = listed;
    await this.store.update({ removeReferences: references, removeImages: [descriptor.digest] });
    return { untagged: references.map(familiar), ...(await this.collect()) };
  }

  async prune({ all = false }: { all?: boolean } = {}): Promise<RemovedImage> {
    const entries = await this.catalogue.entries();
    const used = await this.containersOf();
    return this.removeWhole(
      entries.filter(
        ({ references, image }) => (all || references.length === 0) && !used.has(image.descriptor.digest),
      ),
    );
  }

  private async removeWhole(entries: readonly StoredEntry[]): Promise<RemovedImage> {
    const removeReferences = entries.flatMap(({ references }) => references);
    const removeImages = entries.map(({ entry }) => entry.digest);
    await this.store.update({ removeReferences, removeImages });
    const { deleted, freedBytes } = await this.collect();
    return { untagged: removeReferences.map(familiar), deleted: imageFirst(entries, deleted), freedBytes };
  }

  /** While others add to the store, what nobody needs any more stays for the next time. */
  private async collect(): Promise<{ deleted: readonly Digest[]; freedBytes: number }> {
    try {
      return await this.store.gc({ graceMs: 0 });
    } catch (error) {
      if (isPhylloError(error, 'locked')) return { deleted: [], freedBytes: 0 };
      throw error;
    }
  }

  watch(onChange: () => void): () => void {
    return this.store.watch(onChange);
  }

  private async summarise(entries: readonly StoredEntry[]): Promise<ImageSummary[]> {
    const users = layerUsers(entries);
    return Promise.all(entries.map((entry) => this.summary(entry, users)));
  }

  private async summary(
    { entry, image, references }: StoredEntry,
    users: ReadonlyMap<Digest, number>,
  ): Promise<ImageSummary> {
    const instructions = layerInstructions(image);
    const layers = await Promise.all(
      image.config.diffIDs.map((diffID, index) => this.layer(image, diffID, index, instructions[index]!)),
    );
    const shared = layers.filter(({ diffID }) => users.get(diffID)! > 1);
    return {
      id: image.id,
      digest: entry.digest,
      names: references.map(familiar),
      created: image.config.created,
      platform: image.config.platform,
      layers,
      sizeBytes: totalSize(layers),
      sizeKnown: layers.every(({ sizeBytes }) => sizeBytes !== undefined),
      compressedBytes: layers.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0),
      sharedBytes: totalSize(shared),
      labels: image.config.config.labels,
    };
  }

  private async layer(
    image: ResolvedImage,
    diffID: Digest,
    index: number,
    instruction: string,
  ): Promise<ImageLayerSummary> {
    const { digest, size } = image.manifest.layers[index]!;
    const facts = await this.trees.facts(diffID);
    return { diffID, digest, instruction, sizeBytes: facts?.contentBytes, compressedBytes: size };
  }
}

/** A name that another program wrote into the index may be no reference: then it is shown as it is. */
function familiar(reference: string): string {
  try {
    return familiarReference(parseReference(reference));
  } catch {
    return safeText(reference);
  }
}

function totalSize(layers: readonly ImageLayerSummary[]): number {
  return layers.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
}

/** For each layer: how many different images have it. */
export function layerUsers(entries: readonly StoredEntry[]): Map<Digest, number> {
  const users = new Map<Digest, Set<Digest>>();
  for (const { image } of entries) {
    for (const diffID of image.config.diffIDs)
      users.set(diffID, (users.get(diffID) ?? new Set()).add(image.id));
  }
  return new Map([...users].map(([diffID, ids]) => [diffID, ids.size]));
}

/** docker names the image first, then what went with it. */
function imageFirst(entries: readonly StoredEntry[], deleted: readonly Digest[]): Digest[] {
  const ids = new Set(entries.map(({ image }) => image.id));
  return [...ids, ...deleted.filter((digest) => !ids.has(digest))];
}

/** The instruction of each layer, by layer. */
function layerInstructions({ config }: ResolvedImage): string[] {
  const rows = stackRows(config.history, config.diffIDs.length);
  return rows.filter(({ layer }) => layer !== undefined).map(({ instruction }) => instruction);
}
