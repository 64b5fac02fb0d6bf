// What the faces (cli, tui, ssh) may ask for. Types only; `compose.ts` makes the real ones.
import type { Readable } from 'node:stream';
import type { ReportProgress } from '../lib/progress.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { StackRow } from '../oci/history.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { Platform } from '../oci/platform.ts';
import type { FileContent } from '../tree/content.ts';
import type { CheckReport } from '../store/check.ts';
import type { LayerTree } from '../tree/layer-tree.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { SaveFormat } from '../transport/save-format.ts';
import type { SearchQuery } from '../tree/search.ts';
import type { AnalysisService } from './analysis-services.ts';
import type { BuildsService } from './build-services.ts';
import type { ContainersService } from './container-services.ts';
import type { RegistryService } from './registry-services.ts';

/** Long work: tells what it does and stops at once on `signal`. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

export interface Services {
  readonly images: ImagesService;
  readonly explore: ExploreService;
  readonly analysis: AnalysisService;
  readonly transfer: TransferService;
  readonly containers: ContainersService;
  readonly builds: BuildsService;
  readonly registries: RegistryService;
  readonly system: SystemService;
  readonly samples: SamplesService;
  readonly settings: Settings;
  /** Stops workers and frees locks; safe to call twice. */
  close(): Promise<void>;
}

// ---------------------------------------------------------------- images

export interface ImageLayerSummary {
  readonly diffID: Digest;
  readonly digest: Digest;
  /** What made it, as a Dockerfile would have it. Foreign text, not yet safe to show. */
  readonly instruction: string;
  /** Bytes of the layer's files, hard links counted once; undefined until the layer was indexed once. */
  readonly sizeBytes: number | undefined;
  readonly compressedBytes: number;
}

export interface ImageSummary {
  readonly id: Digest;
  /** Digest of the manifest. */
  readonly digest: Digest;
  /** Familiar names (`nginx:1.27`), sorted; empty for a dangling image. */
  readonly names: readonly string[];
  readonly created: string | undefined;
  readonly platform: Platform;
  readonly layers: readonly ImageLayerSummary[];
  /** Sum over layers (0 for layers not indexed yet, see `sizeKnown`). */
  readonly sizeBytes: number;
  readonly sizeKnown: boolean;
  readonly compressedBytes: number;
  /** Bytes in layers that at least one other image of the store has too. */
  readonly sharedBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RemovedImage {
  readonly untagged: readonly string[];
  /** Image IDs and blob digests that went with the last name. */
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}

export interface ImagesService {
  /** Newest first, as `docker images`. `all: false` leaves out images that no name points to. */
  list(options?: { all?: boolean }): Promise<ImageSummary[]>;
  /** By name, ID prefix (>= 4 hex digits) or digest. Throws `not-found`, `ambiguous`. */
  get(image: string): Promise<{ summary: ImageSummary; image: ResolvedImage }>;
  /** Points `target` at the image `source` names. Returns the familiar name. */
  tag(source: string, target: string): Promise<string>;
  /** Untags a name; the image goes with its last name, or with all its names by ID and `force`. */
  remove(image: string, options?: { force?: boolean }): Promise<RemovedImage>;
  /** Removes dangling images (or with `all`, images nobody uses) and unreferenced blobs. */
  prune(options?: { all?: boolean }): Promise<RemovedImage>;
  /** Calls back when the store's index changes, also when another process changed it. Returns the unsubscriber. */
  watch(onChange: () => void): () => void;
}

// --------------------------------------------------------------- explore

export interface LayerInfo {
  readonly index: number;
  readonly diffID: Digest;
  readonly digest: Digest;
  readonly chainID: Digest;
  readonly mediaType: string;
  /** Bytes of the blob as stored. */
  readonly compressedBytes: number;
  /** Other images of our store that have this layer. */
  readonly sharedWith: number;
}

export interface IndexProgress {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** An image opened for exploring: manifest, config and history at once, trees and the stack as they come. */
export interface ExploredImage {
  readonly image: ResolvedImage;
  readonly config: ImageConfig;
  /** Safe to show: the name it was asked for by. */
  readonly title: string;
  /** It is an image of our store. */
  readonly stored: boolean;
  readonly rows: readonly StackRow[];
  readonly layers: readonly LayerInfo[];
  /** Images of our store that this one stands on, base first: `layer` is the last one that they have. */
  readonly bases: readonly { readonly layer: number; readonly name: string }[];
  /** Tree of layer i; rejects with the layer's own error. */
  readonly trees: readonly Promise<LayerTree>[];
  /** The whole stack; resolves when all trees are there. */
  readonly stack: Promise<StackIndex>;
  /**
   * The stack with every layer verified and every content compared: the same numbering, but no `contentUnknown`
   * reason. The first call starts the work where it was not done yet (uncompressed archives are indexed by their
   * headers alone); rejects with `digest-mismatch` when a layer is not what the image says.
   */
  exact(): Promise<StackIndex>;
  /** Calls back at most every 100 ms while layers are being indexed. Returns the unsubscriber. */
  onProgress(listener: (progress: IndexProgress) => void): () => void;
  /** Content of the file that `layer`'s tree has at `node`. Hard links lead to their target's bytes. */
  content(layer: number, node: number): Promise<FileContent>;
  /** Matching union nodes of the stack, ascending; runs off the main thread. */
  search(query: SearchQuery, signal?: AbortSignal): Promise<Int32Array>;
  close(): Promise<void>;
}

export interface ExploreOptions extends WorkOptions {
  readonly platform?: Platform;
}

export interface ExtractResult {
  readonly files: number;
  readonly bytes: number;
  /** What could not be kept (owner, device nodes, xattrs without privilege), one line each, safe to show. */
  readonly warnings: readonly string[];
}

export interface ExploreService {
  /** Any IMAGE argument of the command line. Copies nothing into the store. */
  open(image: string, options?: ExploreOptions): Promise<ExploredImage>;
  /** Writes the file or subtree at `path` as of layer `upto` below `destination`; never outside of it. */
  extract(
    image: ExploredImage,
    path: Uint8Array,
    upto: number,
    destination: string,
    options?: WorkOptions,
  ): Promise<ExtractResult>;
}

// -------------------------------------------------------------- transfer

export type { SaveFormat };
export type { FileContent };
export type { CheckReport };

export interface LoadedImage {
  readonly id: Digest;
  /** Familiar names that now point to it; empty when the archive gave none. */
  readonly names: readonly string[];
}

export interface ImportOptions extends WorkOptions {
  readonly message?: string;
  /** Dockerfile instructions that set the configuration (CMD, ENV …). */
  readonly changes?: readonly string[];
}

export interface TransferService {
  /** Loads every image of an archive or layout into the store. `input` is a path, or a stream for standard input. */
  load(input: string | Readable, options?: WorkOptions & { platform?: Platform }): Promise<LoadedImage[]>;
  /** Writes images to a path, or to a stream (archives only). */
  save(
    images: readonly string[],
    output: string | NodeJS.WritableStream,
    options?: WorkOptions & { format?: SaveFormat },
  ): Promise<void>;
  /** Any source form to any destination form of the IMAGE grammar. */
  copy(source: string, destination: string, options?: WorkOptions & { platform?: Platform }): Promise<Digest>;
  /** A root file system tar as a one-layer image. */
  import(input: string | Readable, name: string | undefined, options?: ImportOptions): Promise<Digest>;
}

// ---------------------------------------------------------------- system

export interface UsageOf {
  readonly count: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

export interface DiskUsage {
  readonly images: UsageOf;
  /** Those that phyllo keeps itself: what they wrote. `running` of them do. */
  readonly containers: UsageOf & { readonly running: number };
  readonly blobs: UsageOf;
  /** Layers unpacked for containers. */
  readonly layers: UsageOf;
  /** What builds remember. */
  readonly builds: UsageOf;
  readonly caches: UsageOf;
}

export interface PrunedSystem {
  /** IDs of containers. */
  readonly containers: readonly string[];
  readonly images: RemovedImage;
  /** Of all that went. */
  readonly freedBytes: number;
}

export interface SystemService {
  readonly root: string;
  readonly readOnly: boolean;
  diskUsage(): Promise<DiskUsage>;
  check(options?: WorkOptions & { repair?: boolean }): Promise<CheckReport>;
  /**
   * Removes containers that do not run, dangling images, what builds remember, unreferenced blobs and, with `all`, unpacked layers that no
   * container needs and the caches.
   */
  prune(options?: { all?: boolean }): Promise<PrunedSystem>;
}

// --------------------------------------------------------------- samples

export interface SampleSummary {
  readonly name: string;
  readonly title: string;
  /** Familiar name of the image it makes. */
  readonly image: string;
  readonly present: boolean;
}

export interface SamplesService {
  list(): Promise<SampleSummary[]>;
  /** Makes the sample image in the store with our own writer; no network, no engine. Returns its familiar name. */
  make(name: string, options?: WorkOptions): Promise<string>;
}

// -------------------------------------------------------------- settings

export type ThemeName = 'auto' | 'dark' | 'light' | 'high-contrast' | 'none';

export interface Settings {
  readonly theme: ThemeName;
  /** Whether the terminal reports wheel and clicks from the start. */
  readonly mouse: boolean;
  /** Key overrides: action id to the keys that shall trigger it, e.g. `{"layer.next": ["]", "w"]}`. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** Hosts of registries that may be asked without TLS, or without verifying it. */
  readonly insecureRegistries?: readonly string[];
  /** What was wrong in the file, safe to show; the rest of it is used. */
  readonly warnings: readonly string[];
}
