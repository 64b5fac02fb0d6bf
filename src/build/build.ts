// What a build is to those who look at it and drive it: steps, where it stands, what each step said.
import type { Dockerfile, Instruction } from '../dockerfile/instruction.ts';
import type { PhylloError } from '../lib/errors.ts';
import type { ResolvedImage } from '../oci/image.ts';

/** `STAGE.INDEX`, both from 0: its place in the text, so that the same words in two stages are two steps. */
export type StepId = string;

export type StepStatus = 'pending' | 'running' | 'done' | 'cached' | 'failed';

/** One part of a cache key. `before` is undefined where there was none. */
export interface KeyDifference {
  /** For people: `build-arg VERSION`, `content of src/app.ts`, `parent`; foreign text, not yet safe to show. */
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** `parent`: the step that changed first. */
  readonly step?: StepId;
}

export type CacheVerdict =
  | { readonly kind: 'hit' }
  /** Nothing is kept of such a step: FROM, metadata. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'miss';
      /** `new`: nothing like it was built before; `off`: --no-cache; `gone`: its layer is not in the store any more. */
      readonly why: 'new' | 'changed' | 'off' | 'gone';
      readonly difference?: KeyDifference;
    };

export interface BuildStep {
  readonly id: StepId;
  readonly stage: number;
  /** As written; undefined for a stage without a name. */
  readonly stageName: string | undefined;
  /** Within its stage; FROM is 0. */
  readonly index: number;
  readonly instruction: Instruction;
  /** It came with the base image (ONBUILD) and has no place in the Dockerfile but FROM's. */
  readonly isTrigger: boolean;
  readonly status: StepStatus;
  readonly verdict: CacheVerdict | undefined;
  /** What the instruction came to when all was expanded; foreign text, not yet safe to show. */
  readonly expanded: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedMs: number | undefined;
  readonly durationMs: number | undefined;
  /** The image as it is after the step; its last layer is the step's when `hasLayer`. */
  readonly image: ResolvedImage | undefined;
  readonly hasLayer: boolean;
  readonly error: PhylloError | undefined;
  /** One line each, safe to show. */
  readonly warnings: readonly string[];
}

export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without its line break; foreign text, not yet safe to show. */
  readonly text: string;
  /** Milliseconds since the step began. */
  readonly atMs: number;
}

/**
 * `ready`: it can go on from where it is; `running`; `failed`: the step at `position` failed; `finished`: nothing is left.
 */
export type BuildStatus = 'ready' | 'running' | 'failed' | 'finished';

export type Breakpoint =
  /** Before the step that this line of the Dockerfile belongs to. */
  | { readonly kind: 'line'; readonly line: number }
  /** After the first step whose layer touches the path or something below it; absolute. */
  | { readonly kind: 'path'; readonly path: string };

export interface BuildProgress {
  readonly doneBytes: number;
  readonly totalBytes?: number;
  readonly item: string;
}

/** The driver of one build. Calls that run steps resolve when the build stands still again, also when a step failed. */
export interface BuildSession {
  readonly dockerfile: { readonly name: string; readonly source: string; readonly file: Dockerfile };
  /** In the order in which they run; only those that the target needs. */
  readonly steps: readonly BuildStep[];
  /** How many steps are behind the one who looks; `steps[position]` is the next. Going back only moves this. */
  readonly position: number;
  readonly status: BuildStatus;
  readonly breakpoints: readonly Breakpoint[];
  /** Of a step that works on many bytes now. */
  readonly progress: BuildProgress | undefined;

  output(step: StepId): readonly OutputLine[];
  /** Calls back on every change, at most every 50 ms for output. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  /** Every line at once; `output` keeps only the last ones of a step. Returns the unsubscriber. */
  onOutput(listener: (step: StepId, line: OutputLine) => void): () => void;

  /** The next step: runs it, or only moves on where it ran already. */
  next(): Promise<void>;
  back(): void;
  /** To where `position` counts the step in. Runs what has to be run. */
  runTo(step: StepId): Promise<void>;
  /** To the end, or the next breakpoint; stages that do not need each other run side by side. */
  continue(): Promise<void>;
  /** Stops what runs, at once; the step is pending again. */
  stop(): Promise<void>;
  /** Forgets the step and what depends on it, and stands before it. `noCache`: it has to run, whatever is remembered. */
  restartFrom(step: StepId, options?: { noCache?: boolean }): void;
  /** Another text: what came before the first change stays done. Throws `invalid-dockerfile`; nothing changes then. */
  edit(source: string): Promise<void>;
  setBreakpoints(breakpoints: readonly Breakpoint[]): void;

  /** The image before or after a step; `after` a failed one has what it wrote until then. undefined where it never ran. */
  imageAt(step: StepId, when: 'before' | 'after'): Promise<ResolvedImage | undefined>;
  /** Names the image after a step. Returns the familiar name. */
  tag(step: StepId, name: string): Promise<string>;
  close(): Promise<void>;
}
