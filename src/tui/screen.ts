// What a screen is to the app around it: it gets keys as actions, tells what it shows as plain rows, and asks its
// host for everything that goes beyond it.
import type { BuildRequest } from '../app/build-services.ts';
import type { Services, WorkOptions } from '../app/services.ts';
import type { Container } from '../engine/container.ts';
import type { ActionId } from './keymap/actions.ts';
import type { KeyContext } from './keymap/resolve.ts';
import type { TerminalSize } from './terminal/size.ts';
import type { Caret } from './terminal/driver.ts';
import type { StackSource } from './screens/stack/stack-source.ts';
import type { Theme } from './theme/theme.ts';
import type { TransferRequest, Transfers } from './transfers.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PaneView {
  readonly id: string;
  readonly box: Box;
  /** `box.height` lines of exactly `box.width` columns, borders included. */
  readonly lines: readonly string[];
}

export interface ScreenView {
  /** Safe to show, first the outermost. */
  readonly crumbs: readonly string[];
  /** At the right of the header, already painted. */
  readonly summary: string;
  readonly panes: readonly PaneView[];
}

/** Between header and footer. */
export interface Viewport {
  readonly size: TerminalSize;
  readonly theme: Theme;
}

export interface Screen {
  /** Where keys go, and what is there for them. */
  keyContext(): KeyContext;
  /** Actions of the screen's scopes; the app keeps its own (help, quit …) to itself. */
  perform(action: ActionId): void;
  view(viewport: Viewport): ScreenView;
  /** A click on, or the wheel over, a row of a pane (row 0 is the first inside its border). */
  pick?(pane: string, row: number): void;
  wheel?(pane: string, rows: number): void;
  /** Esc: true when there was something of its own to step back from. */
  stepBack?(): boolean;
  /** The filter being typed; undefined ends filtering. */
  filter?(text: string | undefined): void;
  readonly filterText?: string;
  /** While input goes to a program as it is. */
  readonly inside?: TerminalInside | undefined;
  /** Where the terminal's own cursor stands; nowhere when absent. */
  readonly caret?: Caret | undefined;
  /** It tells of transfers itself, so the last line need not. */
  readonly showsTransfers?: true;
  /** Another screen is laid over it. */
  covered?(): void;
  /** The screen that lay over it was closed. */
  resumed?(): void;
  /** What has to be put back takes a while for some. */
  close(): void | Promise<void>;
}

/** A program that has the keys. */
export interface TerminalInside {
  onBytes(bytes: Uint8Array): void;
  onPaste(bytes: Uint8Array): void;
  /** A key that was read already, by its name. */
  onKey(key: string): void;
}

export interface PromptRequest {
  readonly title: string;
  readonly text?: string;
  /** An empty text is an answer too. */
  readonly mayBeEmpty?: true;
  /** A password: it is not shown, and taken as it is. */
  readonly secret?: true;
  readonly onChange?: (text: string) => void;
  readonly onAccept: (text: string) => void;
  readonly onCancel?: () => void;
}

export interface ChoiceRequest {
  readonly title: string;
  /** Painted rows for a width. */
  readonly rows: (width: number, theme: Theme) => readonly string[];
  readonly start?: number;
  readonly onAccept: (index: number) => void;
}

export type ContainerBegin = 'start' | 'shell' | 'logs';

export interface Host {
  readonly services: Services;
  /** Images on their way from and to registries and files. */
  readonly transfers: Transfers;
  /** Of the whole terminal. */
  readonly size: TerminalSize;
  /** Milliseconds since the epoch, for ages. */
  now(): number;
  /** Lets keys and frames have their turn in the middle of long work. */
  turn(): Promise<void>;
  /** Returns how to take it back. */
  after(delayMs: number, run: () => void): () => void;
  /** Something that is shown is different. */
  changed(): void;
  open(screen: Screen): void;
  back(): void;
  /** `image` is an IMAGE argument. */
  openImage(image: string): void;
  openStack(source: StackSource): void;
  /** `begin` is what is done at once: start it, one more shell in it, show what it printed. */
  openContainer(container: Container, begin?: ContainerBegin): void;
  openBuild(request: BuildRequest): void;
  /** To the screens that everything starts from, over which nothing is left then. */
  openImages(): void;
  openContainers(): void;
  openTransfers(): void;
  /** Asks for a registry or repository, then shows it; `text` is what stands there at first. */
  askRegistry(text: string): void;
  /** The action's first key as people read it; undefined when only the palette has it. */
  keyLabel(id: ActionId): string | undefined;
  prompt(request: PromptRequest): void;
  confirm(question: string, onAccept: () => void): void;
  choose(request: ChoiceRequest): void;
  /** A line at the bottom until the next key. */
  say(text: string): void;
  /** Stays until read. */
  fail(error: unknown): void;
  /** Starts one that goes on while other screens are looked at; on this one esc cancels it. */
  transfer(request: TransferRequest): void;
  /** Long work with its progress at the bottom; esc cancels it. */
  work(title: string, job: (options: WorkOptions) => Promise<string | undefined>): void;
  copy(text: string): void;
  /** Opens a file in the user's own editor, which has the terminal until it ends; throws what went wrong with it. */
  edit(path: string, line: number): Promise<void>;
}
