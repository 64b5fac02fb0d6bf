// The program as it is delivered, bundled into a folder of its own, and run on a real terminal device.
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type IPty, spawn } from '@lydell/node-pty';
import { onTestFinished } from 'vitest';
import { bundleProgram } from '../../scripts/bundle-program.ts';
import { TestScreen } from './screen.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** For all tests of a file; `removeProgram` belongs into its `afterAll`. Returns the path of the program. */
export async function bundledProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-program-'));
  await bundleProgram(join(folder, 'dist'));
  for (const path of ['bin', 'samples', 'package.json'])
    cpSync(join(REPOSITORY, path), join(folder, path), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'bin/phyllo.js');
}

export function removeProgram(program: string): void {
  rmSync(dirname(dirname(program)), { recursive: true, force: true });
}

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program on a pty, seen through a terminal emulator. Ends with the test. */
export class PtyProgram {
  readonly screen: TestScreen;
  /** All that it wrote. */
  output = '';
  readonly ended: Promise<{ exitCode: number; signal?: number }>;
  readonly #pty: IPty;

  constructor(command: string, args: readonly string[], options: PtyOptions = {}) {
    const { columns = 120, rows = 40, env = {}, cwd = tmpdir() } = options;
    this.screen = new TestScreen(columns, rows);
    this.#pty = spawn(command, [...args], {
      cols: columns,
      rows,
      cwd,
      env: { PATH: `${dirname(execPath)}:/usr/bin:/bin`, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
    });
    this.#pty.onData((data) => {
      this.output += data;
      this.screen.write(data);
    });
    this.screen.onAnswer = (text) => this.#pty.write(text);
    this.ended = new Promise((resolve) => this.#pty.onExit(resolve));
    onTestFinished(() => this.kill('SIGKILL'));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended already.
    }
  }

  /** The far end of the terminal goes away, as when a connection is lost. */
  hangUp(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  /** Resolves when a line of the screen matches; the test's time-out tells that it never did. */
  shows(wanted: RegExp | string): Promise<void> {
    const holds = (): boolean =>
      this.screen
        .lines()
        .some((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line)));
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.screen.off('shown', check);
        resolve();
      };
      this.screen.on('shown', check);
    });
  }
}

/** Resolves when the file is there. */
export async function appears(path: string): Promise<void> {
  if (existsSync(path)) return;
  const watcher = watch(dirname(path));
  try {
    await new Promise<void>((resolve) => {
      watcher.on('change', (_, name) => {
        if (name === basename(path)) resolve();
      });
      if (existsSync(path)) resolve();
    });
  } finally {
    watcher.close();
  }
}
