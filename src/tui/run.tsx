// Mounts the terminal UI on given streams. The process, its signals and its environment are the caller's.
import { render } from 'ink';
import type { BuildRequest } from '../app/build-services.ts';
import type { Services } from '../app/services.ts';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { App } from './app.ts';
import { Root } from './components/root.tsx';
import { makeKeymap } from './keymap/keymap.ts';
import { type Clock, systemClock } from './terminal/clock.ts';
import { RowMarks } from './terminal/row-marks.ts';
import { Terminal } from './terminal/session.ts';
import type { TerminalInput, TerminalOutput } from './terminal/streams.ts';
import { chooseDepth, chooseTheme } from './theme/choose.ts';

export interface TuiOptions {
  readonly services: Services;
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An IMAGE argument to open at once. */
  readonly image?: string;
  /** A guided demonstration to open at once. */
  readonly demo?: 'cow';
  /** A build to open at once. */
  readonly build?: BuildRequest;
  /** Stops the process as the shell's job control does; resolves when it goes on. Absent where nobody can. */
  readonly suspendProcess?: () => Promise<void>;
  /** Opens a file in the user's own editor, on the terminal as it was found; resolves when it ends. Absent as above. */
  readonly editFile?: (path: string, line: number) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
  readonly clock?: Clock;
}

export interface TuiSession {
  readonly app: App;
  readonly terminal: Terminal;
  /** Resolves when the user quit ('quit') or the terminal is gone ('lost'); everything is put back by then. */
  readonly done: Promise<'quit' | 'lost'>;
  /** Quits from outside, e.g. on SIGTERM. */
  quit(): void;
  /** Gives the terminal back at once, through a synchronous `write`: for a crash. */
  abandon(write: (text: string) => void): void;
}

export function startTui(options: TuiOptions): TuiSession {
  const { services, env } = options;
  const clock = options.clock ?? systemClock;
  const { keymap, warnings } = makeKeymap(services.settings.keys);
  const depth = chooseDepth(env);
  const marks = new RowMarks();
  const { promise: ended, resolve: end } = Promise.withResolvers<'quit' | 'lost'>();
  const terminal = new Terminal({
    input: options.input,
    output: options.output,
    depth,
    marks,
    mouse: services.settings.mouse,
    clock,
    onLost: () => end('lost'),
    onKeys: (keys) => app.press(keys),
    onPaste: (text) => app.paste(text),
    onMouse: (events) => app.pointer(events),
    raw: () => app.rawSink(),
  });
  /** Until `use` is done with it, the terminal is somebody else's. */
  const lend = async (use: () => Promise<void>): Promise<void> => {
    await terminal.suspend();
    try {
      if (!terminal.isOver) await use();
    } finally {
      terminal.resume();
    }
  };
  const suspend = async (): Promise<void> => {
    if (!options.suspendProcess) return app.say('there is no shell to go to from here');
    await lend(options.suspendProcess);
  };
  const edit = async (path: string, line: number): Promise<void> => {
    const { editFile } = options;
    if (editFile) return lend(() => editFile(path, line));
    throw new PhylloError('unsupported', `edit ${safeText(path)}: there is no editor to go to from here`);
  };
  const app = new App({
    services,
    keymap,
    themeName: chooseTheme(services.settings.theme, depth, env),
    mouse: services.settings.mouse,
    warnings: [...services.settings.warnings, ...warnings],
    clock,
    wallMs: options.wallMs,
    terminal: {
      size: () => ({ columns: terminal.driver.columns, rows: terminal.driver.rows }),
      copy: (text) => terminal.driver.copy(text),
      setMouse: (on) => terminal.driver.setMouse(on),
      setCaret: (caret) => terminal.driver.setCaret(caret),
      redraw: () => terminal.driver.invalidate(),
      suspend: () => void suspend(),
      edit,
      quit: () => end('quit'),
    },
  });
  if (options.image !== undefined) app.openImage(options.image);
  if (options.demo === 'cow') app.openDemo();
  if (options.build) app.openBuild(options.build);
  terminal.start();
  const ink = render(<Root app={app} marks={marks} />, terminal.inkOptions);
  const done = ended.then(async (how) => {
    const closed = app.close();
    ink.unmount();
    await terminal.close();
    await closed;
    return how;
  });
  return { app, terminal, done, quit: () => end('quit'), abandon: (write) => terminal.abandon(write) };
}
