// The one place that constructs things.
import { existsSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { protectedPaths } from '../engine/mount-spec.ts';
import { InflatedLayers } from '../layer/seek.ts';
import type { EngineName } from '../engine/container.ts';
import type { LaunchedAgent } from '../engine/linux/launch.ts';
import { StorePaths } from '../store/paths.ts';
import { openStore } from '../store/store.ts';
import { StoreSource } from '../transport/store-source.ts';
import { TreeCache } from '../tree/cache.ts';
import { IndexPool } from '../tree/index-pool.ts';
import { StackCache } from '../tree/stack-cache.ts';
import { AnalysisThreads } from './analysis.ts';
import { Builds } from './builds.ts';
import { Catalogue } from './catalogue.ts';
import { Containers } from './containers.ts';
import { EngineAccess } from './engine-access.ts';
import { engineMakers } from './engine-makers.ts';
import { EngineSet } from './engine-set.ts';
import { Explore } from './explore.ts';
import { Images } from './images.ts';
import { LayerIndexer } from './layer-indexer.ts';
import { Registries } from './registries.ts';
import { RegistryAccess } from './registry-access.ts';
import { makeSamples } from './samples.ts';
import type { Services } from './services.ts';
import { loadSettings, settingsPath, storeRoot } from './settings.ts';
import { Sources } from './sources.ts';
import { System } from './system.ts';
import { Transfer } from './transfer.ts';
import { VerifiedSink } from './verified-sink.ts';

/** More workers than this gain nothing: the largest layer sets the time. */
const MAX_WORKERS = 4;
const MAX_INFLATED_BYTES = 4 * 1024 ** 3;
/** Some ten megabytes for an image of 200,000 files. */
const MAX_STACKS = 32;

export interface ComposeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: PHYLLO_ROOT, else the data folder of the user. */
  readonly root?: string;
  /** A container will be made and started, on this engine if it is said: what can be done ahead is begun at once. */
  readonly startsSoon?: { readonly engine?: EngineName };
  /** A screen is drawn by this thread: what takes long goes elsewhere. */
  readonly drawsScreen?: boolean;
  /** An agent of the linux engine that the launcher started. */
  readonly ahead?: LaunchedAgent | undefined;
}

export async function composeServices({
  env,
  root = storeRoot(env),
  startsSoon,
  ahead,
  drawsScreen = false,
}: ComposeOptions): Promise<Services> {
  const paths = new StorePaths(root);
  const engines = new EngineSet(engineMakers(paths, env, ahead), env['PHYLLO_ENGINE']);
  // Only in a store that is one already: a new one is made first.
  if (startsSoon && existsSync(paths.layout)) engines.expectStart('container', startsSoon.engine);
  const [store, settings] = await Promise.all([openStore(root), loadSettings(env)]);
  const trees = new TreeCache(store.paths.trees, !store.readOnly);
  const pool = new IndexPool(Math.min(availableParallelism(), MAX_WORKERS), { smallJobsHere: !drawsScreen });
  const indexer = new LayerIndexer(trees, pool);
  const inflated = new InflatedLayers(store.paths.inflated, MAX_INFLATED_BYTES);
  const stacks = new StackCache(join(store.paths.trees, 'stacks'), store.readOnly ? 0 : MAX_STACKS);
  const storeSource = new StoreSource(store);
  const catalogue = new Catalogue(store, storeSource);
  const access = new RegistryAccess(env, settings.insecureRegistries ?? []);
  const engine = new EngineAccess(env, store);
  const sources = new Sources(store, catalogue, access, engine);
  const images = new Images(store, catalogue, trees);
  const transfer = new Transfer({ store, sources, indexer, access, engine });
  const explore = new Explore(sources, catalogue, storeSource, { indexer, pool, inflated, stacks });
  const registries = new Registries({ store, indexer, catalogue, access });
  const containers = new Containers({
    store,
    catalogue,
    explore,
    storeSource,
    indexer,
    pool,
    engines,
    registry: registries,
    protectedPaths: protectedPaths({
      storeRoot: store.root,
      configDir: dirname(settingsPath(env)),
      home: env['HOME'] ?? homedir(),
    }),
  });
  const analysis = new AnalysisThreads();
  const builds = new Builds({
    store,
    catalogue,
    explore,
    storeSource,
    pool,
    engines,
    registry: registries,
    env,
  });
  return {
    builds,
    registries,
    images,
    explore,
    analysis,
    transfer,
    containers,
    system: new System(store, { images, containers, builds }),
    samples: makeSamples({
      openSink: (signal) => VerifiedSink.open(store, indexer, 'make sample', signal),
      references: async () => (await store.images()).flatMap(({ references }) => references),
    }),
    settings,
    close: async () => {
      await engines.close();
      await Promise.all([pool.close(), analysis.close()]);
    },
  };
}
