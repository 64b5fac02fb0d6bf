// Builds: what is asked for becomes a session, with everything that it needs of the rest of the program.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BuildCache } from '../build/build-cache.ts';
import type { BuildParts } from '../build/build-parts.ts';
import type { BuildTools } from '../build/build-tools.ts';
import { CACHE_PREFIX, sweepMountFolders } from '../build/mount-files.ts';
import { Afterwork } from '../build/afterwork.ts';
import { CacheImages } from '../build/cache-images.ts';
import { mustBuild } from '../build/dockerfile-error.ts';
import { SteppedBuild } from '../build/session.ts';
import { openSecretMarks } from '../build/secret-marks.ts';
import { LayerMaker } from '../build/layer-maker.ts';
import { BuildSources } from '../build/sources.ts';
import { StageBases } from '../build/stage-bases.ts';
import { type PlanOptions, planStages } from '../build/stages.ts';
import { StepCache } from '../build/step-cache.ts';
import { StepRunner } from '../build/step-runner.ts';
import { parse } from '../dockerfile/parse.ts';
import type { Engine } from '../engine/engine.ts';
import { PhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { hostPlatform, parsePlatform } from '../oci/platform.ts';
import { familiarReference, formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore, Lease } from '../store/store.ts';
import type { StoreSource } from '../transport/store-source.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import {
  type BuildInput,
  type InputOptions,
  namedContexts,
  readInput,
  secretSources,
} from './build-input.ts';
import { diagnosticsOf } from './build-diagnostics.ts';
import type { BuildCacheUsage, BuildRequest, BuildsService, OpenBuild } from './build-services.ts';
import type { Catalogue } from './catalogue.ts';
import { usageOf } from './folder-usage.ts';
import type { EngineSet } from './engine-set.ts';
import { ensureImage, layerProgress } from './pull.ts';
import type { RegistryService } from './registry-services.ts';
import type { Explore } from './explore.ts';
import { LiveBuild } from './open-build.ts';
import { StoredRunImage } from './run-image.ts';
import type { WorkOptions } from './services.ts';

const EPOCH = 'SOURCE_DATE_EPOCH';

export interface BuildsParts {
  readonly store: ImageStore;
  readonly catalogue: Catalogue;
  readonly explore: Explore;
  readonly storeSource: StoreSource;
  readonly pool: IndexPool;
  readonly engines: EngineSet;
  readonly registry: Pick<RegistryService, 'pull'>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export class Builds implements BuildsService {
  private readonly parts: BuildsParts;
  private readonly cache: BuildCache;

  constructor(parts: BuildsParts) {
    this.parts = parts;
    this.cache = new BuildCache(parts.store.paths);
  }

  async open(request: BuildRequest, work: WorkOptions = {}): Promise<OpenBuild> {
    const { store } = this.parts;
    const stopped = new AbortController();
    const signal = work.signal ? AbortSignal.any([work.signal, stopped.signal]) : stopped.signal;
    const lease = await store.lease('build', signal);
    void sweepMountFolders().catch(() => undefined);
    try {
      const warnings: string[] = [];
      const options = inputOptions(signal, warnings, work);
      const places = { build: store.paths.build, unfinished: lease.directory };
      const input = await readInput(request, places, options);
      return await this.session(request, input, { lease, options, warnings, stopped });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  private async session(
    request: BuildRequest,
    input: BuildInput,
    {
      lease,
      options,
      warnings,
      stopped,
    }: { lease: Lease; options: InputOptions; warnings: string[]; stopped: AbortController },
  ): Promise<OpenBuild> {
    const { store, engines } = this.parts;
    const file = parse(input.source);
    placed(input, () => mustBuild(file, input.source, input.name));
    const named = namedContexts(request.contexts, { build: store.paths.build }, options);
    const { contexts } = named;
    const planOptions = this.planOptions(request, new Set(contexts.keys()));
    const plan = placed(input, () => planStages(file, planOptions));
    const tools = this.tools(request);
    const sources = new BuildSources({
      tools,
      stages: () => session.stages,
      context: input.context,
      contexts,
      stage: (index) => session.stageState(index),
    });
    const build: BuildParts = {
      tools,
      sources,
      lease,
      afterwork: new Afterwork(),
      args: planOptions.args,
      secretMark: await openSecretMarks(store.paths.build),
      secrets: secretSources(request.secrets, this.parts.env),
      ssh: new Map(request.ssh ?? []),
      cacheImages: new CacheImages(
        lazily(() =>
          Promise.all(
            (request.cacheFrom ?? []).map((name) => tools.resolve(name, planOptions.targetPlatform)),
          ),
        ),
      ),
      network: request.network ?? 'private',
      epochSeconds: epochOf(plan.globals.get(EPOCH) ?? planOptions.args.get(EPOCH)),
      // Which it would be is known without making it.
      engineKind: async () =>
        (request.engine ?? (await engines.choose())) === 'virtual' ? 'simulated' : 'real',
      owner: basename(lease.directory),
    };
    const layers = new LayerMaker(build, new StepCache(this.cache, store));
    const noCacheStages = new Set(request.noCacheFilter?.map((name) => name.toLowerCase()));
    const session: SteppedBuild = new SteppedBuild({
      name: input.name,
      source: input.source,
      file,
      plan,
      planOptions,
      bases: new StageBases({ build, contexts, layers }, plan),
      place: input.place,
      noCache: (stage, name) =>
        request.noCache === true ||
        noCacheStages.has(String(stage)) ||
        noCacheStages.has((name ?? '').toLowerCase()),
      runner: new StepRunner(build, layers),
      sources,
      keep: (image, names) => this.keep(image, names, lease),
    });
    return new LiveBuild({
      session,
      request,
      input,
      named,
      build,
      warnings,
      keep: (image, names) => this.keep(image, names, lease),
      explore: (image, title) => this.parts.explore.openImage(image, title),
      pool: this.parts.pool,
      stopped,
    });
  }

  private planOptions(request: BuildRequest, contexts: ReadonlySet<string>): PlanOptions {
    // The environment's is a build argument like others, but for what was given as one.
    const epoch = request.sourceDateEpoch;
    const args = new Map([...(epoch ? [[EPOCH, epoch] as const] : []), ...(request.buildArgs ?? [])]);
    const host = hostPlatform();
    return {
      args,
      target: request.target,
      buildPlatform: host,
      targetPlatform: request.platform === undefined ? host : parsePlatform(request.platform),
      contexts,
    };
  }

  private tools(request: BuildRequest): BuildTools {
    const { store, catalogue, explore, storeSource, engines, registry } = this.parts;
    let engine: Promise<Engine> | undefined;
    return {
      store,
      open: (image) => explore.openImage(image, 'build'),
      runImage: (image) =>
        new StoredRunImage(image, {
          explore: () => explore.openImage(image, 'build'),
          locate: (index) => store.locate(image.manifest.layers[index]!),
          source: storeSource,
        }),
      engine: () => (engine ??= engines.forNew(request.engine)),
      expectRun: () => engines.expectStart('step', request.engine),
      resolve: async (reference, platform, { signal, onProgress } = {}) => {
        const found = await ensureImage({ catalogue, registry }, reference, {
          policy: request.pull ? 'always' : 'missing',
          platform,
          ...(signal && { signal }),
          onLayer: layerProgress(onProgress),
        });
        return found.image;
      },
    };
  }

  /** Names the image; without a name the store lists it without one, as docker does. */
  private async keep(
    image: ResolvedImage,
    names: readonly string[],
    lease: Lease,
  ): Promise<readonly string[]> {
    const { store } = this.parts;
    const references = names.map((name) => withDefaultTag(parseReference(name)));
    const { mediaType, digest, size } = image.descriptor;
    await Promise.all([
      store.put(image.configData, image.manifest.config, { lease }),
      store.put(image.manifestData, { digest, size }, { lease }),
    ]);
    const descriptor = { mediaType, digest, size };
    await store.update({
      set: references.map((reference) => ({ reference: formatReference(reference), descriptor })),
      add: names.length === 0 ? [descriptor] : [],
    });
    return references.map(familiarReference);
  }

  async check(request: BuildRequest): ReturnType<BuildsService['check']> {
    const lease = await this.parts.store.lease('check build');
    try {
      const places = { build: this.parts.store.paths.build, unfinished: lease.directory };
      const input = await readInput(request, places, inputOptions(new AbortController().signal, [], {}));
      const file = parse(input.source);
      return { source: input.source, name: input.name, diagnostics: diagnosticsOf(input.source, file) };
    } finally {
      await lease.release();
    }
  }

  async usage(): Promise<BuildCacheUsage> {
    let [count, sizeBytes] = [0, 0];
    const seen = new Set<string>();
    for await (const { layer } of this.cache.list()) {
      count++;
      if (!seen.has(layer.digest)) sizeBytes += layer.size;
      seen.add(layer.digest);
    }
    return { count, sizeBytes };
  }

  async prune(): Promise<BuildCacheUsage> {
    const { store } = this.parts;
    const { count } = await this.usage();
    await this.cache.clear();
    const mountBytes = await removeCacheMounts(store.paths.volumes);
    const { freedBytes } = await store.gc({ graceMs: 0 });
    return { count, sizeBytes: freedBytes + mountBytes };
  }
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

function inputOptions(signal: AbortSignal, warnings: string[], { onProgress }: WorkOptions): InputOptions {
  return {
    signal,
    onWarning: (warning) => warnings.push(warning),
    onProgress: ({ bytes }) => onProgress?.({ item: 'context', doneBytes: bytes }),
  };
}

/** Throws `invalid-argument` for what is no time. */
function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new PhylloError(
    'invalid-argument',
    `read SOURCE_DATE_EPOCH ${safeText(text)}: it is no number of seconds`,
  );
}

/** What is wrong with the stages is told with the text, for whoever shows its place. */
function placed<Result>({ source, name, path }: BuildInput, plan: () => Result): Result {
  try {
    return plan();
  } catch (error) {
    const { code, message, hint, cause, data } = toPhylloError(error, 'plan build');
    const place = { source, name, path };
    throw new PhylloError(code, message, { ...(hint && { hint }), cause, data: { ...data, ...place } });
  }
}

/** Folders of `--mount=type=cache`; how many bytes that were. */
async function removeCacheMounts(volumes: string): Promise<number> {
  const names = await readdir(volumes).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, 'read volumes');
  });
  let bytes = 0;
  for (const name of names.filter((each) => each.startsWith(CACHE_PREFIX))) {
    bytes += (await usageOf(join(volumes, name))).sizeBytes;
    await rm(join(volumes, name), { recursive: true, force: true });
  }
  return bytes;
}
