// In tmux the screen is the same as on a plain terminal: tmux has its own opinion about every sequence.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { needTool } from '../../support/tools.ts';
import { PtyProgram, bundledProgram, removeProgram } from '../../support/tui-program.ts';
import { type Place, endPlace, placeWithSamples } from '../../support/tui-services.ts';

const run = promisify(execFile);

let program: string;
let place: Place;
beforeAll(async () => {
  program = await bundledProgram();
  place = await placeWithSamples();
});
afterAll(async () => {
  await endPlace(place);
  removeProgram(program);
});

/** A tmux server with one window, which tells of every output through its control mode. */
class Tmux {
  readonly #socket: string;
  readonly #client: ReturnType<typeof spawn>;

  constructor(folder: string, columns: number, rows: number, command: readonly string[]) {
    this.#socket = join(folder, `tmux-${columns}`);
    const env = {
      ...process.env,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      PHYLLO_ROOT: join(folder, 'store'),
    };
    const size = ['-x', String(columns), '-y', String(rows)];
    this.#client = spawn(
      'tmux',
      ['-u', '-S', this.#socket, '-f', '/dev/null', '-C', 'new-session', ...size, ...command],
      { env },
    );
    this.#client.stdin!.write(`refresh-client -C ${columns}x${rows}\n`);
    onTestFinished(async () => {
      await run('tmux', ['-S', this.#socket, 'kill-server']).catch(() => {});
      this.#client.kill();
    });
  }

  async lines(): Promise<string[]> {
    const { stdout } = await run('tmux', ['-S', this.#socket, 'capture-pane', '-p']);
    return stdout
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  type(...keys: string[]): Promise<unknown> {
    return run('tmux', ['-S', this.#socket, 'send-keys', ...keys]);
  }

  /** Looks again after every output. */
  async shows(wanted: readonly string[]): Promise<void> {
    for (;;) {
      const output = new Promise((resolve) => this.#client.stdout!.once('data', resolve));
      const lines = await this.lines().catch(() => []);
      if (lines.join('\n') === wanted.join('\n')) return;
      await output;
    }
  }
}

const KEYS = ['s', '2', 'G', '[', '/', 'i', 'n', 'd', 'Enter', 'i'];

test.runIf(needTool('tmux')).each([
  [80, 24],
  [160, 50],
])('shows at %ix%i what a plain terminal shows, key by key', async (columns, rows) => {
  const env = { PHYLLO_ROOT: join(place.folder, 'store'), HOME: place.folder };
  const plain = new PtyProgram(execPath, [program, 'phyllo/tour'], { columns, rows, env });
  const tmux = new Tmux(place.folder, columns, rows, [execPath, program, 'phyllo/tour']);
  await plain.shows('13.29 MB dead');
  await tmux.shows(plain.screen.lines());
  for (const key of KEYS) {
    plain.type(key === 'Enter' ? '\r' : key);
    await tmux.type(key);
  }
  await plain.shows('index.html');
  await plain.shows(/written by +layer 6/);
  await tmux.shows(plain.screen.lines());
  expect(await tmux.lines()).toEqual(plain.screen.lines());
});
