// Images that have no shell, and images whose PATH leads nowhere: what is simulated works there all the same.
import { describe, expect, test } from 'vitest';
import { ELF, shellOver } from '../../support/virtual-shell.ts';

const PROGRAM = { content: ELF, mode: 0o755 };
const FILES = { 'app/x': 'content\n', 'app/y': 'y\n' };

describe('an image without a shell', () => {
  test.each([
    ['of the usual directories', 'PATH=/demo:/bin:/usr/bin:/sbin:/usr/sbin'],
    ['of directories that are not there', 'PATH=/opt/none'],
    ['that is empty', 'PATH='],
  ])('has all commands of ours with a PATH %s', async (_, path) => {
    const script =
      'ls /app; rm /app/x; sh -c "ls /app"; /bin/sh -c "/bin/cat /app/y"; echo $(ls /app | wc -l)';
    expect(await shellOver(FILES).run(script, { env: [path] })).toEqual({
      stdout: 'x\ny\ny\ny\n1\n',
      stderr: '',
      exitCode: 0,
    });
  });

  test.each([[['ls', '/app']], [['/bin/ls', '/app']], [['/usr/bin/ls', '/app']]])(
    '%s runs as a program',
    async (argv) => {
      expect(await shellOver(FILES).run(argv)).toMatchObject({ stdout: 'x\ny\n', exitCode: 0 });
    },
  );

  test.each([[['no-such']], [['/bin/no-such']], [['/app/ls']]])('%s is not found', async (argv) => {
    await expect(shellOver(FILES).run(argv)).rejects.toMatchObject({
      code: 'not-found',
      data: { exitCode: 127 },
    });
  });

  test('what stands for its commands is in nobody’s way', async () => {
    const script =
      'mkdir -p /usr/bin/made; ls /usr/bin; test -e /usr/bin/other || echo none; no-such; echo $?; which ls || echo nowhere';
    expect((await shellOver(FILES).run(script)).stdout).toBe('made\nnone\n127\nnowhere\n');
  });
});

describe('an image with a shell', () => {
  test('has no more programs than it brings, but what is part of a shell', async () => {
    const shell = shellOver({ ...FILES, 'app/sh': PROGRAM, 'app/ls': PROGRAM });
    const script = 'ls /app; rm /app/x; echo hi; trap "" INT; printf "%s\\n" on > /app/z; /bin/ls; echo $?';
    expect(await shell.run(script, { env: ['PATH=/app'] })).toEqual({
      stdout: 'ls\nsh\nx\ny\nhi\n127\n',
      stderr: 'bash: rm: command not found\nbash: /bin/ls: No such file or directory\n',
      exitCode: 0,
    });
  });

  test('loses a program that is removed, or that PATH does not lead to', async () => {
    const shell = shellOver({ 'bin/sh': PROGRAM, 'bin/ls': PROGRAM, 'bin/rm': PROGRAM, 'bin/cat': PROGRAM });
    const { stdout } = await shell.run('rm /bin/ls; ls; echo $?; PATH=/none; cat /bin/sh; echo $?');
    expect(stdout).toBe('127\n127\n');
  });

  test('keeps to what it brings when PATH does not lead to the shell', async () => {
    const shell = shellOver({ ...FILES, 'bin/sh': PROGRAM, 'bin/ls': PROGRAM });
    const { stdout } = await shell.run(['/bin/sh', '-c', 'ls /app; echo $?'], { env: ['PATH=/app'] });
    expect(stdout).toBe('127\n');
  });
});
