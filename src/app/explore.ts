// Opens any IMAGE argument for exploring, in place, and extracts files from it.
import type { Digest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import type { StoreSource } from '../transport/store-source.ts';
import type { ImageSource } from '../transport/transport.ts';
import { type Catalogue, type StoredEntry, fullName } from './catalogue.ts';
import { layerUsers } from './images.ts';
import { ExploredStack, type ExploreTools } from './explored-image.ts';
import { extractTree } from './extract.ts';
import type {
  ExploreOptions,
  ExploreService,
  ExploredImage,
  ExtractResult,
  WorkOptions,
} from './services.ts';
import type { Sources } from './sources.ts';

export class Explore implements ExploreService {
  private readonly sources: Sources;
  private readonly catalogue: Catalogue;
  private readonly store: StoreSource;
  private readonly tools: ExploreTools;

  constructor(sources: Sources, catalogue: Catalogue, store: StoreSource, tools: ExploreTools) {
    this.sources = sources;
    this.catalogue = catalogue;
    this.store = store;
    this.tools = tools;
  }

  async open(text: string, options: ExploreOptions = {}): Promise<ExploredImage> {
    const { source, select } = await this.sources.open(text, options);
    try {
      const image = await source.resolve(select, options.platform);
      return await this.explored(source, image, text);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  private async explored(source: ImageSource, image: ResolvedImage, title: string): Promise<ExploredImage> {
    const entries = await this.catalogue.entries();
    const users = layerUsers(entries);
    const own = source.kind === 'store' ? 1 : 0;
    const sharedWith = image.config.diffIDs.map((diffID) => Math.max(0, (users.get(diffID) ?? 0) - own));
    const bases = basesOf(image, entries);
    return new ExploredStack({ source, image, title, sharedWith, bases }, this.tools);
  }

  /** An image of the store by the digest of its manifest, also one that only a container keeps. */
  resolveStored(manifest: Digest): Promise<ResolvedImage> {
    return this.store.resolveManifest(manifest);
  }

  async openStored(manifest: Digest, title: string): Promise<ExploredImage> {
    return this.explored(this.store, await this.resolveStored(manifest), title);
  }

  /** For what runs: nothing is looked up that only a screen shows. */
  openImage(image: ResolvedImage, title: string): ExploredImage {
    const opened = { source: this.store, image, title, sharedWith: [], bases: [] };
    return new ExploredStack(opened, this.tools);
  }

  extract(
    image: ExploredImage,
    path: Uint8Array,
    upto: number,
    destination: string,
    options: WorkOptions = {},
  ): Promise<ExtractResult> {
    return extractTree(image, path, upto, destination, options);
  }
}

/** Images with a name whose layers are the first layers of `image`. */
function basesOf({ config }: ResolvedImage, entries: readonly StoredEntry[]): ExploredImage['bases'] {
  const named = new Map<number, string>();
  for (const { image, references } of entries) {
    const { diffIDs } = image.config;
    const isBelow = diffIDs.length > 0 && diffIDs.length < config.diffIDs.length;
    const name = references.find((reference) => fullName(reference) !== undefined);
    if (!isBelow || name === undefined || diffIDs.some((id, at) => id !== config.diffIDs[at])) continue;
    named.set(diffIDs.length - 1, familiarReference(parseReference(name)));
  }
  return [...named].sort(([a], [b]) => a - b).map(([layer, name]) => ({ layer, name }));
}
