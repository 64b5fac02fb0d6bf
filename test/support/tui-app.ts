// The terminal UI as a person has it: keys by what they do, and what stands on the screen. The real app on a terminal
// emulator; services are real ones or whatever a test hands over.
import { onTestFailed, onTestFinished } from 'vitest';
import type { BuildRequest } from '../../src/app/build-services.ts';
import type { Services } from '../../src/app/services.ts';
import type { ActionId } from '../../src/tui/keymap/actions.ts';
import { startTui, type TuiSession } from '../../src/tui/run.tsx';
import type { Box } from '../../src/tui/screen.ts';
import type { Clock } from '../../src/tui/terminal/clock.ts';
import { FakeInput, type ScreenCell, TestScreen } from './screen.ts';
import { WatchedClock } from './tui-clock.ts';

export interface UiOptions {
  readonly services: Services;
  /** An IMAGE argument to open at once. */
  readonly image?: string;
  readonly demo?: 'cow';
  readonly build?: BuildRequest;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly suspendProcess?: () => Promise<void>;
  readonly editFile?: (path: string, line: number) => Promise<void>;
}

/** 2026-11-25, so that ages are the same every day. */
const NOW_MS = Date.UTC(2026, 10, 25, 12);

const KEY_BYTES: Readonly<Record<string, string>> = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  end: '\x1b[F',
  home: '\x1b[H',
  'shift-tab': '\x1b[Z',
  delete: '\x1b[3~',
  pgup: '\x1b[5~',
  pgdn: '\x1b[6~',
  backspace: '\x7f',
  enter: '\r',
  esc: '\x1b',
  space: ' ',
  tab: '\t',
  f1: '\x1bOP',
};

export function keyBytes(key: string): string {
  if (key.startsWith('ctrl-')) return String.fromCharCode(key.charCodeAt(5) & 0x1f);
  return KEY_BYTES[key] ?? key;
}

/** Ends with the test that opened it. */
export function openUi(options: UiOptions): Ui {
  const ui = new Ui(options);
  let last = '';
  onTestFinished(() => {
    last = ui.text();
    return ui.close();
  });
  onTestFailed(() => console.error(`the screen showed\n${last || ui.text()}`));
  return ui;
}

export class Ui {
  readonly screen: TestScreen;
  readonly input = new FakeInput();
  readonly session: TuiSession;
  readonly #clock = new WatchedClock();

  constructor({ columns = 120, rows = 40, env = {}, ...options }: UiOptions) {
    this.screen = new TestScreen(columns, rows);
    this.screen.onAnswer = (text) => this.input.send(text);
    this.session = startTui({
      ...options,
      env: { TERM: 'xterm-256color', ...env },
      input: this.input,
      output: this.screen,
      wallMs: () => NOW_MS,
      clock: this.#clock satisfies Clock,
    });
  }

  // -------------------------------------------------------------------- doing

  /** The first key of each action, one after the other, each with its frame. */
  async press(...ids: ActionId[]): Promise<void> {
    for (const id of ids) await this.send(keyBytes(this.keyOf(id)));
  }

  keyOf(id: ActionId): string {
    const key = this.session.app.keymap.keysOf(id)[0];
    if (key === undefined) throw new Error(`${id} has no key`);
    return key;
  }

  type(text: string): Promise<void> {
    return this.send(text);
  }

  /** Raw input in one chunk. */
  async send(bytes: string): Promise<void> {
    this.input.send(bytes);
    await this.settled();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.screen.resize(columns, rows);
    await this.settled();
  }

  /** Clicks or wheels on what shows `text`; SGR mouse reports. */
  async click(text: string): Promise<void> {
    const { row, column } = this.find(text);
    await this.send(`\x1b[<0;${column + 1};${row + 1}M\x1b[<0;${column + 1};${row + 1}m`);
  }

  async wheel(text: string, direction: 1 | -1): Promise<void> {
    const { row, column } = this.find(text);
    await this.send(`\x1b[<${direction > 0 ? 65 : 64};${column + 1};${row + 1}M`);
  }

  async close(): Promise<void> {
    this.session.quit();
    await this.session.done;
  }

  // ------------------------------------------------------------------ waiting

  /** Everything that a key set off on this thread is on the screen. */
  async settled(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 3;) {
      await this.#clock.quiet();
      await this.screen.settled();
      await new Promise(setImmediate);
      quietTurns = this.#clock.isQuiet ? quietTurns + 1 : 0;
    }
  }

  /** Resolves as soon as a line of the screen matches; never, when none does: the test's time-out tells the screen. */
  shows(wanted: RegExp | string): Promise<void> {
    return this.#until(() => this.has(wanted));
  }

  gone(unwanted: RegExp | string): Promise<void> {
    return this.#until(() => !this.has(unwanted));
  }

  async #until(holds: () => boolean): Promise<void> {
    await this.settled();
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.screen.off('shown', check);
        resolve();
      };
      this.screen.on('shown', check);
    });
    await this.settled();
  }

  // ------------------------------------------------------------------ looking

  text(): string {
    return this.screen.lines().join('\n');
  }

  has(wanted: RegExp | string): boolean {
    const lines = this.screen.lines();
    return lines.some((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line)));
  }

  find(text: string): { row: number; column: number } {
    const lines = this.screen.lines();
    const row = lines.findIndex((line) => line.includes(text));
    if (row < 0) throw new Error(`nothing shows ${text}:\n${this.text()}`);
    return { row, column: lines[row]!.indexOf(text) };
  }

  get footer(): string {
    return this.screen.lines().at(-1)!;
  }

  get panes(): string[] {
    return this.#panes().map(({ id }) => id);
  }

  /** What stands inside of a pane's borders, without trailing blanks. */
  pane(id: string): { rows: string[]; title: string; place: string; cells: ScreenCell[][] } {
    const pane = this.#panes().find((one) => one.id === id);
    if (!pane) throw new Error(`there is no pane ${id}:\n${this.text()}`);
    const all = this.screen.cells();
    const { box } = pane;
    const rowAt = (row: number): ScreenCell[] => all[row]!.slice(box.x + 1, box.x + box.width - 1);
    const cells = Array.from({ length: box.height - 2 }, (_, row) => rowAt(box.y + 1 + row));
    return {
      cells,
      rows: cells.map(textOf),
      title: textOf(rowAt(box.y)),
      place: textOf(rowAt(box.y + box.height - 1)),
    };
  }

  /** The row under the cursor of a pane, without its gutter. */
  selected(id: string): string {
    const row = this.pane(id).rows.find((text) => text.startsWith('▌'));
    if (row === undefined) throw new Error(`nothing is selected in ${id}:\n${this.text()}`);
    return row.slice(1).trim();
  }

  #panes(): readonly { id: string; box: Box }[] {
    const { app } = this.session;
    const { columns, rows } = this.screen;
    return app.screen.view({ size: { columns, rows }, theme: app.theme }).panes;
  }
}

function textOf(cells: readonly ScreenCell[]): string {
  return cells
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}
