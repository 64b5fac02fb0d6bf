// The guided demonstration of copy-on-write: two containers side by side, and steps that a teacher would show.
import { handOutput } from '../../../lib/hand-streams.ts';
import { safeText } from '../../../lib/text.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, TerminalInside, Viewport } from '../../screen.ts';
import type { Caret } from '../../terminal/driver.ts';
import { SideScreen } from '../side/side-screen.ts';
import { COW_STEPS, type DemoFiles, type DemoStep, fillIn, shellQuote } from './cow-steps.ts';
import { demoImage, removeAll, startPair } from './demo-containers.ts';
import { demoFiles } from './demo-files.ts';
import { demoView } from './demo-view.ts';

const RESULT = 'phyllo/cow-demo-result';
/** Of what a step prints. */
const MAX_OUTPUT = 4096;

/** What came of a step. */
export interface StepResult {
  /** The command as somebody would have typed it, with what it printed; safe to show. */
  readonly lines: readonly string[];
}

export class DemoScreen implements Screen {
  readonly host: Host;
  side: SideScreen | undefined;
  /** Why there is nothing to show. */
  problem: unknown;
  /** Index of the step that is shown. */
  step = 0;
  files: DemoFiles | undefined;
  readonly results = new Map<number, StepResult>();
  running = false;
  private readonly ids: { readonly id: string }[] = [];
  private closed = false;

  constructor(host: Host) {
    this.host = host;
    void this.prepare();
  }

  private async prepare(): Promise<void> {
    const { services } = this.host;
    try {
      const pair = await startPair(services, await demoImage(services));
      this.ids.push(...pair);
      if (this.closed) return await removeAll(services.containers, this.ids);
      this.side = new SideScreen(this.host, pair);
    } catch (error) {
      this.problem = error;
    }
    this.host.changed();
  }

  get current(): DemoStep {
    return COW_STEPS[this.step]!;
  }

  // --------------------------------------------------------------------- steps

  private next(): void {
    if (this.running) return this.host.say('the step is still under way');
    const files = this.findFiles();
    if (!files || !this.side) return;
    this.step++;
    if (this.results.has(this.step)) return;
    const { run, commit } = this.current;
    if (run) this.perhaps(this.runScript(run.side, fillIn(run.script, files, shellQuote)));
    if (commit) this.perhaps(this.commit());
  }

  private findFiles(): DemoFiles | undefined {
    const view = this.side?.sides[0].stack.files?.view;
    if (!view) this.host.say('the layers are still being read');
    else this.files ??= demoFiles(view);
    if (view && !this.files) this.host.say('this image has no files to show it with');
    return this.files;
  }

  /** A step that did not work is told and can be done again. */
  private perhaps(work: Promise<StepResult>): void {
    const { step } = this;
    this.running = true;
    void work
      .then((result) => this.results.set(step, result))
      .catch((error: unknown) => {
        if (this.closed) return;
        this.step = step - 1;
        this.host.fail(error);
      })
      .finally(() => {
        this.running = false;
        this.host.changed();
      });
  }

  private async runScript(side: 0 | 1, script: string): Promise<StepResult> {
    const { containers } = this.host.services;
    const printed: Uint8Array[] = [];
    let room = MAX_OUTPUT;
    const keep = handOutput((bytes, done) => {
      printed.push(bytes.slice(0, room));
      room = Math.max(0, room - bytes.length);
      done();
    });
    const session = await containers.exec(
      this.side!.sides[side].container.id,
      { command: ['/bin/sh', '-c', script] },
      { stdout: keep, stderr: keep },
    );
    const end = await session.ended;
    const failed = end.kind === 'exited' && end.exitCode !== 0 ? [`(it ended with ${end.exitCode})`] : [];
    return { lines: [safeText(`$ ${script}`), ...linesOf(printed), ...failed] };
  }

  private async commit(): Promise<StepResult> {
    const { containers } = this.host.services;
    const [{ container }] = this.side!.sides;
    const id = await containers.commit(container.id, { name: RESULT, message: 'what the demo wrote' });
    return { lines: [`${RESULT} is ${id.slice(0, 19)}`] };
  }

  // ---------------------------------------------------------------------- keys

  get inside(): TerminalInside | undefined {
    return this.side?.inside;
  }

  get caret(): Caret | undefined {
    return this.side?.caret;
  }

  keyContext(): KeyContext {
    const { scope, facts } = this.side?.keyContext() ?? { scope: 'events', facts: WITHOUT };
    return {
      scope,
      facts: {
        ...facts,
        demo: this.side !== undefined,
        'next-step': this.step < COW_STEPS.length - 1,
        'previous-step': this.step > 0,
      },
    };
  }

  perform(action: ActionId): void {
    if (action === 'step.next') this.next();
    else if (action === 'step.previous') this.step--;
    else this.side?.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    this.side?.pick(pane, row);
  }

  wheel(pane: string, rows: number): void {
    this.side?.wheel(pane, rows);
  }

  stepBack(): boolean {
    return this.side?.stepBack() ?? false;
  }

  filter(text: string | undefined): void {
    this.side?.filter(text);
  }

  get filterText(): string | undefined {
    return this.side?.filterText;
  }

  covered(): void {
    this.side?.covered();
  }

  resumed(): void {
    this.side?.resumed();
  }

  view(viewport: Viewport): ScreenView {
    return demoView(this, viewport);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.side?.close();
    await removeAll(this.host.services.containers, this.ids);
  }
}

const WITHOUT = {
  item: false,
  container: false,
  events: false,
  terminal: false,
  filter: false,
  running: false,
  stopped: false,
};

function linesOf(printed: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder();
  const text = printed.map((bytes) => decoder.decode(bytes, { stream: true })).join('');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(safeText);
}
