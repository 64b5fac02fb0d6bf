// Opens any IMAGE argument for exploring, in place, and extracts files from it.
import type { ResolvedImage } from '../oci/image.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
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
  private readonly tools: ExploreTools;

  constructor(sources: Sources, catalogue: Catalogue, tools: ExploreTools) {
    this.sources = sources;
    this.catalogue = catalogue;
    this.tools = tools;
  }

  async open(text: string, options: ExploreOptions = {}): Promise<ExploredImage> {
    const { source, select } = await this.sources.open(text, options);
    try {
      const image = await source.resolve(select, options.platform);
      const entries = await this.catalogue.entries();
      const users = layerUsers(entries);
      const own = source.kind === 'store' ? 1 : 0;
      const sharedWith = image.config.diffIDs.map((diffID) => Math.max(0, (users.get(diffID) ?? 0) - own));
      const bases = basesOf(image, entries);
      return new ExploredStack({ source, image, title: text, sharedWith, bases }, this.tools);
    } catch (error) {
      await source.close();
      throw error;
    }
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
