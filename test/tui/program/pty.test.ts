// The delivered program on a real terminal device: signals, job control, and terminals that go away.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
