// The simulated terminal: its size, what asks for one, and programs that would draw on it.
import { describe, expect, test } from 'vitest';
import { PassThrough } from 'node:stream';
import type { Session } from '../../../src/engine/io.ts';
import { openVirtualShell } from '../../../src/engine/virtual/virtual-shell.ts';
import { Collected, type TestShell, processOf, shellOver } from '../../support/virtual-shell.ts';
import { until } from '../../support/engine-runs.ts';

interface Typed {
  readonly session: Session;
  readonly stdin: PassThrough;
  readonly screen: Collected;
}

async function onTerminal(shell: TestShell, size?: { columns: number; rows: number }): Promise<Typed> {
  const { stack } = await shell.lower;
  const screen = new Collected();
  const stdin = new PassThrough();
  const session = await openVirtualShell(
    {
      stack,
      open: () => Promise.reject(new Error('not asked for')),
      process: processOf(['sh'], { tty: true, stdin: true }),
      hostname: 'h',
    },
    { stdin, stdout: screen.stdout, stderr: screen.stderr, ...(size && { size }) },
  );
  await screen.until(/ # $/);
  return { session, stdin, screen };
}

describe('the size', () => {
  test('is known to the shell and to stty, also after it changed', async () => {
    const { session, stdin, screen } = await onTerminal(shellOver({ x: 'x' }), { columns: 100, rows: 30 });
    stdin.write('echo "$COLUMNS x $LINES"; stty size\r');
    await screen.until(/100 x 30\r\n30 100\r\n/);
    session.resize({ columns: 61, rows: 17 });
    stdin.write('echo "$COLUMNS x $LINES"; stty size\r');
    await screen.until(/\d+ x \d+\r\n17 61\r\n/);
    stdin.write('echo "now $COLUMNS x $LINES"; env | grep -c COLUMNS\r');
    await screen.until(/now 61 x 17\r\n0\r\n/);
    stdin.write('exit 2\r');
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 2 });
  });

  test('is that of a common terminal until somebody looks', async () => {
    const { session, stdin, screen } = await onTerminal(shellOver({ x: 'x' }));
    stdin.write('stty size\r');
    await screen.until(/24 80\r\n/);
    stdin.write('\x04');
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
  });
});

describe('without a terminal', () => {
  test('stty and tty say so, and tests for one fail', async () => {
    const script =
      'stty size || echo none; tty; test -t 0 || echo no; [ -t 1 ] || echo no; if [ -t 2 ]; then echo yes; else echo no; fi';
    expect(await shellOver({ x: 'x' }).run(script)).toEqual({
      stdout: 'none\nnot a tty\nno\nno\nno\n',
      stderr: 'stty: standard input: Inappropriate ioctl for device\n',
      exitCode: 0,
    });
  });
});

test('with one, tests for it hold in whatever command they stand', async () => {
  const { session, stdin, screen } = await onTerminal(shellOver({ x: 'x' }));
  stdin.write('if [ -t 0 ]; then test -t 1 && echo "a $(tty)"; fi\r');
  await screen.until(/a \/dev\/tty\r\n/);
  stdin.write('exit\r');
  expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
});

describe('full-screen programs', () => {
  test('of the image are refused in words', async () => {
    const program = { content: '\x7fELF\0', mode: 0o755 };
    const shell = shellOver({ 'bin/sh': program, 'bin/vi': program, 'usr/bin/top': program });
    expect(await shell.run('vi /x; echo $?; top; echo $?')).toEqual({
      stdout: '126\n126\n',
      stderr:
        'vi: cannot run here: /bin/vi is a native program (the virtual engine simulates)\n' +
        'top: cannot run here: /usr/bin/top is a native program (the virtual engine simulates)\n',
      exitCode: 0,
    });
    await expect(shell.run(['vi'])).rejects.toMatchObject({
      data: { exitCode: 126 },
      message: expect.stringContaining('(the virtual engine simulates)') as string,
    });
  });

  test('that no image brings are told not to be there', async () => {
    expect(await shellOver({ x: 'x' }).run('vi /x')).toEqual({
      stdout: '',
      stderr: 'vi: the image has no such program (the virtual engine simulates no full-screen programs)\n',
      exitCode: 127,
    });
    await expect(shellOver({ x: 'x' }).run(['top'])).rejects.toMatchObject({ data: { exitCode: 127 } });
  });
});

test('a terminal that goes away ends the shell', async () => {
  const { session, stdin } = await onTerminal(shellOver({ x: 'x' }));
  stdin.end();
  let isOver = false;
  void session.ended.then(() => (isOver = true));
  await until('the shell ended', () => isOver);
  expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
});
