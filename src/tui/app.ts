// The app: a pile of screens, at most one dialog over them, and the way of every key. It knows no terminal: keys come
// in as names, what it shows is asked for by the view, and what belongs to the terminal is asked of `TerminalSide`.
import type { BuildRequest } from '../app/build-services.ts';
import type { Services, WorkOptions } from '../app/services.ts';
import { safeText } from '../lib/text.ts';
import { actionsEverywhere, actionsOfAnyScreen } from './app-actions.ts';
import { DialogKeys } from './dialog-keys.ts';
import { type Dialog, dialogScope } from './dialogs.ts';
import { Jobs, jobText } from './jobs.ts';
import type { ActionId, Handlers } from './keymap/actions.ts';
import type { Keymap } from './keymap/keymap.ts';
import { TERMINAL_SCOPE } from './keymap/scopes.ts';
import { type KeyContext, type Press, resolveKeys } from './keymap/resolve.ts';
import { ScreenPile } from './screen-pile.ts';
import { LIST_START } from './list-place.ts';
import type { Container } from '../engine/container.ts';
import type { ChoiceRequest, ContainerBegin, Host, PromptRequest, Screen } from './screen.ts';
import { BuildScreen } from './screens/build/build-screen.ts';
import { ImagesScreen } from './screens/images/images-screen.ts';
import { ContainerScreen } from './screens/container/container-screen.ts';
import { ContainersScreen } from './screens/containers/containers-screen.ts';
import { DemoScreen } from './screens/demo/demo-screen.ts';
import { StackScreen } from './screens/stack/stack-screen.ts';
import { imageSource } from './screens/stack/stack-source.ts';
import { caretOf } from './present/caret.ts';
import type { Clock } from './terminal/clock.ts';
import type { RawSink } from './terminal/keys.ts';
import { FrameTicker } from './terminal/frame-ticker.ts';
import type { MouseEvent } from './terminal/mouse.ts';
import type { TerminalSize } from './terminal/size.ts';
import { makeTheme, type Theme, type ThemeName } from './theme/theme.ts';
import { insertText, textField } from './text-field.ts';
import { WHEEL_ROWS, point } from './pointer.ts';
import type { TerminalSide } from './terminal-side.ts';

export interface AppOptions {
  readonly services: Services;
  readonly keymap: Keymap;
  readonly themeName: ThemeName;
  readonly terminal: TerminalSide;
  readonly mouse: boolean;
  /** What was wrong in the settings, safe to show. */
  readonly warnings: readonly string[];
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
}

export class App implements Host {
  readonly services: Services;
  readonly keymap: Keymap;
  readonly jobs: Jobs;
  theme: Theme;
  dialog: Dialog | undefined;
  /** A line at the bottom, until the next key. */
  message: string | undefined;
  private readonly options: AppOptions;
  private readonly pile: ScreenPile;
  /** Errors that came while something else had to be answered. */
  private readonly unread: unknown[] = [];
  private readonly dialogKeys: DialogKeys;
  private readonly ticker: FrameTicker;
  private readonly everywhere: Handlers;
  private readonly anyScreen: Handlers;
  private listener = (): void => {};
  /** Counts what is shown; the view draws again when it has changed. */
  version = 0;

  constructor(options: AppOptions) {
    this.options = options;
    this.services = options.services;
    this.keymap = options.keymap;
    this.theme = makeTheme(options.themeName);
    if (options.warnings.length > 0)
      this.dialog = { kind: 'notes', title: 'Your settings', lines: options.warnings };
    this.dialogKeys = new DialogKeys(this);
    this.everywhere = actionsEverywhere(this, options.terminal);
    this.anyScreen = actionsOfAnyScreen(this, options.terminal, options.mouse);
    this.jobs = new Jobs({
      now: () => options.clock.now(),
      onChange: () => this.changed(),
      onDone: (message) => this.say(message ?? ''),
      onError: (error) => this.fail(error),
    });
    this.ticker = new FrameTicker(options.clock, () => this.showFrame());
    this.pile = new ScreenPile(new ImagesScreen(this));
  }

  /** Opens an image over the list of images. */
  openImage(argument: string): void {
    this.open(new StackScreen(this, imageSource(this, argument)));
  }

  openContainer(container: Container, begin?: ContainerBegin): void {
    this.open(new ContainerScreen(this, container, begin));
  }

  openBuild(request: BuildRequest): void {
    this.open(new BuildScreen(this, request));
  }

  /** The guided demonstration of copy-on-write. */
  openDemo(): void {
    this.open(new DemoScreen(this));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listener = listener;
    return () => {
      this.listener = () => {};
    };
  };

  get screen(): Screen {
    return this.pile.top;
  }

  get size(): TerminalSize {
    return this.options.terminal.size();
  }

  // --------------------------------------------------------- what screens ask

  now(): number {
    return this.options.wallMs();
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.options.clock.after(0, resolve));
  }

  after(delayMs: number, run: () => void): () => void {
    return this.options.clock.after(delayMs, run);
  }

  changed(): void {
    this.ticker.request();
  }

  private showFrame(): void {
    this.version++;
    this.options.terminal.setCaret(caretOf(this));
    this.listener();
  }

  open(screen: Screen): void {
    this.pile.open(screen);
    this.changed();
  }

  back(): void {
    this.pile.back();
    this.changed();
  }

  openImages(): void {
    this.pile.backToFirst();
    this.changed();
  }

  openContainers(): void {
    if (this.pile.backToThe((screen) => screen instanceof ContainersScreen)) this.changed();
    else this.open(new ContainersScreen(this));
  }

  prompt(request: PromptRequest): void {
    this.show({ kind: 'prompt', request, field: textField(request.text) });
  }

  confirm(question: string, onAccept: () => void): void {
    this.show({ kind: 'confirm', question, onAccept });
  }

  choose(request: ChoiceRequest): void {
    this.show({ kind: 'choice', request, place: { ...LIST_START, cursor: request.start ?? 0 } });
  }

  say(text: string): void {
    this.message = text === '' ? undefined : safeText(text);
    this.changed();
  }

  /** One after the other: what somebody is typing or reading is not torn away. */
  fail(error: unknown): void {
    if (this.dialog) this.unread.push(error);
    else this.show({ kind: 'error', error });
  }

  work(title: string, job: (options: WorkOptions) => Promise<string | undefined>): void {
    this.jobs.start(title, job);
  }

  copy(text: string): void {
    const copied = this.options.terminal.copy(text);
    this.say(copied ? `copied ${text}` : 'too long for the clipboard of a terminal');
  }

  show(dialog: Dialog | undefined): void {
    this.dialog = dialog;
    this.changed();
  }

  get jobLine(): string | undefined {
    const job = this.jobs.current;
    return job && jobText(job, this.options.clock.now());
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    if (!this.dialog) return this.screen.inside ? { scope: TERMINAL_SCOPE } : this.screen.keyContext();
    return { scope: dialogScope(this.dialog) };
  }

  /** All keys of a chunk, in order: one change of state for the view. */
  press(keys: readonly string[]): void {
    this.message = undefined;
    resolveKeys(
      this.keymap,
      keys,
      this,
      () => this.keyContext(),
      (_, press) => {
        this.apply(press);
        return this;
      },
    );
    if (!this.dialog && this.unread.length > 0) this.show({ kind: 'error', error: this.unread.shift() });
    this.changed();
  }

  paste(text: string): void {
    if (this.dialog && 'field' in this.dialog) this.dialogKeys.type((field) => insertText(field, text));
    this.changed();
  }

  /** Where input goes as it is, if it does. */
  rawSink(): RawSink | undefined {
    const inside = this.dialog ? undefined : this.screen.inside;
    if (!inside) return undefined;
    const leaveKeys = this.keymap.keysOf('terminal.leave');
    return {
      // There must be a way out, whatever the settings say.
      leaveKeys: leaveKeys.length > 0 ? leaveKeys : ['f12'],
      onBytes: (bytes) => {
        if (this.message !== undefined) this.say('');
        inside.onBytes(bytes);
      },
      onPaste: (bytes) => inside.onPaste(bytes),
      onLeave: () => {
        this.perform('terminal.leave');
        this.changed();
      },
    };
  }

  private apply(press: Press): void {
    switch (press.kind) {
      case 'action':
        return this.perform(press.id);
      case 'disabled':
        return this.say(`${press.title}: ${press.reason}`);
      case 'text':
        return this.dialogKeys.type((field) => insertText(field, press.text));
      case 'unbound':
        if (!this.dialog) this.screen.inside?.onKey(press.key);
        return;
    }
  }

  perform(id: ActionId): void {
    const anywhere = this.everywhere[id];
    if (anywhere) anywhere();
    else if (this.dialog) this.dialogKeys.perform(id);
    else if (this.anyScreen[id]) this.anyScreen[id]();
    else this.screen.perform(id);
  }

  /** Ends the program, and what is under way with it. */
  end(): void {
    this.jobs.cancelAll();
    this.options.terminal.quit();
  }

  /** Frees what the screens hold. */
  async close(): Promise<void> {
    this.ticker.stop();
    this.jobs.cancelAll();
    await this.pile.close();
  }

  // ------------------------------------------------------------------- mouse

  pointer(events: readonly MouseEvent[]): void {
    for (const event of events) {
      if (!this.dialog)
        point(this.screen, this.screen.view({ size: this.size, theme: this.theme }).panes, event);
      else if (event.kind === 'wheel') this.dialogKeys.moveBy(event.delta * WHEEL_ROWS);
    }
    this.changed();
  }
}
