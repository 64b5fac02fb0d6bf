// Changes are told as they come: by the system, or looked for where it does not tell.
import { spawn } from 'node:child_process';
import fs, { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveLayer } from '../../src/snapshot/live-layer.ts';
import { UpperWatch } from '../../src/snapshot/upper-watch.ts';
import { Overlay, canMount, treeLines } from './live-overlay.ts';

const CHILD = fileURLToPath(new URL('upper-watch-child.ts', import.meta.url));
let overlay: Overlay;
let stop: AbortController;
beforeEach(() => {
  overlay = new Overlay();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  overlay.remove();
});

const at = (path: string): string => join(overlay.upper, path);

/** The next layers, until one is as wanted. */
async function until(
  layers: AsyncIterator<LiveLayer>,
  isWanted: (live: LiveLayer) => boolean,
): Promise<LiveLayer> {
  for (;;) {
    const { value, done } = await layers.next();
    if (done === true) throw new Error('the watch ended');
    if (isWanted(value)) return value;
  }
}

function has(...lines: readonly string[]): (live: LiveLayer) => boolean {
  return (live) => {
    const found = treeLines(live);
    return lines.every((line) => found.includes(line));
  };
}

function sizeOf(live: LiveLayer, path: string): number {
  const node = live.tree.find(Buffer.from(path));
  return node < 0 ? -1 : live.tree.sizeBytes[node]!;
}

function begin(options: ConstructorParameters<typeof UpperWatch>[1] = {}): {
  watch: UpperWatch;
  layers: AsyncIterator<LiveLayer>;
} {
  const watch = new UpperWatch(overlay.upper, options);
  return { watch, layers: watch.layers(stop.signal) };
}

test('the layer comes at once, then after every change', async () => {
  writeFileSync(at('first'), '1');
  const { layers } = begin();
  expect(treeLines((await layers.next()).value)).toEqual(['first']);
  writeFileSync(at('second'), '22');
  await until(layers, has('first', 'second'));
  writeFileSync(at('second'), '333');
  await until(layers, (live) => sizeOf(live, 'second') === 3);
  rmSync(at('first'));
  await until(layers, (live) => treeLines(live).join() === 'second');
  chmodSync(at('second'), 0o600);
  await until(layers, ({ tree }) => tree.mode[1] === 0o600);
});

test('directories that are made and filled at once are read and watched, too', async () => {
  const { layers } = begin();
  await layers.next();
  const filled: string[] = [];
  for (let index = 0; index < 50; index++) {
    mkdirSync(at(`d${index}/deep/er`), { recursive: true });
    writeFileSync(at(`d${index}/deep/er/file`), 'x');
    filled.push(`d${index}/deep/er/file`);
  }
  await until(layers, has(...filled));
  writeFileSync(at('d7/deep/er/later'), 'later');
  const live = await until(layers, (now) => sizeOf(now, 'd7/deep/er/later') === 5);
  expect(live.tree.facts).toMatchObject({ directories: 151, files: 51 });
});

test('a directory that is moved or replaced is followed under its new name', async () => {
  mkdirSync(at('a/in'), { recursive: true });
  writeFileSync(at('a/in/file'), 'x');
  const { layers } = begin();
  await layers.next();
  renameSync(at('a'), at('b'));
  await until(layers, (live) => treeLines(live).join() === 'b/,b/in/,b/in/file');
  writeFileSync(at('b/in/file'), 'longer');
  await until(layers, (live) => sizeOf(live, 'b/in/file') === 6);
  mkdirSync(at('a'));
  writeFileSync(at('a/other'), '');
  renameSync(at('b'), at('c'));
  renameSync(at('a'), at('b'));
  await until(layers, has('b/', 'b/other', 'c/', 'c/in/', 'c/in/file'));
  writeFileSync(at('b/other'), 'four');
  const live = await until(layers, (now) => sizeOf(now, 'b/other') === 4);
  expect(treeLines(live)).toEqual(['b/', 'c/', 'b/other', 'c/in/', 'c/in/file']);
});

test('the time of a directory is that of what came or went in it last', async () => {
  mkdirSync(at('d/e'), { recursive: true });
  const { layers } = begin();
  await layers.next();
  writeFileSync(at('d/e/file'), 'x');
  const { tree } = await until(layers, has('d/e/file'));
  const { mtimeNs } = fs.statSync(at('d/e'), { bigint: true });
  expect(tree.mtimeNanos[tree.find(Buffer.from('d/e'))]).toBe(Number(mtimeNs % 1_000_000_000n));
});

test('a file that is written to under another name is told of by all its names', async () => {
  mkdirSync(at('x'));
  writeFileSync(at('x/a'), '1');
  fs.linkSync(at('x/a'), at('b'));
  const { layers } = begin();
  await until(layers, has('b', 'x/a = b'));
  writeFileSync(at('x/a'), '22');
  const live = await until(layers, (now) => sizeOf(now, 'x/a') === 2);
  expect(sizeOf(live, 'b')).toBe(2);
});

test.runIf(canMount)('what is written through an overlay is seen while it is mounted', async () => {
  overlay.layer('mkdir etc; head -c 20000 /dev/zero >etc/big; echo x >etc/x');
  const { watch, layers } = begin({ lowers: overlay.lowers });
  await layers.next();
  const shell = spawn(
    'unshare',
    ['-m', 'sh', '-euc', `${overlay.mountCommand()}; cd ${overlay.merged}; sh`],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  try {
    shell.stdin.write('exec 3>>etc/big; echo one >&3\n');
    await until(layers, (live) => sizeOf(live, 'etc/big') === 20_004);
    shell.stdin.write('echo more >&3; rm etc/x\n');
    const live = await until(layers, has('- etc/x', 'etc/big'));
    const last =
      live.changedBytes.size > 0 ? live : await until(layers, ({ changedBytes }) => changedBytes.size > 0);
    expect([...last.changedBytes.values()]).toEqual([9]);
    expect(watch.polling).toBeUndefined();
  } finally {
    shell.stdin.end('exit\n');
    await once(shell, 'exit');
  }
});

interface Printed {
  readonly polling: string | null;
  readonly paths: readonly string[];
  readonly timers: number;
}

/** What a watch in a process of its own tells, after `before` was run in the same shell. */
async function* watchApart(before = ':'): AsyncGenerator<Printed> {
  const script = `${before}; exec "$0" "$1" "$2"`;
  const args = ['-U', '--map-root-user', 'sh', '-euc', script, process.execPath, CHILD, overlay.upper];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Printed;
  } finally {
    child.kill('SIGKILL');
  }
}

async function printed(
  lines: AsyncIterator<Printed>,
  isWanted: (line: Printed) => boolean,
): Promise<Printed> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the process ended');
    if (isWanted(value)) return value;
  }
}

test.runIf(canMount)('where watches run out files are looked at, and that is told', async () => {
  for (const name of ['a', 'b', 'c', 'd']) mkdirSync(at(name));
  const lines = watchApart('echo 2 >/proc/sys/user/max_inotify_watches');
  const first = await printed(lines, () => true);
  expect(first.polling).toMatch(/no more file watches/);
  writeFileSync(at('d/file'), 'x');
  await printed(lines, ({ paths }) => paths.includes('d/file'));
  await lines.return(undefined);
});

test.runIf(canMount)('no timer runs while nothing happens', async () => {
  const lines = watchApart();
  await lines.next();
  writeFileSync(at('last'), '22');
  const quiet = await printed(lines, ({ paths, timers }) => paths.includes('last') && timers === 0);
  expect(quiet.polling).toBeNull();
  await lines.return(undefined);
});

test('looking for changes finds them', async () => {
  writeFileSync(at('first'), '1');
  const { watch, layers } = begin({ poll: true });
  await layers.next();
  mkdirSync(at('d'));
  writeFileSync(at('d/file'), 'x');
  await until(layers, has('d/', 'd/file', 'first'));
  expect(watch.polling).toBe('asked for');
});

test('under continuous writing it is told again and again, and the last word is right', async () => {
  const { layers } = begin();
  await layers.next();
  const script = 'i=0; while [ $i -lt 300 ]; do echo line >>log; i=$((i+1)); sleep 0.002; done';
  const writer = spawn('sh', ['-c', script], { cwd: overlay.upper });
  let told = 0;
  await until(layers, (live) => {
    told++;
    return sizeOf(live, 'log') === 300 * 5;
  });
  if (writer.exitCode === null) await once(writer, 'exit');
  expect(told).toBeGreaterThan(1);
});

test('it ends with its signal, and with the upperdir', async () => {
  const first = begin();
  await first.layers.next();
  const next = first.layers.next();
  stop.abort();
  expect(await next).toEqual({ value: undefined, done: true });

  stop = new AbortController();
  const second = begin();
  await second.layers.next();
  rmSync(overlay.upper, { recursive: true });
  expect(existsSync(overlay.upper)).toBe(false);
  for (let result = await second.layers.next(); result.done !== true; result = await second.layers.next());
  expect(second.watch.polling).toBeUndefined();
});

test('a folder that is taken away before it is emptied is told as it was', async () => {
  writeFileSync(at('kept'), 'kept');
  const { layers } = begin();
  const first = (await layers.next()).value as LiveLayer;
  const away = `${overlay.upper}-away`;
  renameSync(overlay.upper, away);
  rmSync(join(away, 'kept'));
  const told: LiveLayer[] = [];
  for (let next = await layers.next(); next.done !== true; next = await layers.next()) told.push(next.value);
  expect([first, ...told].every((live) => sizeOf(live, 'kept') === 4)).toBe(true);
  rmSync(away, { recursive: true });
});

test('descriptors are given back', async () => {
  const open = (): number => fs.readdirSync('/proc/self/fd').length;
  mkdirSync(at('d'));
  const before = open();
  for (let round = 0; round < 5; round++) {
    const { layers } = begin();
    await layers.next();
    stop.abort();
    await layers.next();
    stop = new AbortController();
  }
  expect(open()).toBeLessThanOrEqual(before + 2);
});
