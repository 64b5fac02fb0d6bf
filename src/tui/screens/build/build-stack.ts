// Which image the layers and files of a build's screen show: the one after the step that is looked at, or before it while
// it runs. An image that the open one begins with is not opened again, so that going back and forth costs no reading.
import type { LiveStep, OpenBuild } from '../../../app/build-services.ts';
import type { ExploredImage } from '../../../app/services.ts';
import type { BuildStep } from '../../../build/build.ts';
import { stackRows } from '../../../oci/history.ts';
import type { ResolvedImage } from '../../../oci/image.ts';
import { stepTitle } from '../../present/build-text.ts';
import type { Host } from '../../screen.ts';
import { LiveWatch } from '../container/live-watch.ts';
import { ReadAgain } from '../list/read-again.ts';
import { StackScreen } from '../stack/stack-screen.ts';
import { stepBelow } from './build-steps.ts';

export class BuildStack {
  readonly stack: StackScreen;
  /** Before the first step of a stage there is no image. */
  hasImage = false;
  /** Why the image cannot be shown. */
  problem: unknown;
  private readonly host: Host;
  private build: OpenBuild | undefined;
  private step: BuildStep | undefined;
  /** Tells apart what `step` is to be shown as, and what is shown. */
  private wanted = '';
  private displayed = '';
  private live: LiveWatch | undefined;
  private covered = false;
  private closed = false;
  private readonly reader = new ReadAgain(() => this.read());

  constructor(host: Host, title: string) {
    this.host = host;
    this.stack = new StackScreen(host, { title, crumb: 'build' });
  }

  /** Called whenever something about the build has changed; only what concerns the image costs anything. */
  show(build: OpenBuild, step: BuildStep): void {
    this.build = build;
    this.step = step;
    const key = [step.id, step.status, (step.image ?? this.below(step)?.image)?.id].join(' ');
    if (key === this.wanted) return;
    this.wanted = key;
    void this.reader.now();
  }

  /** Called now and then while something runs: what it writes can be watched a little after it began. */
  lookAgain(): void {
    if (this.step?.status === 'running' && !this.live) void this.reader.now();
  }

  private below(step: BuildStep): BuildStep | undefined {
    return this.build && stepBelow(this.build.session.steps, step);
  }

  /** A screen that knows paths by their numbers lies over it. */
  cover(covered: boolean): void {
    this.covered = covered;
    this.live?.cover(covered);
    if (covered) return;
    void this.live?.show(this.stack);
    void this.reader.now();
  }

  private async read(): Promise<void> {
    const { build, step } = this;
    if (!build || !step || this.covered || this.closed) return;
    try {
      await this.follow(build, step);
      this.problem = undefined;
    } catch (error) {
      this.problem = error;
    }
    if (!this.closed) this.host.changed();
  }

  private async follow(build: OpenBuild, step: BuildStep): Promise<void> {
    const isRunning = step.status === 'running';
    const { wanted } = this;
    const live = isRunning && !this.live ? await build.live(step.id) : undefined;
    if (!live && wanted === this.displayed) return;
    this.displayed = wanted;
    if (live) return this.showLive(live);
    const image = await this.imageOf(build, step);
    this.hasImage = image !== undefined;
    if (image) await this.showImage(build, image, isRunning ? stepTitle(step) : undefined);
  }

  private async imageOf({ session }: OpenBuild, step: BuildStep): Promise<ResolvedImage | undefined> {
    if (step.image) return step.image;
    // What a failed step wrote until then; one that has not run yet stands on the one below.
    const after = step.status === 'failed' ? await session.imageAt(step.id, 'after') : undefined;
    return after ?? this.below(step)?.image ?? session.imageAt(step.id, 'before');
  }

  private async showImage(
    build: OpenBuild,
    image: ResolvedImage,
    pending: string | undefined,
  ): Promise<void> {
    const { stack } = this;
    const shown = stack.files && !stack.isLive ? stack.image : undefined;
    this.leaveLive();
    if (!shown || !beginsWith(shown, image)) await stack.replace(build.explore(image, stack.title), false);
    stack.layers?.showRows(rowCount(image), pending);
    stack.layers?.selectNewest();
    stack.followLayer();
  }

  private async showLive(explored: LiveStep): Promise<void> {
    this.leaveLive();
    await this.stack.replace(explored, true);
    this.hasImage = true;
    const live = new LiveWatch({ onMoment: () => this.host.changed(), onError: () => this.leaveLive() });
    this.live = live;
    live.cover(this.covered);
    void live.follow(explored, this.stack);
  }

  private leaveLive(): void {
    this.live?.close();
    this.live = undefined;
  }

  close(): void {
    this.closed = true;
    this.leaveLive();
    this.reader.close();
    this.stack.close();
  }
}

function rowCount({ config }: ResolvedImage): number {
  return stackRows(config.history, config.diffIDs.length).length;
}

/** Whether `image` is what the open one was some rows ago. */
function beginsWith({ rows, config }: ExploredImage, image: ResolvedImage): boolean {
  const { diffIDs, history } = image.config;
  const wanted = stackRows(history, diffIDs.length);
  return (
    diffIDs.every((diffID, layer) => diffID === config.diffIDs[layer]) &&
    wanted.every(({ createdBy, layer }, at) => rows[at]?.createdBy === createdBy && rows[at].layer === layer)
  );
}
