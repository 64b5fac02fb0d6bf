// The app: a pile of screens, at most one dialog over them, and the way of every key. It knows no terminal: keys come
// in as names, what it shows is asked for by the view, and what belongs to the terminal is asked of `TerminalSide`.
import type { BuildRequest } from '../app/build-services.ts';
import type { Services, WorkOptions } from '../app/services.ts';
import { safeText } from '../lib/text.ts';
import { actionsEverywhere, actionsOfAnyScreen } from './app-actions.ts';
import { DialogKeys } from './dialog-keys.ts';
import { type Dialog, dialogScope } from './dialogs.ts';
import { jobLine } from './job-line.ts';
import { Jobs } from './jobs.ts';
import type { ActionId, Handlers } from './keymap/actions.ts';
import { keyLabel } from './keymap/key-name.ts';
import type { Keymap } from './keymap/keymap.ts';
import { TERMINAL_SCOPE } from './keymap/scopes.ts';
import { type KeyContext, type Press, resolveKeys } from './keymap/resolve.ts';
import { rawSinkOf } from './raw-input.ts';
import { ScreenPile } from './screen-pile.ts';
import { LIST_START } from './list-place.ts';
import type { Container } from '../engine/container.ts';
import type { ChoiceRequest, ContainerBegin, Host, PromptRequest, Screen } from './screen.ts';
import { BuildScreen } from './screens/build/build-screen.ts';
import { ImagesScreen } from './screens/images/images-screen.ts';
import { ContainerScreen } from './screens/container/container-screen.ts';
import { ContainersScreen } from './screens/containers/containers-screen.ts';
import { DemoScreen } from './screens/demo/demo-screen.ts';
import { askRegistry } from './screens/registry/open-registry.ts';
import { StackScreen } from './screens/stack/stack-screen.ts';
import { TransfersScreen } from './screens/transfers/transfers-screen.ts';
import { withLoginKey } from './screens/log-in.ts';
import { type StackSource, imageSource } from './screens/stack/stack-source.ts';
import { caretOf } from './present/caret.ts';
import type { Clock } from './terminal/clock.ts';
import type { RawSink } from './terminal/keys.ts';
import { FrameTicker } from './terminal/frame-ticker.ts';
import type { MouseEvent } from './terminal/mouse.ts';
import type { TerminalSize } from './terminal/size.ts';
import { makeTheme, type Theme, type ThemeName } from './theme/theme.ts';
import { insertText, textField } from './text-field.ts';
import { type TransferRequest, Transfers } from './transfers.ts';
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
  readonly transfers: Transfers;
  theme: Theme;
  dialog: Dialog | undefined;
  /** A line at the bottom, until the next key. */
  message: string | undefined;
  private readonly options: AppOptions;
  private readonly pile: ScreenPile;
  /** Errors and questions that came while something else had to be answered. */
  private readonly waiting: Dialog[] = [];
  private readonly dialogKeys: DialogKeys;
  private readonly ticker: FrameTicker;
  private readonly everywhere: Handlers;
  private readonly anyScreen: Handlers;
  private listener = (): void => {};
  /** An editor has the terminal. */
  private isLent = false;
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
    this.transfers = new Transfers(this.jobs);
    this.ticker = new FrameTicker(options.clock, () => this.showFrame());
    this.pile = new ScreenPile(new ImagesScreen(this));
  }

  /** Opens an image over the list of images. */
  openImage(argument: string): void {
    this.openStack(imageSource(this, argument));
  }

  openStack(source: StackSource): void {
    this.open(new StackScreen(this, source));
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

  askRegistry(text: string): void {
    askRegistry(this, text);
  }

  openTransfers(): void {
    if (this.pile.backToThe((screen) => screen instanceof TransfersScreen)) this.changed();
    else this.open(new TransfersScreen(this));
  }

  prompt(request: PromptRequest): void {
    this.show({ kind: 'prompt', request, field: textField(request.text) });
  }

  confirm(question: string, onAccept: () => void): void {
    this.showNext({ kind: 'confirm', question, onAccept });
  }

  choose(request: ChoiceRequest): void {
    this.show({ kind: 'choice', request, place: { ...LIST_START, cursor: request.start ?? 0 } });
  }

  say(text: string): void {
    this.message = text === '' ? undefined : safeText(text);
    this.changed();
  }

  fail(error: unknown): void {
    this.showNext({ kind: 'error', error: withLoginKey(error, this) });
  }

  /** One after the other: what somebody is typing or reading is not torn away. */
  private showNext(dialog: Dialog): void {
    if (this.dialog) this.waiting.push(dialog);
    else this.show(dialog);
  }

  keyLabel = (id: ActionId): string | undefined => this.keymap.keysOf(id).map(keyLabel)[0];

  work(title: string, job: (options: WorkOptions) => Promise<string | undefined>): void {
    this.jobs.start(title, job);
  }

  transfer(request: TransferRequest): void {
    this.transfers.start(request, this.screen);
  }

  copy(text: string): void {
    const copied = this.options.terminal.copy(text);
    this.say(copied ? `copied ${text}` : 'too long for the clipboard of a terminal');
  }

  async edit(path: string, line: number): Promise<void> {
    this.isLent = true;
    try {
      await this.options.terminal.edit(path, line);
    } finally {
      this.isLent = false;
    }
  }

  show(dialog: Dialog | undefined): void {
    this.dialog = dialog;
    this.changed();
  }

  get jobLine(): string | undefined {
    return jobLine(this);
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
    if (!this.dialog && this.waiting.length > 0) this.show(this.waiting.shift());
    this.changed();
  }

  paste(text: string): void {
    this.dialogKeys.paste(text);
    this.changed();
  }

  rawSink(): RawSink | undefined {
    return rawSinkOf(this);
  }

  private apply(press: Press): void {
    // What was typed ahead, in one chunk with the key that opened the editor, was meant for that.
    if (this.isLent) return;
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
