// What the faces may ask for about builds. Types only.
import type { Readable } from 'node:stream';
import type { BuildSession, StepId } from '../build/build.ts';
import type { Diagnostic } from '../dockerfile/instruction.ts';
import type { ContainerId, EngineName, NetworkMode } from '../engine/container.ts';
import type { Digest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { ExploredContainer } from './container-services.ts';
import type { ExploredImage, WorkOptions } from './services.ts';

/** `--secret id=NAME,src=FILE` or `env=VARIABLE`. */
export interface BuildSecret {
  readonly id: string;
  readonly source: { readonly file: string } | { readonly env: string };
}

export interface BuildRequest {
  /** A directory; `-`: standard input is a tar, or a Dockerfile without a context. */
  readonly context: string;
  /** `-f`: a path as the user wrote it; `-`: the Dockerfile is standard input. Default: `Dockerfile` in the context. */
  readonly file?: string;
  readonly stdin?: Readable;
  /** In their order; a value that is undefined is the environment's, or none. */
  readonly buildArgs?: readonly (readonly [name: string, value: string])[];
  readonly target?: string;
  readonly platform?: string;
  readonly noCache?: boolean;
  /** Base images are asked for in their registries although the store has them. */
  readonly pull?: boolean;
  /** SOURCE_DATE_EPOCH of the environment; a build argument of that name wins. */
  readonly sourceDateEpoch?: string;
  /** `--no-cache-filter`: names of stages that are built anew. */
  readonly noCacheFilter?: readonly string[];
  /** `--cache-from`: images whose layers may be taken. */
  readonly cacheFrom?: readonly string[];
  /** `--build-context NAME=DIRECTORY` or `NAME=docker-image://REFERENCE`. */
  readonly contexts?: readonly (readonly [name: string, value: string])[];
  readonly secrets?: readonly BuildSecret[];
  /** `--ssh`: id to the path of an agent's socket. */
  readonly ssh?: readonly (readonly [id: string, socket: string])[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: NetworkMode;
  readonly engine?: EngineName;
  /** Familiar or full names of the result. */
  readonly tags?: readonly string[];
}

/** As a container is explored: a layer on top that changes. */
export type LiveStep = Omit<ExploredContainer, 'container'>;

/** A session with what a face needs around it. */
export interface OpenBuild {
  readonly session: BuildSession;
  /** Where the Dockerfile lies; undefined for one that was a stream or is in an archive. */
  readonly path: string | undefined;
  /** What the text, as it is now, is to be warned of: errors of the Dockerfile are thrown by `open`. */
  readonly diagnostics: readonly Diagnostic[];
  /** What was met while the context was read, one line each, safe to show; grows. */
  readonly warnings: readonly string[];
  /** An image of a step as a stack, to be closed. */
  explore(image: ResolvedImage, title: string): ExploredImage;
  /**
   * A container at a step with the shell of the step's image, not started yet; a failed or running step's mounts and
   * environment are there. It is removed with the build, if it still is there. Throws `engine-unavailable`.
   */
  shell(step: StepId, when: 'before' | 'after'): Promise<ContainerId>;
  /**
   * What a running step has written so far, on top of the image before it, to be closed; undefined for one that does not run
   * or cannot be watched.
   */
  live(step: StepId): Promise<LiveStep | undefined>;
  /** The text of the Dockerfile as it is now. Throws `not-found`, and `unsupported` for one that was a stream. */
  reread(): Promise<string>;
  /** Gives the finished image its names; how the store knows it. Throws `invalid-argument` before the end. */
  finish(): Promise<Digest>;
  /** Ends what runs and gives up what only the build needed. */
  close(): Promise<void>;
}

export interface BuildCacheUsage {
  readonly count: number;
  readonly sizeBytes: number;
}

export interface BuildsService {
  /** Throws `invalid-dockerfile` with `data.diagnostics` and `data.path` (see `OpenBuild`), `not-found`. */
  open(request: BuildRequest, options?: WorkOptions): Promise<OpenBuild>;
  /** `--check`: nothing is built. Errors are among the diagnostics. */
  check(
    request: BuildRequest,
  ): Promise<{ readonly source: string; readonly name: string; readonly diagnostics: readonly Diagnostic[] }>;
  /** Cache records and cache mounts. */
  usage(): Promise<BuildCacheUsage>;
  /** Forgets what was built, layers that only that needed included. Returns what was freed. */
  prune(): Promise<BuildCacheUsage>;
}
