// An image opened for exploring: manifest, config and history at once; trees and the merged stack as they come.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { chainIDs } from '../oci/config.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import { type StackRow, stackRows } from '../oci/history.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { InflatedLayers } from '../layer/seek.ts';
import type { ImageSource } from '../transport/transport.ts';
import { type FileContent, openContent } from '../tree/content.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import { type LayerTree, isSameTree } from '../tree/layer-tree.ts';
import type { SearchQuery } from '../tree/search.ts';
import type { NamedTree, StackCache } from '../tree/stack-cache.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { type TocLayer, openTocContent } from '../tree/toc-content.ts';
import { ProgressMeter } from './index-progress.ts';
import type { IndexedLayer, LayerIndexer, LayerToIndex } from './layer-indexer.ts';
import type { ExploredImage, IndexProgress, LayerInfo } from './services.ts';

export interface ExploreTools {
  readonly indexer: LayerIndexer;
  readonly pool: IndexPool;
  readonly inflated: InflatedLayers;
  readonly stacks: StackCache;
}

export interface OpenedImage {
  readonly source: ImageSource;
  readonly image: ResolvedImage;
  readonly title: string;
  /** For each layer: how many other images of the store have it. */
  readonly sharedWith: readonly number[];
  readonly bases: ExploredImage['bases'];
}

export class ExploredStack implements ExploredImage {
  readonly image: ResolvedImage;
  readonly title: string;
  readonly rows: readonly StackRow[];
  readonly layers: readonly LayerInfo[];
  readonly bases: ExploredImage['bases'];
  readonly trees: readonly Promise<LayerTree>[];
  readonly stack: Promise<StackIndex>;
  private readonly source: ImageSource;
  private readonly tools: ExploreTools;
  private readonly stopped = new AbortController();
  private readonly progress: ProgressMeter;
  private readonly indexed: readonly Promise<IndexedLayer>[];
  /** Of layers whose tree was known without it. */
  private readonly tocs = new Map<number, Promise<TocLayer | undefined>>();
  private exactStack: Promise<StackIndex> | undefined;
  /** Nobody has to wait for the cache. */
  private saving: Promise<void> | undefined;

  constructor({ source, image, title, sharedWith, bases }: OpenedImage, tools: ExploreTools) {
    this.source = source;
    this.image = image;
    this.tools = tools;
    this.title = safeText(title);
    this.rows = stackRows(image.config.history, image.config.diffIDs.length);
    this.layers = describeLayers(image, sharedWith);
    this.bases = bases;
    this.progress = new ProgressMeter(this.layers.map(({ compressedBytes }) => compressedBytes));
    this.indexed = this.indexAll();
    this.trees = this.indexed.map(async (layer) => (await layer).tree);
    this.stack = this.mergeAll();
    // Whoever looks at a tree or the stack sees its error; nobody looking is no crash.
    for (const promise of [...this.trees, this.stack]) promise.catch(ignore);
  }

  get stored(): boolean {
    return this.source.kind === 'store';
  }

  get config(): ResolvedImage['config'] {
    return this.image.config;
  }

  /** Largest first, so that the last worker is not left alone with the longest layer. */
  private indexAll(): Promise<IndexedLayer>[] {
    const order = this.layers.toSorted((a, b) => b.compressedBytes - a.compressedBytes);
    const started = new Map(order.map(({ index }) => [index, this.indexLayer(index)]));
    return this.layers.map(({ index }) => started.get(index)!);
  }

  private async indexLayer(index: number): Promise<IndexedLayer> {
    const { signal } = this.stopped;
    const onProgress = (doneBytes: number): void => this.progress.update(index, doneBytes);
    const wanted = this.layerToIndex(index);
    const layer = await this.tools.indexer.index(this.source, wanted, { signal, onProgress });
    this.progress.finish(index);
    return layer;
  }

  private layerToIndex(index: number): LayerToIndex {
    return {
      descriptor: this.image.manifest.layers[index]!,
      diffID: this.image.config.diffIDs[index]!,
      isStored: ['store', 'registry'].includes(this.source.kind),
      isRemote: this.source.kind === 'registry',
      isPassing: this.source.kind === 'docker-daemon',
    };
  }

  private async mergeAll(): Promise<StackIndex> {
    return this.merge(await Promise.all(this.indexed));
  }

  private async merge(trees: readonly NamedTree[]): Promise<StackIndex> {
    const known = await this.tools.stacks.load(trees);
    if (known) return known;
    const { signal } = this.stopped;
    const stack = await this.tools.pool.merge(
      trees.map(({ tree }) => tree),
      { signal },
    );
    this.saving = this.tools.stacks.save(trees, stack);
    return stack;
  }

  exact(): Promise<StackIndex> {
    this.exactStack ??= this.verifyAll();
    return this.exactStack;
  }

  private async verifyAll(): Promise<StackIndex> {
    const indexed = await Promise.all(this.indexed);
    if (indexed.every(({ verified }) => verified)) return this.stack;
    this.progress.restart(indexed.map(({ verified }) => !verified));
    return this.merge(
      await Promise.all(
        indexed.map(async (layer, index) => (layer.verified ? layer : this.verifyLayer(index))),
      ),
    );
  }

  private async verifyLayer(index: number): Promise<NamedTree> {
    const { signal } = this.stopped;
    const onProgress = (doneBytes: number): void => this.progress.update(index, doneBytes);
    const layer = this.layerToIndex(index);
    const tree = await this.tools.indexer.verify(this.source, layer, { signal, onProgress });
    this.progress.finish(index);
    const { toc } = await this.indexed[index]!;
    if (toc && !isSameTree(toc.tree, tree)) throw lyingToc(layer.descriptor.digest);
    return { tree, name: layer.diffID };
  }

  onProgress(listener: (progress: IndexProgress) => void): () => void {
    return this.progress.subscribe(listener);
  }

  async content(layer: number, node: number): Promise<FileContent> {
    const { signal } = this.stopped;
    const wanted = this.layerToIndex(layer);
    const apart = await this.contentByToc(layer, node);
    if (apart) return apart;
    const known = await this.tools.inflated.find(wanted.diffID);
    const tar =
      known ??
      (await this.tools.inflated.open(
        await this.source.locate(wanted.descriptor, { signal }),
        wanted.diffID,
        { signal },
      ));
    return openContent(tar, ...(await this.wholeTree(layer, node)));
  }

  /** Of a layer far away that has a table of contents, also where the tree was known without it. */
  private async contentByToc(layer: number, node: number): Promise<FileContent | undefined> {
    const { tree, toc } = await this.indexed[layer]!;
    if (toc) return openTocContent(toc, node);
    const wanted = this.layerToIndex(layer);
    if (!wanted.isRemote || (await this.tools.inflated.find(wanted.diffID))) return undefined;
    const { signal } = this.stopped;
    const asked = this.tocs.get(layer) ?? this.tools.indexer.toc(this.source, wanted, { signal });
    this.tocs.set(layer, asked);
    asked.catch(() => this.tocs.delete(layer));
    const found = await asked;
    // The node's number is that of the whole tree.
    return found && isSameTree(found.tree, tree) ? openTocContent(found, node) : undefined;
  }

  /** A tree that tells where files lie in the tar, and the node in it. */
  private async wholeTree(layer: number, node: number): Promise<[tree: LayerTree, node: number]> {
    const { tree, toc } = await this.indexed[layer]!;
    if (toc === undefined) return [tree, node];
    const whole = (await this.verifyLayer(layer)).tree;
    return [whole, node];
  }

  async search(query: SearchQuery, signal?: AbortSignal): Promise<Int32Array> {
    const either =
      signal === undefined ? this.stopped.signal : AbortSignal.any([signal, this.stopped.signal]);
    return this.tools.pool.search(await this.stack, query, { signal: either });
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await Promise.allSettled(this.indexed);
    await this.saving;
    await this.source.close();
  }
}

function ignore(): void {}

/** Nodes have numbers: those of the table would stand for other files. */
function lyingToc(digest: Digest): PhylloError {
  return new PhylloError(
    'digest-mismatch',
    `verify layer ${shortDigest(digest)}: its table of contents is not what it holds`,
    { hint: 'The layer was made to look like another; phyllo pull brings what it really holds.' },
  );
}

function describeLayers({ manifest, config }: ResolvedImage, sharedWith: readonly number[]): LayerInfo[] {
  const chain = chainIDs(config.diffIDs);
  return config.diffIDs.map((diffID: Digest, index): LayerInfo => {
    const { digest, mediaType, size } = manifest.layers[index]!;
    return {
      index,
      diffID,
      digest,
      chainID: chain[index]!,
      mediaType,
      compressedBytes: size,
      sharedWith: sharedWith[index] ?? 0,
    };
  });
}
