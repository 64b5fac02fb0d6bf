// One container: its stack with the live layer on top, the tree of its changes, its terminal, and a line for every
// change. Also for one that does not run: its changes are there to be read.
import type { LiveStack } from '../../../app/container-services.ts';
import type { ExploredImage } from '../../../app/services.ts';
import type { Container } from '../../../engine/container.ts';
import { isPhylloError } from '../../../lib/errors.ts';
import { safeText } from '../../../lib/text.ts';
import type { LiveTotals } from '../../../snapshot/live-change.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { ContainerBegin, Host, Screen, ScreenView, TerminalInside, Viewport } from '../../screen.ts';
import type { Caret } from '../../terminal/driver.ts';
import { type StackFocus, StackScreen } from '../stack/stack-screen.ts';
import { ContainerActions } from './container-actions.ts';
import { terminalBox } from './container-layout.ts';
import { ContainerShell } from './container-shell.ts';
import { containerView } from './container-view.ts';
import { EventLog } from './event-log.ts';
import { LiveWatch } from './live-watch.ts';

export type ContainerFocus = StackFocus | 'terminal' | 'events';

export class ContainerScreen implements Screen {
  readonly host: Host;
  container: Container;
  readonly stack: StackScreen;
  readonly events = new EventLog();
  readonly shell: ContainerShell;
  totals: LiveTotals | undefined;
  /** It is gone; what is shown is what was known last. */
  removed = false;
  /** Why its layer cannot be watched, as long as that is so. */
  problem: unknown;
  zoomed = false;
  /** Where its terminal was drawn last, inside of the border, for the cursor. */
  shellCorner: Caret = { row: 0, column: 0 };
  private other: 'terminal' | 'events' | undefined;
  private isInside = false;
  private readonly actions: ContainerActions;
  private readonly unwatch: () => void;
  private readonly live = new LiveWatch({
    onMoment: (live) => this.gotMoment(live),
    onError: (error) => this.lost(error),
  });
  private starting = false;
  private closed = false;

  constructor(host: Host, container: Container, begin?: ContainerBegin) {
    this.host = host;
    this.container = container;
    this.shell = new ContainerShell(host, container.id, terminalBox(host.size, false));
    this.stack = new StackScreen(host, {
      title: safeText(container.name),
      open: () => this.open(),
      live: true,
      crumb: 'containers',
    });
    this.actions = new ContainerActions(this);
    this.unwatch = host.services.containers.watch(() => void this.read());
    if (begin === 'shell' || begin === 'start') this.other = 'terminal';
    if (begin === 'shell') this.openShell();
    else if (begin === 'start') this.startInside();
    else if (begin === 'logs') this.showLogs();
    else this.run(this.shell.follow(container));
  }

  // ------------------------------------------------------------------ watching

  private async open(): Promise<ExploredImage> {
    const explored = await this.host.services.containers.open(this.container.id);
    void this.live.follow(explored, this.stack);
    return explored;
  }

  private gotMoment(live: LiveStack): void {
    this.problem = undefined;
    this.totals = live.totals;
    this.events.add(live.events);
    this.host.changed();
  }

  private lost(error: unknown): void {
    if (this.closed) return;
    if (isPhylloError(error, 'not-found')) this.removed = true;
    else this.problem = error;
    this.host.changed();
  }

  /** What is known of the container, again; a start by somebody else is followed. */
  private async read(): Promise<void> {
    const before = this.container;
    try {
      this.container = await this.host.services.containers.get(before.id);
    } catch (error) {
      return this.lost(error);
    }
    if (this.closed) return;
    const hasStarted = this.container.status === 'running' && this.container.startedAt !== before.startedAt;
    if (hasStarted && !this.shell.isBusy && !this.starting) this.run(this.shell.follow(this.container));
    this.host.changed();
  }

  // ------------------------------------------------------------------- terminal

  start(): void {
    this.run(this.startAndRead());
  }

  /** What watches tells a little later. */
  private async startAndRead(): Promise<void> {
    this.starting = true;
    try {
      await this.shell.start(this.container);
    } finally {
      this.starting = false;
    }
    await this.read();
  }

  /** Whoever asked for a container with a terminal wants to type into it. */
  private startInside(): void {
    this.start();
    this.enter();
  }

  openShell(): void {
    this.focus = 'terminal';
    this.run(this.shell.exec(['/bin/sh']));
    this.enter();
  }

  showLogs(): void {
    this.focus = 'terminal';
    if (this.shell.kind === 'logs') this.run(this.shell.follow(this.container));
    else this.run(this.shell.showLogs(this.container.status === 'running'));
  }

  private run(work: Promise<void>): void {
    void work.catch((error: unknown) => {
      if (!this.closed) this.host.fail(error);
    });
  }

  enter(): void {
    if (!this.shell.takesInput) return;
    this.focus = 'terminal';
    this.shell.emulator?.scrollToEnd();
    this.isInside = true;
    this.host.changed();
  }

  leave(): void {
    this.isInside = false;
  }

  get inside(): TerminalInside | undefined {
    if (!this.isInside) return undefined;
    // What it was in is over.
    if (!this.shell.takesInput) this.isInside = false;
    return this.isInside ? this.sink : undefined;
  }

  private readonly sink: TerminalInside = {
    onBytes: (bytes) => this.shell.type(bytes),
    onPaste: (bytes) => this.shell.paste(bytes),
    onKey: (key) => this.shell.typeKey(key),
  };

  get caret(): Caret | undefined {
    const cursor = this.inside && this.shell.emulator?.cursor;
    if (!cursor) return undefined;
    return { row: this.shellCorner.row + cursor.row, column: this.shellCorner.column + cursor.column };
  }

  // ----------------------------------------------------------------------- keys

  get focus(): ContainerFocus {
    return this.other ?? this.stack.focus;
  }

  set focus(pane: ContainerFocus) {
    this.other = pane === 'terminal' || pane === 'events' ? pane : undefined;
    if (pane !== 'terminal' && pane !== 'events') this.stack.focus = pane;
  }

  keyContext(): KeyContext {
    const { status } = this.container;
    const own = {
      container: !this.removed,
      running: !this.removed && status === 'running',
      stopped: status === 'created' || status === 'exited',
      terminal: this.shell.takesInput,
      events: this.events.events.length > 0,
      'writable-store': !this.host.services.system.readOnly,
      'two-sides': false,
      demo: false,
    };
    const stack = this.stack.keyContext();
    if (this.other === 'terminal')
      return { scope: 'shell', facts: { ...stack.facts, ...own, item: this.shell.takesInput } };
    if (this.other === 'events')
      return { scope: 'events', facts: { ...stack.facts, ...own, item: this.events.selected !== undefined } };
    return { scope: stack.scope, facts: { ...stack.facts, ...own } };
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    if (pane === 'terminal') {
      if (this.focus === 'terminal') this.enter();
      this.focus = 'terminal';
    } else if (pane === 'events') {
      this.focus = 'events';
      if (this.events.place.top + row < this.events.events.length)
        this.events.moveTo(this.events.place.top + row);
    } else {
      this.other = undefined;
      this.stack.pick(pane, row);
    }
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'terminal') this.shell.emulator?.scrollBy(rows);
    else if (pane === 'events') this.events.moveBy(rows);
    else this.stack.wheel(pane, rows);
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.zoomed) {
      this.zoomed = false;
      return true;
    }
    if (this.other !== undefined) {
      this.other = undefined;
      return true;
    }
    return this.stack.stepBack();
  }

  filter(text: string | undefined): void {
    if (text !== undefined && text !== '') this.other = undefined;
    this.stack.filter(text);
  }

  get filterText(): string | undefined {
    return this.stack.filterText;
  }

  covered(): void {
    this.live.cover(true);
  }

  resumed(): void {
    this.live.cover(false);
    void this.live.show(this.stack);
  }

  view(viewport: Viewport): ScreenView {
    // The first moment may have come before the stack was ready for it.
    void this.live.show(this.stack);
    return containerView(this, viewport);
  }

  close(): void {
    this.closed = true;
    this.unwatch();
    this.live.close();
    this.shell.close();
    this.stack.close();
  }
}
