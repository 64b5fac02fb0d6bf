// What makes a build go: one thing at a time, as work with its progress at the bottom that esc stops at once.
import type { OpenBuild } from '../../../app/build-services.ts';
import type { BuildStep } from '../../../build/build.ts';
import type { Progress, ReportProgress } from '../../../lib/progress.ts';
import { shortDigest } from '../../../oci/digest.ts';
import type { Host } from '../../screen.ts';
import { stepCount } from './build-steps.ts';

export interface RunOwner {
  readonly host: Host;
  readonly build: OpenBuild | undefined;
  readonly isClosed: boolean;
  /** Something is about to run. */
  started(): void;
  /** It stands still again. */
  ended(): void;
}

export class BuildRun {
  private readonly owner: RunOwner;
  private tell: ReportProgress | undefined;
  /** Steps that were asked for while another one ran. */
  private wanted = 0;
  private isStepping = false;
  private isBusy = false;
  /** ID of the image that was given its names. */
  private named: string | undefined;

  constructor(owner: RunOwner) {
    this.owner = owner;
  }

  get isRunning(): boolean {
    return this.isBusy;
  }

  /** Every press counts: those that come while a step runs are done after it. */
  next(): void {
    if (this.isBusy && !this.isStepping) return this.owner.host.say('the build is running; esc stops it');
    this.wanted++;
    if (this.isBusy) return;
    this.isStepping = true;
    this.drive(async ({ session }, signal) => {
      while (this.wanted > 0 && !signal.aborted) {
        this.wanted--;
        await session.next();
        const next = session.steps[session.position];
        if (!next || next.status === 'failed') break;
      }
    });
  }

  continue(): void {
    this.drive(({ session }) => session.continue());
  }

  runTo(step: BuildStep): void {
    this.drive(({ session }) => session.runTo(step.id));
  }

  /** Of the step that works on many bytes. */
  report(progress: Progress): void {
    this.tell?.(progress);
  }

  private drive(work: (build: OpenBuild, signal: AbortSignal) => Promise<void>): void {
    const { owner } = this;
    const { build, host } = owner;
    if (!build || this.isBusy) return;
    const isStepping = this.isStepping;
    this.isBusy = true;
    owner.started();
    host.work('building', async ({ signal, onProgress }) => {
      this.tell = onProgress;
      const stop = (): void => void build.session.stop().catch((error: unknown) => host.fail(error));
      signal!.addEventListener('abort', stop, { once: true });
      try {
        await work(build, signal!);
        return await this.outcome(build, isStepping, signal!.aborted);
      } catch (error) {
        if (owner.isClosed) return undefined;
        throw error;
      } finally {
        signal!.removeEventListener('abort', stop);
        this.stopped();
      }
    });
  }

  private stopped(): void {
    this.tell = undefined;
    this.wanted = 0;
    this.isStepping = false;
    this.isBusy = false;
    this.owner.ended();
  }

  /** What is said at the end; a step that was asked for by itself says enough on its own. */
  private async outcome(
    build: OpenBuild,
    isStepping: boolean,
    wasStopped: boolean,
  ): Promise<string | undefined> {
    const { status, steps, position } = build.session;
    if (this.owner.isClosed) return undefined;
    if (wasStopped) return 'stopped: the step has not run';
    if (status === 'finished') return this.finish(build);
    const next = steps[position];
    if (!next) return undefined;
    if (next.status === 'failed') return `step ${stepCount(steps, next)} failed: its output says why`;
    return isStepping ? undefined : `stopped before step ${stepCount(steps, next)}`;
  }

  /** The image gets its names once. */
  private async finish(build: OpenBuild): Promise<string | undefined> {
    const { steps } = build.session;
    const id = steps.at(-1)?.image?.id;
    if (id !== undefined && id === this.named) return undefined;
    const digest = await build.finish();
    this.named = id;
    return `built: the image is ${shortDigest(digest)}`;
  }
}
