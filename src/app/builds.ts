// Builds: what is asked for becomes a session, with everything that it needs of the rest of the program.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BuildCache } from '../build/build-cache.ts';
import type { BuildParts } from '../build/build-parts.ts';
import type { BuildTools } from '../build/build-tools.ts';
import { CACHE_PREFIX } from '../build/mount-files.ts';
import { mustBuild } from '../build/dockerfile-error.ts';
import { SteppedBuild } from '../build/session.ts';
import { openSecretMarks } from '../build/secret-marks.ts';
import { BuildSources } from '../build/sources.ts';
import { StageBases } from '../build/stage-bases.ts';
import { type PlanOptions, planStages } from '../build/stages.ts';
import { StepCache } from '../build/step-cache.ts';
import { StepRunner } from '../build/step-runner.ts';
import { parse } from '../dockerfile/parse.ts';
import type { Engine } from '../engine/engine.ts';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Platform, formatPlatform, hostPlatform, parsePlatform } from '../oci/platform.ts';
import { familiarReference, formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore, Lease } from '../store/store.ts';
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
import type { Explore } from './explore.ts';
import { LiveBuild } from './open-build.ts';
import { StoredRunImage } from './run-image.ts';
import type { TransferService, WorkOptions } from './services.ts';

export interface BuildsParts {
  readonly store: ImageStore;
  readonly catalogue: Catalogue;
  readonly explore: Explore;
  readonly transfer: TransferService;
  readonly pool: IndexPool;
  readonly engines: EngineSet;
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
    const { store } = this.parts;
    const file = parse(input.source);
    mustBuild(file, input.source, input.name);
    const contexts = namedContexts(request.contexts, { build: store.paths.build }, options);
    const planOptions = this.planOptions(request, new Set(contexts.keys()));
    const plan = planStages(file, planOptions);
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
      args: planOptions.args,
      secretMark: await openSecretMarks(store.paths.build),
      secrets: secretSources(request.secrets, this.parts.env),
      ssh: new Map(request.ssh ?? []),
      network: request.network ?? 'private',
      epochSeconds: epochOf(request, planOptions.args),
      engineKind: async () => ((await tools.engine()).name === 'virtual' ? 'simulated' : 'real'),
      owner: basename(lease.directory),
    };
    const noCacheStages = new Set(request.noCacheFilter?.map((name) => name.toLowerCase()));
    const session: SteppedBuild = new SteppedBuild({
      name: input.name,
      source: input.source,
      file,
      plan,
      planOptions,
      bases: new StageBases(tools, contexts, plan),
      place: input.place,
      noCache: (stage, name) =>
        request.noCache === true ||
        noCacheStages.has(String(stage)) ||
        noCacheStages.has((name ?? '').toLowerCase()),
      runner: new StepRunner(build, new StepCache(this.cache, store)),
      sources,
      keep: (image, names) => this.keep(image, names, lease),
    });
    return new LiveBuild({
      session,
      request,
      input,
      build,
      warnings,
      keep: (image, names) => this.keep(image, names, lease),
      explore: (image, title) => this.parts.explore.openImage(image, title),
      pool: this.parts.pool,
      stopped,
    });
  }

  private planOptions(request: BuildRequest, contexts: ReadonlySet<string>): PlanOptions {
    const args = new Map(request.buildArgs ?? []);
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
    const { store, catalogue, explore, transfer, engines } = this.parts;
    let engine: Promise<Engine> | undefined;
    return {
      store,
      open: (image) => explore.openImage(image, 'build', { verified: true }),
      runImage: (image) =>
        new StoredRunImage(image, {
          explore: () => explore.openImage(image, 'build', { verified: true }),
          locate: (index) => store.locate(image.manifest.layers[index]!),
          transfer,
        }),
      engine: () => (engine ??= engines.forNew(request.engine)),
      expectRun: () => engines.expectStart(request.engine),
      resolve: async (reference, platform) => resolveBase(catalogue, reference, platform),
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
    await store.put(image.configData, image.manifest.config, { lease });
    await store.put(image.manifestData, { digest, size }, { lease });
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

function inputOptions(signal: AbortSignal, warnings: string[], { onProgress }: WorkOptions): InputOptions {
  return {
    signal,
    onWarning: (warning) => warnings.push(warning),
    onProgress: ({ bytes }) => onProgress?.({ item: 'context', doneBytes: bytes }),
  };
}

/** Throws `invalid-argument` for what is no time. */
function epochOf({ sourceDateEpoch }: BuildRequest, args: ReadonlyMap<string, string>): number | undefined {
  const text = args.get('SOURCE_DATE_EPOCH') ?? sourceDateEpoch;
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new PhylloError(
    'invalid-argument',
    `read SOURCE_DATE_EPOCH ${safeText(text)}: it is no number of seconds`,
  );
}

async function resolveBase(
  catalogue: Catalogue,
  reference: string,
  platform: Platform,
): Promise<ResolvedImage> {
  try {
    return (await catalogue.find(reference)).image;
  } catch (error) {
    if (!isPhylloError(error, 'not-found')) throw error;
    throw new PhylloError(
      'not-found',
      `find base image ${safeText(JSON.stringify(reference))}: it is not in the store`,
      {
        hint: `Load it with phyllo load, or make one with phyllo import; platform ${formatPlatform(platform)}.`,
        cause: error,
      },
    );
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
