// /etc/hosts, /etc/hostname and /etc/resolv.conf: there for processes as if mounted, nothing of the R/W layer.
import { expect, test } from 'vitest';
import { upperHeaders } from '../../../src/engine/virtual/upper-layer.ts';
import { ELF, type TestShell, shellOver } from '../../support/virtual-shell.ts';

const PROGRAM = { content: ELF, mode: 0o755 };
const PROGRAMS = Object.fromEntries('sh cat ls rm mv'.split(' ').map((name) => [`bin/${name}`, PROGRAM]));
function shellOf(layer: Readonly<Record<string, string | { link: string }>>): TestShell {
  return shellOver({ ...PROGRAMS, ...layer });
}

async function pathsOf(shell: TestShell): Promise<string[]> {
  await shell.reopen();
  const { files } = await shell.writable();
  return [...upperHeaders(files.tree)].map(({ header }) => Buffer.from(header.path).toString());
}

test('they name the container, whatever the image says', async () => {
  const shell = shellOf({
    'etc/hosts': '10.0.0.1 image\n',
    'etc/hostname': { link: '../host' },
    host: 'x',
  });
  const { stdout } = await shell.run('cat /etc/hosts /etc/hostname /etc/resolv.conf; cat /host; ls /etc');
  expect(stdout).toMatch(
    /^127\.0\.0\.1\tlocalhost\n[\s\S]*\ttesthost\ntesthost\ntesthost\nhostname\nhosts\nresolv\.conf\n$/,
  );
  expect(stdout).not.toContain('image');
  expect(await pathsOf(shell)).toEqual([]);
});

test('what is written to them is no change of the R/W layer', async () => {
  const shell = shellOf({ 'etc/passwd': 'root:x:0:0::/:/bin/sh\n' });
  const { stdout } = await shell.run('echo "10.0.0.2 more" >> /etc/hosts; cat /etc/hosts; echo n > /etc/new');
  expect(stdout).toMatch(/^127\.0\.0\.1[\s\S]*\n10\.0\.0\.2 more\n$/);
  expect(await pathsOf(shell)).toEqual(['', 'etc', 'etc/new']);
});

test('they cannot be removed or replaced, and hold up nothing else', async () => {
  const shell = shellOf({ 'etc/passwd': 'root:x:0:0::/:/bin/sh\n', 'etc/d/deep': 'x', other: 'y' });
  const { stdout, stderr } = await shell.run(
    'rm /etc/hosts || echo kept; mv /other /etc/hostname || echo kept; rm -r /etc || echo kept; ls /etc; echo $?',
  );
  expect(stdout).toBe('kept\nkept\nkept\nhostname\nhosts\nresolv.conf\n0\n');
  expect(stderr).toMatch(/busy/);
  expect(await pathsOf(shell)).toEqual(['', 'etc', 'etc/.wh.d', 'etc/.wh.passwd']);
});

test('an image without /etc stays without', async () => {
  const shell = shellOf({ x: 'x' });
  expect((await shell.run('ls /')).stdout).toBe('bin\ndev\nproc\nx\n');
  expect(await pathsOf(shell)).toEqual([]);
});
