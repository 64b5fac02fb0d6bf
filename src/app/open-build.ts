// A build that somebody drives: its session, and what a screen or the command line wants around it.
import { readFile } from 'node:fs/promises';
import type { BuildParts } from '../build/build-parts.ts';
import type { StepId } from '../build/build.ts';
import { plannedMounts } from '../build/run-work.ts';
import { Expander } from '../build/expansion.ts';
import { type ReadyMounts, prepareMounts } from '../build/mount-files.ts';
import { BUILD_LABEL } from '../build/run-step.ts';
import type { SteppedBuild } from '../build/session.ts';
import { type StageState, envList, imageOf } from '../build/stage-state.ts';
import type { Diagnostic } from '../dockerfile/instruction.ts';
import type { ContainerId } from '../engine/container.ts';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { IndexPool } from '../tree/index-pool.ts';
import type { BuildInput, NamedContexts } from './build-input.ts';
import type { BuildRequest, LiveStep, OpenBuild } from './build-services.ts';
import { LiveContainer } from './explored-container.ts';
import { diagnosticsOf } from './build-diagnostics.ts';
import { containerSpec } from './container-spec.ts';
import type { ExploredImage } from './services.ts';

export interface LiveBuildParts {
  readonly session: SteppedBuild;
  readonly request: BuildRequest;
  readonly input: BuildInput;
  readonly named: Pick<NamedContexts, 'done'>;
  readonly build: BuildParts;
  /** What was met while the context was read; grows. */
  readonly warnings: readonly string[];
  readonly keep: (image: ResolvedImage, names: readonly string[]) => Promise<readonly string[]>;
  readonly explore: (image: ResolvedImage, title: string) => ExploredImage;
  readonly pool: IndexPool;
  readonly stopped: AbortController;
}

const SHELLS = ['bin/bash', 'bin/sh', 'bin/ash', 'busybox/sh'];

export class LiveBuild implements OpenBuild {
  readonly session: SteppedBuild;
  private readonly parts: LiveBuildParts;
  private readonly shells: { id: ContainerId; ready: ReadyMounts | undefined }[] = [];

  constructor(parts: LiveBuildParts) {
    this.parts = parts;
    this.session = parts.session;
  }

  get path(): string | undefined {
    return this.parts.input.path;
  }

  get diagnostics(): readonly Diagnostic[] {
    const { source, file } = this.session.dockerfile;
    return diagnosticsOf(source, file);
  }

  get warnings(): readonly string[] {
    return this.parts.warnings;
  }

  explore(image: ResolvedImage, title: string): ExploredImage {
    return this.parts.explore(image, title);
  }

  async shell(id: StepId, when: 'before' | 'after'): Promise<ContainerId> {
    const step = this.session.steps.find((each) => each.id === id);
    const state = this.session.stateAt(id, when);
    if (step === undefined || state === undefined) {
      throw new PhylloError('invalid-argument', 'open shell: the step did not run yet');
    }
    const { build } = this.parts;
    const engine = await build.tools.engine();
    const image = imageOf(state);
    // Whoever looks at the container wants its image from the store.
    await this.parts.build.tools.store.put(image.configData, image.manifest.config, { lease: build.lease });
    await this.parts.build.tools.store.put(image.manifestData, image.descriptor, { lease: build.lease });
    const ready = await this.mountsOf(step.instruction, state);
    const source = build.tools.runImage(image);
    try {
      const spec = containerSpec(
        {
          image: image.id,
          entrypoint: [await this.shellIn(state)],
          env: [...envList(state.env), ...(ready?.env ?? [])],
          tty: true,
          stdin: true,
          network: build.network,
          mounts: ready?.mounts ?? [],
          labels: { [BUILD_LABEL]: build.owner },
        },
        source,
      );
      const container = await engine.create(spec);
      this.shells.push({ id: container, ready });
      return container;
    } catch (error) {
      await ready?.done();
      throw error;
    } finally {
      await source.close();
    }
  }

  private async mountsOf(
    instruction: SteppedBuild['steps'][number]['instruction'],
    state: StageState,
  ): Promise<ReadyMounts | undefined> {
    if (instruction.keyword !== 'RUN' || instruction.mounts.length === 0) return undefined;
    const { build, stopped } = this.parts;
    const { range } = instruction;
    const expander = new Expander(state.env, {
      escape: this.session.dockerfile.file.directives.escape,
      range,
    });
    const plans = plannedMounts(instruction, { expander, state });
    return prepareMounts(
      plans,
      { build, platform: state.platform, range, signal: stopped.signal },
      undefined,
    );
  }

  private async shellIn(state: StageState): Promise<string> {
    const files = await this.parts.build.sources.files(state);
    const found = SHELLS.find((path) => {
      const facts = files.lookup(path);
      return facts !== undefined && facts.type !== 'dir';
    });
    // In trees with /bin as a link to /usr/bin it is found by the engine.
    return `/${found ?? 'bin/sh'}`;
  }

  async live(id: StepId): Promise<LiveStep | undefined> {
    const { container } = this.session;
    const image = await this.session.imageAt(id, 'before');
    if (container?.step !== id || image === undefined) return undefined;
    const known = (await container.engine.list()).find((each) => each.id === container.id);
    return known && new LiveContainer(known, this.explore(image, 'build'), container.engine, this.parts.pool);
  }

  async reread(): Promise<string> {
    const { path } = this;
    if (path === undefined) {
      throw new PhylloError(
        'unsupported',
        'read Dockerfile again: it came by standard input or in an archive',
      );
    }
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw toPhylloError(error, `read Dockerfile ${path}`);
    }
  }

  async finish(): Promise<Digest> {
    const last = this.session.steps.at(-1);
    const state = last && this.session.stateAt(last.id, 'after');
    if (this.session.status !== 'finished' || state === undefined) {
      throw new PhylloError('invalid-argument', 'name image: the build is not finished');
    }
    const image = imageOf(this.labelled(state));
    await this.parts.keep(image, this.parts.request.tags ?? []);
    return image.id;
  }

  private labelled(state: StageState): StageState {
    const { labels } = this.parts.request;
    if (labels === undefined || Object.keys(labels).length === 0) return state;
    return { ...state, config: { ...state.config, Labels: { ...state.config.Labels, ...labels } } };
  }

  async close(): Promise<void> {
    const { build, input, named, stopped } = this.parts;
    stopped.abort();
    await this.session.close();
    const engine = this.shells.length === 0 ? undefined : await build.tools.engine();
    for (const { id, ready } of this.shells.splice(0)) {
      await engine?.remove(id, { force: true, volumes: true }).catch(ignoreGone);
      await ready?.done();
    }
    try {
      await build.afterwork.done();
    } finally {
      await input.done();
      await named.done();
      await build.sources.close();
      await build.lease.release();
    }
  }
}

function ignoreGone(error: unknown): void {
  if (!isPhylloError(error, 'not-found')) throw error;
}
