// phyllo shell: a simulated shell over an image wherever it lies, as of any layer; nothing of it stays.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { contentsOf } from '../support/image-folder.ts';
import { until } from '../support/engine-runs.ts';
import { writeArchive } from './archives.ts';
import { CliBench, TestOutput } from './run-cli.ts';

const bench = new CliBench();
const image = bench.path('image.tar');
const other = bench.path('other.tar');
const temporary = bench.path('tmp');
const SIMULATED = 'phyllo: simulated shell: no program of the image runs, what it writes is thrown away\n';

beforeAll(async () => {
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  const config = { WorkingDir: '/srv/app', Env: ['GREETING=hello'], User: 'nobody' };
  await writeArchive(image, {
    layers: [
      { 'etc/conf': 'one\n', 'etc/secret': { content: 'secret\n', mode: 0o600 } },
      { 'etc/conf': 'two\n', 'srv/app/main': 'main\n' },
      { 'etc/.wh.conf': '' },
    ],
    config,
  });
  const program = { content: '\x7fELF\0', mode: 0o755 };
  await writeArchive(other, { layers: [{ 'bin/bash': program, 'bin/cat': program, 'usr/bin/vi': program }] });
});
afterAll(() => {
  vi.unstubAllEnvs();
  bench.remove();
});

describe('a command', () => {
  test('runs over the files of an archive in place, with the image’s variables and directory, as root', async () => {
    const before = contentsOf(temporary);
    const ran = await bench.run(['shell', image, '-c', 'ls; cat /etc/secret; echo $GREETING; id -u; pwd']);
    expect(ran).toMatchObject({
      out: 'main\nsecret\nhello\n0\n/srv/app\n',
      err: SIMULATED,
      code: 0,
    });
    expect(contentsOf(temporary)).toEqual(before);
    expect((await bench.run(['images', '-q'])).out).toBe('');
  });

  test.each([
    ['0', 'one\n/\n', 0],
    ['1', 'two\n/srv/app\n', 0],
    ['2', '/srv/app\n', 0],
  ])('sees the files as they are after layer %s', async (layer, out, code) => {
    const ran = await bench.run(['shell', '--upto', layer, image, '-c', 'cat /etc/conf 2>/dev/null; pwd']);
    expect(ran).toMatchObject({ out, code });
  });

  test('gives its exit code and its errors', async () => {
    const ran = await bench.run(['shell', image, '-c', 'echo bad >&2; exit 7']);
    expect(ran).toMatchObject({ out: '', err: `${SIMULATED}bad\n`, code: 7 });
  });

  test('writes nothing to the image or anywhere else', async () => {
    const before = contentsOf(bench.folder).filter((line) => !line.startsWith('store/'));
    expect((await bench.run(['shell', image, '-c', 'echo x > /etc/new; rm -r /srv; ls /etc'])).out).toContain(
      'new',
    );
    expect((await bench.run(['shell', image, '-c', 'ls /etc /srv'])).out).not.toContain('new');
    expect(contentsOf(bench.folder).filter((line) => !line.startsWith('store/'))).toEqual(before);
  });

  test('reads standard input only when it is asked to', async () => {
    const open = new PassThrough();
    expect(await bench.run(['shell', image, '-c', 'wc -c'], { stdin: open })).toMatchObject({ code: 0 });
    expect(await bench.run(['shell', '-i', image, '-c', 'wc -c'], { stdin: 'four' })).toMatchObject({
      out: '4\n',
      code: 0,
    });
  });

  test('takes the shell that the image has, and refuses other programs by name', async () => {
    expect(await bench.run(['shell', other, '-c', 'vi /x'])).toMatchObject({
      err: `${SIMULATED}vi: cannot run here: /usr/bin/vi is a native program (the virtual engine simulates)\n`,
      code: 126,
    });
  });

  test('is refused for a layer that is not there', async () => {
    const ran = await bench.run(['shell', '--upto', '3', image]);
    expect(ran).toMatchObject({ out: '', code: 2 });
    expect(ran.err).toContain('there is no layer 3; the layers are 0 to 2');
  });
});

describe('a script on standard input', () => {
  test('runs line by line and keeps its state', async () => {
    const stdin = 'cd /etc\nx=$(ls | wc -l)\nif true; then\n  echo "$x in $(pwd)"\nfi\nexit 5\necho never\n';
    expect(await bench.run(['shell', image], { stdin })).toMatchObject({
      out: '4 in /etc\n',
      err: SIMULATED,
      code: 5,
    });
  });
});

describe('on a terminal', () => {
  test('it is typed into, and the terminal is as it was before when it ends', async () => {
    const modes: boolean[] = [];
    const typed = new PassThrough();
    const stdin = Object.assign(typed, { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) });
    const [stdout, stderr] = [new TestOutput(true), new TestOutput(true)];
    const env = { PHYLLO_ROOT: bench.root, PHYLLO_CONFIG: bench.path('config.json'), TERM: 'xterm' };
    const ended = main(['shell', image], { stdin, stdout, stderr, env });
    await until('it asks', () => stdout.bytes.toString().endsWith('/srv/app # '));
    typed.write('echo "$TERM" ma\t\r');
    await until('it answered', () => stdout.bytes.toString().endsWith('xterm main\r\n/srv/app # '));
    typed.write('exit 9\r');
    expect(await ended).toBe(9);
    expect(modes).toEqual([true, false]);
    expect(stderr.bytes.toString()).toContain(SIMULATED);
  });

  test('a signal ends it and leaves nothing behind', async () => {
    let signal: (name: string) => void = () => undefined;
    const onSignal = (listener: (name: string) => void): (() => void) => {
      signal = listener;
      return () => undefined;
    };
    const [stdout, stderr] = [new TestOutput(false), new TestOutput(false)];
    const env = { PHYLLO_ROOT: bench.root, PHYLLO_CONFIG: bench.path('config.json') };
    const stdin = Object.assign(new PassThrough(), { isTTY: false });
    const args = ['shell', image, '-c', 'echo on; while :; do :; done'];
    const ended = main(args, { stdin, stdout, stderr, env, onSignal });
    await until('it runs', () => stdout.bytes.toString() === 'on\n');
    signal('SIGTERM');
    expect(await ended).toBe(143);
    expect(existsSync(temporary) && readdirSync(temporary)).toEqual([]);
  });
});
