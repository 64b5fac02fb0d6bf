// The delivered program on a real terminal device: signals, job control, and terminals that go away.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import {
  type PtyOptions,
  PtyProgram,
  appears,
  bundledProgram,
  removeProgram,
} from '../../support/tui-program.ts';
import {
  type Place,
  freshPlace,
  endPlace,
  placeWithSamples,
  servicesAgain,
} from '../../support/tui-services.ts';

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

function environment(where: Place, extra: Record<string, string> = {}): Record<string, string> {
  return { PHYLLO_ROOT: join(where.folder, 'store'), HOME: where.folder, ...extra };
}

function run(command: string, args: readonly string[], options: PtyOptions = {}): PtyProgram {
  const ran = new PtyProgram(command, args, { env: environment(place), ...options });
  onTestFailed(() => console.error(ran.screen.lines().join('\n')));
  return ran;
}

const phyllo = (args: readonly string[] = [], options?: PtyOptions): PtyProgram =>
  run(execPath, [program, ...args], options);

describe('the program', () => {
  test('starts, takes keys, follows the size, quits and leaves the terminal as it was', async () => {
    const ran = phyllo(['phyllo/tour']);
    await ran.shows('13.29 MB dead');
    ran.type('[[');
    await ran.shows('Changes in layer 7');
    ran.resize(80, 24);
    await ran.shows(/┌ 1 Layers {2}2 Changes in layer 7/);
    ran.type('q');
    expect(await ran.ended).toMatchObject({ exitCode: 0 });
    await ran.screen.settled();
    expect(ran.screen.isAlternate).toBe(false);
    expect(ran.output).toMatch(/\x1b\[\?25h[^h]*\x1b\[\?1049l$/);
    expect(ran.screen.lines().join('')).toBe('');
  });

  test('goes to the shell with ctrl-z and comes back with fg', async () => {
    const ran = run('bash', ['--norc', '--noprofile', '-i'], { env: environment(place, { PS1: 'shell> ' }) });
    await ran.shows('shell>');
    ran.type(`${execPath} ${program} phyllo/tour\r`);
    await ran.shows('13.29 MB dead');
    ran.type('\x1a');
    await ran.shows('Stopped');
    expect(ran.screen.isAlternate).toBe(false);
    ran.type('stty -a | grep -o -- "-*icanon"\r');
    await ran.shows(/^icanon$/);
    ran.type('fg\r');
    await ran.shows('13.29 MB dead');
    ran.type('[');
    await ran.shows('Changes in layer 8');
    ran.type('q');
    await ran.shows(/^shell> $|^shell>$/);
    expect(ran.screen.isAlternate).toBe(false);
    ran.type('exit 7\r');
    expect(await ran.ended).toMatchObject({ exitCode: 7 });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('ends on %s with a clean terminal', async (signal, exitCode) => {
    const ran = phyllo(['phyllo/tour']);
    await ran.shows('13.29 MB dead');
    ran.kill(signal);
    expect(await ran.ended).toMatchObject({ exitCode });
    await ran.screen.settled();
    expect(ran.screen.isAlternate).toBe(false);
  });

  test('ends when its terminal goes away, and tells so by its exit code', async () => {
    const code = join(place.folder, 'code');
    const script = `trap : HUP; '${execPath}' '${program}' phyllo/tour; echo $? > '${code}.part'; mv '${code}.part' '${code}'`;
    const ran = run('bash', ['-c', script]);
    await ran.shows('13.29 MB dead');
    ran.hangUp();
    await appears(code);
    expect(readFileSync(code, 'utf8')).toBe('129\n');
  });

  test('killed in the middle of work it leaves a store in order', async () => {
    const mine = await freshPlace();
    const ran = phyllo([], { env: environment(mine) });
    await ran.shows('There are none yet');
    ran.type('M');
    await ran.shows('making the sample images');
    ran.kill('SIGKILL');
    await ran.ended;
    const services = await servicesAgain(mine);
    expect((await services.system.check()).problems).toEqual([]);
    await services.samples.make('tour');
    expect((await services.images.list()).flatMap(({ names }) => names)).toContain('phyllo/tour:latest');
  });

  test('an error that nobody caught is told on a terminal that is back in order', async () => {
    const trap = join(place.folder, 'trap.mjs');
    writeFileSync(trap, `process.on('SIGUSR2', () => { throw new Error('nobody caught this'); });`);
    const ran = phyllo(['phyllo/tour'], { env: environment(place, { NODE_OPTIONS: `--import ${trap}` }) });
    await ran.shows('13.29 MB dead');
    ran.kill('SIGUSR2');
    expect(await ran.ended).toMatchObject({ exitCode: 1 });
    await ran.screen.settled();
    expect(ran.screen.isAlternate).toBe(false);
    expect(ran.screen.lines().join('\n')).toContain('nobody caught this');
  });
});

describe('an editor', () => {
  /** A Dockerfile in a folder of its own, and a shell script in the place of vim: `$2` is the line, `$3` the path. */
  function edits(script: string, text = 'FROM scratch\nENV A=1\n'): PtyProgram {
    const folder = mkdtempSync(join(place.folder, 'edit-'));
    writeFileSync(join(folder, 'Dockerfile'), text);
    const editor = join(folder, 'my tools/vim');
    mkdirSync(dirname(editor));
    writeFileSync(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return phyllo(['build', '--step', folder], { env: environment(place, { EDITOR: `'${editor}' -n` }) });
  }

  test('writes a line; the build goes on from it', async () => {
    const ran = edits('echo LABEL at="$2" >> "$3"');
    await ran.shows('step 1/2');
    ran.type('F');
    await ran.shows('built: the image is');
    ran.type("'");
    await ran.shows('read again: next is step 3/3');
    expect(ran.screen.isAlternate).toBe(true);
    ran.type(']');
    await ran.shows(/step 3\/3 · ✓ done.*LABEL at=\+2/);
    await ran.shows('built: the image is');
    ran.type('q');
    expect(await ran.ended).toMatchObject({ exitCode: 0 });
  });

  test('mends what cannot be built, at its line', async () => {
    const ran = edits(
      'echo LABEL at="$2" > "$3.new"; (echo FROM scratch; cat "$3.new") > "$3"',
      'FROM scratch\n\nRNU x',
    );
    await ran.shows('unknown instruction: RNU');
    ran.type("'");
    await ran.shows(/2 {2}LABEL at=\+3/);
    expect(ran.screen.lines().join('\n')).toContain('step 1/2');
  });

  test('has the terminal to itself: its keys, ctrl-c, another size', async () => {
    const ran = edits(
      `trap 'echo interrupted' INT; echo editing; until read line; do :; done; echo "$line" >> "$3"`,
    );
    await ran.shows('step 1/2');
    ran.type("'");
    await ran.shows('editing');
    expect(ran.screen.isAlternate).toBe(false);
    ran.type('\x03');
    await ran.shows('interrupted');
    ran.resize(80, 24);
    ran.type('LABEL q=F\r');
    await ran.shows('read again: next is step 1/3');
    expect(ran.screen.lines()[2]).toHaveLength(80);
    await ran.shows('LABEL q=F');
  });

  test('ends with phyllo', async () => {
    const ran = edits('echo editing; trap "echo saved; exit" TERM; read line');
    await ran.shows('step 1/2');
    ran.type("'");
    await ran.shows('editing');
    ran.kill('SIGTERM');
    expect(await ran.ended).toMatchObject({ exitCode: 143 });
    await ran.shows('saved');
    expect(ran.screen.isAlternate).toBe(false);
  });

  test.each([
    ['exit 3', /vim' -n ended with 3/],
    ['exec "$0/nowhere"', /vim' -n cannot be run/],
  ])('that fails (%s) is told, and the build is as it was', async (script, told) => {
    const ran = edits(script);
    await ran.shows('step 1/2');
    ran.type("'");
    await ran.shows(told);
    expect(ran.screen.lines().join('\n')).toContain('step 1/2');
  });
});

describe('without a terminal that it could draw on', () => {
  test('TERM=dumb prints the layers as a table', async () => {
    const ran = phyllo(['phyllo/tour'], { env: environment(place, { TERM: 'dumb' }) });
    expect(await ran.ended).toMatchObject({ exitCode: 0 });
    await ran.screen.settled();
    expect(ran.output).not.toContain('\x1b');
    expect(ran.screen.lines().join('\n')).toContain('RUN chmod -R 775 /srv/app');
  });

  test('with its input at the end it prints the table too', async () => {
    const ran = run('bash', ['-c', `'${execPath}' '${program}' phyllo/tour < /dev/null`]);
    expect(await ran.ended).toMatchObject({ exitCode: 0 });
    await ran.screen.settled();
    expect(ran.output).not.toContain('\x1b[?1049h');
    expect(ran.screen.lines().join('\n')).toContain('RUN chmod');
  });

  test('NO_COLOR draws without colours', async () => {
    const ran = phyllo(['phyllo/tour'], { env: environment(place, { NO_COLOR: '1' }) });
    await ran.shows('13.29 MB dead');
    expect(ran.output).not.toMatch(/\x1b\[(?:[0-9;]*;)?[349][0-8][0-9;]*m/);
    ran.type('q');
    expect(await ran.ended).toMatchObject({ exitCode: 0 });
  });
});
