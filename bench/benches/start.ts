// How long until there is something to see: the built program in a real pseudo-terminal, against a Node that does
// nothing.
import { fileURLToPath } from 'node:url';
import { env, execPath } from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { PhylloError } from '../../src/lib/errors.ts';
import { takeTurns } from '../measure.ts';
import { timeNode } from '../process.ts';
import { type Row, compareTimes } from '../report.ts';
import { type Bench, type Setting, inputOf, withStore } from '../setting.ts';

const program = fileURLToPath(new URL('../../bin/phyllo.js', import.meta.url));
const FLOOR = '`node -e 0`';
const FIRST = 'first paint of the terminal UI';
const LAYERS = 'first paint with the layers of the archive';
const TABLE = '`phyllo images`';
const PATIENCE_MS = 30_000;
/** What a terminal answers to the question whether it is there. */
const ASKED = '\x1b[5n';
const HERE = '\x1b[0n';

/** From the start of the process until `text` is on its screen. */
async function timeUntil(text: string, args: readonly string[], root: string): Promise<number> {
  const start = performance.now();
  const terminal = spawn(execPath, [program, ...args], {
    name: 'xterm-256color',
    cols: 120,
    rows: 40,
    env: { ...env, PHYLLO_ROOT: root, XDG_CONFIG_HOME: root, COLORTERM: 'truecolor' } as Record<
      string,
      string
    >,
  });
  const ended = new Promise<void>((done) => terminal.onExit(() => done()));
  let output = '';
  try {
    return await new Promise<number>((resolve, reject) => {
      const lost = (): void => reject(new PhylloError('io', `start phyllo: ${text} never came`));
      const timer = setTimeout(lost, PATIENCE_MS);
      terminal.onData((data) => {
        if (data.includes(ASKED)) terminal.write(HERE);
        output += data;
        if (!stripVTControlCharacters(output).includes(text)) return;
        clearTimeout(timer);
        resolve(performance.now() - start);
      });
    });
  } finally {
    terminal.kill('SIGTERM');
    await ended;
  }
}

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker', 'gzip', 'zstd');
  const rounds = Math.max(7, setting.rounds);
  const times = await withStore(setting, (root) =>
    takeTurns(rounds, [
      { name: FIRST, run: () => timeUntil('phyllo', [], root) },
      { name: TABLE, run: () => timeNode([program, 'images'], { root }) },
      { name: FLOOR, run: () => timeNode(['-e', '0']) },
      ...(input ? [{ name: LAYERS, run: () => timeUntil(input.topWord, [input.path], root) }] : []),
    ]),
  );
  const row = (product: string, goal?: number): Row[] =>
    times.has(product) ? [compareTimes(times, { what: product, product, floor: FLOOR, goal })] : [];
  return [...row(FIRST, 8), ...row(LAYERS), ...row(TABLE)];
}

export const startBench: Bench = { name: 'start', run };
