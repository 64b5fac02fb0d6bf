// What all steps of one build share.
import type { NetworkMode } from '../engine/container.ts';
import type { Lease } from '../store/store.ts';
import type { Afterwork } from './afterwork.ts';
import type { BuildArgs } from './build-args.ts';
import type { CacheImages } from './cache-images.ts';
import type { BuildTools } from './build-tools.ts';
import type { BuildSources } from './sources.ts';

export interface SecretSource {
  read(): Promise<Uint8Array>;
}

export interface BuildParts {
  readonly tools: BuildTools;
  readonly sources: BuildSources;
  /** Keeps what the build puts into the store, and has a folder for unfinished files. */
  readonly lease: Lease;
  readonly afterwork: Afterwork;
  readonly args: BuildArgs;
  /** Tells secrets apart, in cache records, without telling what they are. */
  readonly secretMark: (text: string) => string;
  readonly secrets: ReadonlyMap<string, SecretSource>;
  /** Sockets of agents by their IDs. */
  readonly ssh: ReadonlyMap<string, string>;
  /** `--cache-from`. */
  readonly cacheImages: CacheImages;
  /** For RUN without `--network`. */
  readonly network: NetworkMode;
  /** SOURCE_DATE_EPOCH, where it is set. */
  readonly epochSeconds: number | undefined;
  /** What an engine that only simulates makes must never be taken for the real thing. */
  readonly engineKind: () => Promise<'real' | 'simulated'>;
  /** Marks containers as the build's. */
  readonly owner: string;
}
