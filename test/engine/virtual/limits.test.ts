// What hostile or greedy containers get: bounded memory, an end at once, names that lead nowhere.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IoStreams } from '../../../src/engine/virtual/io-streams.ts';
import { runProcess } from '../../../src/engine/virtual/run-process.ts';
import { Collected, ELF, processOf, shellOver } from '../../support/virtual-shell.ts';

const PROGRAM = { content: ELF, mode: 0o755 };
test('a loop that never ends is ended at once', async () => {
  const { files } = await shellOver().writable();
  const collected = new Collected();
  const streams = new IoStreams({ stdout: collected.stdout, stderr: collected.stderr });
  const running = await runProcess(files, processOf('echo on; while :; do :; done'), streams, {
    hostname: 'h',
  });
  await collected.until(/on\n/);
  running.kill(137);
  expect(await running.ended).toBe(137);
});

test('output beyond what a command may hold ends the script with the reason', async () => {
  const script =
    'dd if=/dev/zero of=/tmp/big bs=1M count=70 status=none; cat /tmp/big /tmp/big > /tmp/more; echo on';
  expect(await shellOver().run(script)).toEqual({
    stdout: '',
    stderr: 'bash: cat: output size limit exceeded (134217728 bytes)\n',
    exitCode: 126,
  });
}, 60_000);

test('links lead nowhere out of the root, and loops of links end', async () => {
  const shell = shellOver({
    'bin/sh': PROGRAM,
    'bin/cat': PROGRAM,
    up: { link: '../../../../../../etc/passwd' },
    'etc/passwd': 'inside\n',
    a: { link: 'b' },
    b: { link: 'a' },
  });
  const { stdout, exitCode } = await shell.run('cat /up; cat /../../etc/passwd; cat /a; exit 0');
  expect({ stdout, exitCode }).toEqual({ stdout: 'inside\ninside\n', exitCode: 0 });
});

test('names of prototypes and of any bytes are names like others', async () => {
  const shell = shellOver({
    'bin/sh': PROGRAM,
    'bin/ls': PROGRAM,
    'd/__proto__': 'p',
    'd/constructor/x': 'c',
    'd/\xff\x01': 'odd',
  });
  const { stdout } = await shell.run(
    'cd /d; for f in *; do echo .; done; echo new > __proto__; rm -r constructor 2>/dev/null || echo none',
  );
  expect(stdout).toBe('.\n.\n.\nnone\n');
});

test('a line that a killed process was writing is left out', async () => {
  const shell = shellOver();
  await shell.run('echo kept > /data/two; chmod 600 /data/one; mv /data/sub /data/sub2');
  await shell.reopen();
  appendFileSync(join(shell.directory, 'upper/changes.jsonl'), '{"op":"remove","path":"data/tw');
  const { stdout } = await shell.run('cat /data/two; stat -c %a /data/one; ls /data/sub2');
  expect(stdout).toBe('kept\n600\ndeep\n');
});
