// phyllo as a process of its own: pipes that close, Ctrl-C, workers, exit codes.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, watch } from 'node:fs';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeArchive } from './archives.ts';
import { CliBench } from './run-cli.ts';

const program = fileURLToPath(new URL('../../src/cli/start.ts', import.meta.url));
const bench = new CliBench();
const image = bench.path('image.tar');
const FILES = 20_000;

beforeAll(async () => {
  const files = Array.from({ length: FILES }, (_, at) => [`dir/file-${at}`, ''] as const);
  await writeArchive(image, { layers: [files] });
});
afterAll(() => bench.remove());

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** `script` runs in a shell with `phyllo` as a function. */
function shell(script: string): Promise<Ended> {
  const phyllo = `phyllo() { '${execPath}' '${program}' "$@"; }; `;
  return ended(spawn('bash', ['-c', phyllo + script], { env: environment() }));
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: bench.folder, PHYLLO_ROOT: bench.root };
}

function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

test('a reader that takes one line ends it quietly', async () => {
  const { out, err } = await shell(`phyllo tree ${image} | head -1; echo "codes \${PIPESTATUS[*]}"`);
  expect(out).toMatch(/^drwxr-xr-x .* \/dir\/\ncodes 0 0\n$/);
  expect(err).toBe('');
});

test('a reader that takes nothing ends it quietly', async () => {
  const { out, err } = await shell(`phyllo tree --json ${image} | true; echo "codes \${PIPESTATUS[*]}"`);
  expect(out).toBe('codes 0 0\n');
  expect(err).toBe('');
});

test('a saved archive that nobody reads to its end is a failure', async () => {
  const { out, err } = await shell(
    `phyllo load -q -i ${image} >/dev/null; phyllo save $(phyllo images -q) | head -c 1 >/dev/null; echo "\${PIPESTATUS[*]}"`,
  );
  expect(out).toBe('1 0\n');
  expect(err).toMatch(/^(?:phyllo: .*\n)?$/);
});

test('all of a big tree arrives through a pipe', async () => {
  const { code, out } = await shell(`phyllo tree ${image} | wc -l; exit \${PIPESTATUS[0]}`);
  expect({ code, out: out.trim() }).toEqual({ code: 0, out: String(FILES + 1) });
});

test('a closed standard error changes nothing', async () => {
  expect((await shell(`phyllo layers nosuch 2>&-`)).code).toBe(1);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends waiting for input with %i and leaves nothing', async (signal, expected) => {
  const child = spawn(execPath, [program, 'load'], { env: environment() });
  const running = ended(child);
  child.stdin.write(Buffer.alloc(100_000));
  await untilSpooling();
  const before = performance.now();
  child.kill(signal);
  const { code, err } = await running;
  expect({ code, err }).toEqual({ code: expected, err: '' });
  expect(performance.now() - before).toBeLessThan(5000);
  expect(await bench.run(['images'])).toMatchObject({ code: 0 });
  expect(spooled()).toEqual([]);
});

function spooled(): string[] {
  const temporary = `${bench.root}/tmp`;
  return existsSync(temporary) ? readdirSync(temporary) : [];
}

function untilSpooling(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (spooled().length === 0) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(bench.root, { recursive: true }, look);
    look();
  });
}

test('phyllo without a terminal prints help and fails', async () => {
  const { code, out } = await ended(
    spawn(execPath, [program], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  expect(code).toBe(2);
  expect(out).toMatch(/^Usage: phyllo/);
});

test('options that Node has as well are ours when the program is started by its name', async () => {
  const launcher = fileURLToPath(new URL('../../bin/phyllo.js', import.meta.url));
  const child = spawn(launcher, ['run', '--env-file', '/nosuch', 'image'], { env: environment() });
  const { code, err } = await ended(child);
  expect(err).toContain('phyllo: read /nosuch: no such file or directory');
  expect(code).toBe(125);
});
