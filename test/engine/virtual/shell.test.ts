// The simulated shell: what it runs, what it refuses, and that its files change as an overlay's do.
import { describe, expect, test } from 'vitest';
import { Collected, processOf, shellOver } from '../../support/virtual-shell.ts';
import { openVirtualShell } from '../../../src/engine/virtual/virtual-shell.ts';
import { SIMULATED } from '../../../src/engine/virtual/simulated-names.ts';
import { PassThrough } from 'node:stream';

describe('programs of the image', () => {
  test.each([
    ['echo hi', 'hi\n', '', 0],
    ['ls -l /data/one', '-rw-r----- 1 ann staff 4 Sep 13  2020 /data/one\n', '', 0],
    ['stat -c "%a %U %G %u %g %s" /data/one', '640 ann staff 1000 50 4\n', '', 0],
    ['printf "b\\na\\n" | sort', 'a\nb\n', '', 0],
    ['which sort apt-get', '/usr/sbin/sort\n/usr/bin/apt-get\n', '', 0],
    ['command -v ls', '/bin/ls\n', '', 0],
    ['command -v jq', '', '', 1],
    ['id', 'uid=0(root) gid=0(root) groups=0(root)\n', '', 0],
    ['adduser -D bob; id bob', 'uid=1001(bob) gid=1001(bob) groups=1001(bob)\n', '', 0],
    ['head -c 3 /dev/zero | cat > /tmp/z; stat -c %s /tmp/z', '3\n', '', 0],
    ['dd if=/dev/zero of=/tmp/z bs=1k count=3 status=none; stat -c %s /tmp/z', '3072\n', '', 0],
    ['echo x > /dev/full || echo full', 'full\n', "sh: can't create /dev/full: No space left on device\n", 0],
    [
      'echo x > /no/such || echo refused',
      'refused\n',
      "sh: can't create /no/such: nonexistent directory\n",
      0,
    ],
    ['echo logged > /out.log', 'logged\n', '', 0],
    ['nothing-such', '', 'bash: nothing-such: command not found\n', 127],
    [
      'apt-get update',
      '',
      'apt-get: cannot run here: /usr/bin/apt-get is a native program (the virtual engine simulates)\n',
      126,
    ],
    [
      'tool.py',
      '',
      'tool.py: cannot run here: /usr/bin/tool.py is a script for /usr/bin/python3 (the virtual engine simulates)\n',
      126,
    ],
  ])('%s', async (script, stdout, stderr, exitCode) => {
    expect(await shellOver().run(script)).toEqual({ stdout, stderr, exitCode });
  });

  test('a script of the image runs with its name and arguments', async () => {
    const { stdout, exitCode } = await shellOver().run([
      'entry.sh',
      'sh',
      '-c',
      'echo "$0 $1"; exit 5',
      'a',
      'b c',
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: 'entry entry.sh sh\na b c\n', exitCode: 5 });
  });

  test('what is not there, or cannot be run, is refused before it starts', async () => {
    const shell = shellOver();
    await expect(shell.run(['/no/such'])).rejects.toMatchObject({
      code: 'not-found',
      data: { exitCode: 127 },
    });
    await expect(shell.run(['apt-get'])).rejects.toMatchObject({
      code: 'invalid-argument',
      data: { exitCode: 126 },
    });
    await expect(shell.run(['/data/one'])).rejects.toMatchObject({ data: { exitCode: 126 } });
  });

  test('an image without a shell gets one', async () => {
    const { stdout } = await shellOver({ 'app/x': 'content' }).run('ls /app; cat /app/x');
    expect(stdout).toBe('x\ncontent');
  });

  test('a user may do what the modes allow', async () => {
    const script =
      'whoami; cat /data/one; touch /data/new || echo no; echo more >> /data/one && cat /data/one';
    const { stdout } = await shellOver().run(script, { user: 'ann' });
    expect(stdout).toBe('one\none\nmore\n'.replace(/^/, 'ann\n').replace('one\none', 'one\nno\none'));
  });
});

describe('output and input', () => {
  test('comes as it is written, from loops as well', async () => {
    const shell = shellOver();
    const lower = await shell.lower;
    const collected = new Collected();
    const session = await openVirtualShell(
      {
        stack: lower.stack,
        open: () => Promise.reject(new Error('not asked for')),
        process: processOf('for i in 1 2 3; do echo "turn $i"; done; sleep inf'),
        hostname: 'h',
      },
      { stdout: collected.stdout, stderr: collected.stderr },
    );
    await collected.until(/turn 3\n/);
    session.detach();
    expect(await session.ended).toEqual({ kind: 'detached' });
  });

  test('a shell reads its commands line by line and keeps its state', async () => {
    const input =
      'x=1\nf() {\n echo "f $x"\n}\nif true\nthen f\nfi\ncd /data\npwd\nfalse\necho $?\nexit 3\necho never\n';
    const { stdout, exitCode } = await shellOver().run(['sh'], { input });
    expect({ stdout, exitCode }).toEqual({ stdout: 'f 1\n/data\n1\n', exitCode: 3 });
  });

  test('bytes pass as they are', async () => {
    const shell = shellOver({
      'bin/sh': { content: '\x7fELF\0', mode: 0o755 },
      'bin/cat': { content: '\x7fELF\0', mode: 0o755 },
      'a\xff': 'x',
      'b/bytes': '\u0000\u0001\n',
    });
    const { stdout } = await shell.run('cat /b/bytes; for f in /a*; do cat "$f"; done');
    expect(stdout).toBe('\u0000\u0001\nx');
  });
});

describe('a terminal', () => {
  test('has a prompt, line editing, history and ctrl-c', async () => {
    const shell = shellOver();
    const { stack } = await shell.lower;
    const collected = new Collected();
    const stdin = new PassThrough();
    const session = await openVirtualShell(
      {
        stack,
        open: () => Promise.reject(new Error('not asked for')),
        process: processOf(['sh'], { tty: true, stdin: true }),
        hostname: 'h',
      },
      { stdin, stdout: collected.stdout, stderr: collected.stderr },
    );
    await collected.until(/\/ # $/);
    stdin.write('ecx\x7fho "one" tw\x1b[Do\x15\x0becho done\r');
    await collected.until(/done\r\n\/ # $/);
    stdin.write('cd /data\r');
    await collected.until(/\/data # $/);
    stdin.write('f() { echo "f $x"; }; x=1\r');
    await collected.until(/x=1\r\n\/data # $/);
    stdin.write('while :; do :; done\r');
    await collected.until(/done\r\n$/);
    stdin.write('\x03');
    await collected.until(/\^C\r\n\/data # $/);
    stdin.write('f\r');
    await collected.until(/f 1\r\n\/data # $/);
    stdin.write('exit 4\r');
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 4 });
  }, 30_000);
});

test('the names of simulated programs are those that the shell registers', async () => {
  const { getCommandNames } = await import('just-bash');
  const missing = getCommandNames().filter((name) => !SIMULATED.has(name));
  expect(missing.sort()).toEqual(
    ['curl', 'html-to-markdown', 'js-exec', 'node', 'python', 'python3', 'sqlite3'].filter((name) =>
      missing.includes(name as never),
    ),
  );
});
