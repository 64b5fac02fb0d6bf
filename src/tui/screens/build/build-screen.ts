// A build: its Dockerfile with what became of each instruction, the stack growing, the output of the step that is looked
// at, and the tree of its changes. Everything is about one step: the one that runs, or the last one behind whoever looks.
import type { BuildRequest, OpenBuild } from '../../../app/build-services.ts';
import type { BuildSession, BuildStep, StepId } from '../../../build/build.ts';
import type { Progress } from '../../../lib/progress.ts';
import { safeText } from '../../../lib/text.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import { SPINNER_MS } from '../../present/build-text.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import type { StackScreen } from '../stack/stack-screen.ts';
import { BuildActions } from './build-actions.ts';
import { buildKeyContext } from './build-keys.ts';
import { BuildRun } from './build-run.ts';
import { BuildStack } from './build-stack.ts';
import { placeOf, shownStep, stepsOnLine } from './build-steps.ts';
import { buildView } from './build-view.ts';
import { type BuildFocus, PaneFocus } from './pane-focus.ts';
import { ScrollPane } from '../list/scroll-pane.ts';
import { SourcePane } from './source-pane.ts';

export type BuildPhase =
  | { readonly kind: 'opening'; readonly progress: Progress | undefined }
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly error: unknown };

export class BuildScreen implements Screen {
  readonly host: Host;
  readonly request: BuildRequest;
  readonly title: string;
  phase: BuildPhase = { kind: 'opening', progress: undefined };
  build: OpenBuild | undefined;
  readonly source = new SourcePane();
  readonly output = new ScrollPane({ fromEnd: true });
  readonly details = new ScrollPane({ fromEnd: false });
  readonly image: BuildStack;
  readonly run: BuildRun;
  readonly panes: PaneFocus;
  /** What it is compared with. */
  marked: StepId | undefined;
  /** Why the edited Dockerfile was not taken over. */
  unread: unknown;
  /** After a failure: the step before the failed one is looked at. */
  pastFailure = false;
  zoomed = false;
  /** There is room for one pane alone; the layout sets it. */
  isOnePane = false;
  private shownId: StepId | undefined;
  private opening = new AbortController();
  private leaveSession = (): void => {};
  private stopTicking: (() => void) | undefined;
  /** Warnings about the context that were said. */
  private told = 0;
  private readonly actions: BuildActions;
  private closed = false;

  constructor(host: Host, request: BuildRequest) {
    this.host = host;
    this.request = request;
    this.title = titleOf(request);
    this.image = new BuildStack(host, this.title);
    this.panes = new PaneFocus(this.image.stack);
    this.run = new BuildRun(this);
    this.actions = new BuildActions(this);
    void this.open();
  }

  get session(): BuildSession | undefined {
    return this.build?.session;
  }

  get stack(): StackScreen {
    return this.image.stack;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  // ------------------------------------------------------------------- opening

  /** Also once more, after a Dockerfile that could not be read was made better. */
  async open(): Promise<void> {
    // The context may be read as late as a step wants it.
    const onProgress = (progress: Progress): void => {
      if (this.build) return this.run.report(progress);
      this.phase = { kind: 'opening', progress };
      this.host.changed();
    };
    this.phase = { kind: 'opening', progress: undefined };
    try {
      const { signal } = this.opening;
      const build = await this.host.services.builds.open(this.request, { signal, onProgress });
      if (this.closed) return await build.close();
      this.build = build;
      this.phase = { kind: 'open' };
      this.leaveSession = build.session.onChange(() => this.changed());
      this.changed();
    } catch (error) {
      if (this.closed) return;
      this.phase = { kind: 'failed', error };
      this.host.changed();
    }
  }

  // ------------------------------------------------------------------- looking

  /** The step that everything but the Dockerfile is about. */
  get shown(): BuildStep | undefined {
    return this.session && shownStep(this.session, this.pastFailure);
  }

  /** The step that keys act on: in the Dockerfile the one under the cursor, elsewhere the one that is shown. */
  get here(): BuildStep | undefined {
    const { session, shown } = this;
    if (this.focus !== 'source' || !session) return shown;
    const steps = stepsOnLine(session.steps, this.source.line);
    return steps.find((step) => step === shown) ?? steps.at(-1);
  }

  /** Everything follows what the session tells; called often, so that it costs little where nothing is new. */
  private changed(): void {
    const { build, shown } = this;
    if (!build || this.closed) return;
    if (build.session.steps[build.session.position]?.status !== 'failed') this.pastFailure = false;
    this.source.read(build.session.dockerfile);
    if (build.session.progress) this.run.report(build.session.progress);
    if (shown) this.follow(build, shown);
    this.tick();
    this.warn(build);
    this.host.changed();
  }

  /** What is odd about the context is met while a step reads it. */
  private warn({ warnings }: OpenBuild): void {
    if (warnings.length > this.told) this.host.say(`warning: ${warnings.at(-1)}`);
    this.told = warnings.length;
  }

  private follow(build: OpenBuild, step: BuildStep): void {
    if (step.id !== this.shownId) {
      this.shownId = step.id;
      this.output.reset();
      this.details.reset();
      this.source.follow(placeOf(build.session.steps, step));
    }
    this.image.show(build, step);
  }

  /** Time passes on the screen only while something runs. */
  private tick(): void {
    if (this.stopTicking || this.closed || this.session?.status !== 'running') return;
    this.stopTicking = this.host.after(SPINNER_MS, () => {
      this.stopTicking = undefined;
      this.image.lookAgain();
      this.host.changed();
      this.tick();
    });
  }

  /** Something is about to run: the cursor goes along with it. */
  started(): void {
    this.pastFailure = false;
    this.goAlong();
  }

  goAlong(): void {
    const { session, shown, source } = this;
    source.follows = true;
    if (session && shown) source.follow(placeOf(session.steps, shown));
  }

  /** Where panes are tabs, an error would be behind another one. */
  ended(): void {
    if (this.closed) return;
    if (this.session?.status === 'failed' && this.isOnePane) this.focus = 'output';
    this.changed();
  }

  /** One step back; from a failed one first to the one before it. */
  back(): void {
    const { session, shown } = this;
    if (!session) return;
    if (shown?.status === 'failed' && session.steps[session.position] === shown) this.pastFailure = true;
    else {
      this.pastFailure = false;
      session.back();
    }
    this.source.follows = true;
    this.changed();
  }

  forward(): void {
    if (!this.pastFailure) return this.run.next();
    this.pastFailure = false;
    this.source.follows = true;
    this.changed();
  }

  // ---------------------------------------------------------------------- keys

  get focus(): BuildFocus {
    return this.panes.pane;
  }

  set focus(pane: BuildFocus) {
    this.panes.pane = pane;
  }

  keyContext(): KeyContext {
    return buildKeyContext(this);
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    if (pane === 'source') {
      this.focus = 'source';
      const line = this.source.place.top + row;
      if (line < this.source.lines.length) this.source.moveTo(line);
    } else if (pane === 'output') this.focus = 'output';
    else if (pane === 'step-details') this.focus = 'details';
    else {
      this.panes.toStack();
      this.stack.pick(pane, row);
    }
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'source') this.source.moveBy(rows);
    else if (pane === 'output') this.output.moveBy(rows);
    else if (pane === 'step-details') this.details.moveBy(rows);
    else this.stack.wheel(pane, rows);
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.zoomed) this.zoomed = false;
    else if (this.stack.filterText !== undefined) this.stack.filter(undefined);
    else if (this.focus === 'details') this.focus = this.panes.subject;
    else if (this.focus !== 'source') this.focus = 'source';
    else if (this.marked !== undefined) this.marked = undefined;
    else return this.asksBeforeLeaving();
    return true;
  }

  /** What was stepped through would have to be stepped through again. */
  private asksBeforeLeaving(): boolean {
    if (!this.session || this.session.position === 0 || this.session.status === 'finished') return false;
    this.host.confirm('leave the build? What has run is remembered by the cache.', () => this.host.back());
    return true;
  }

  /** What a filter finds is in the file pane. */
  filter(text: string | undefined): void {
    if (text !== undefined && text !== '') this.focus = 'files';
    this.stack.filter(text);
  }

  get filterText(): string | undefined {
    return this.stack.filterText;
  }

  covered(): void {
    this.image.cover(true);
  }

  resumed(): void {
    this.image.cover(false);
  }

  view(viewport: Viewport): ScreenView {
    return buildView(this, viewport);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.opening.abort();
    this.leaveSession();
    this.stopTicking?.();
    this.image.close();
    await this.build?.close();
  }
}

function titleOf({ tags, context }: BuildRequest): string {
  const [tag] = tags ?? [];
  if (tag !== undefined) return safeText(tag);
  return context === '-' ? 'standard input' : safeText(context);
}
