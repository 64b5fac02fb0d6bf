// The bundle runs the virtual engine alone: without the source tree and without any package beside it.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleProgram } from '../../../scripts/bundle-program.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'phyllo-alone-'));

beforeAll(async () => {
  await bundleProgram(join(folder, 'dist'));
  for (const path of ['bin', 'samples', 'package.json'])
    cpSync(join(REPOSITORY, path), join(folder, path), { recursive: true });
  await phyllo('samples', 'make', 'cow');
}, 120_000);
afterAll(async () => {
  await phyllo('rm', '-f', 'alone');
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

function phyllo(...args: readonly string[]): Promise<Ran> {
  const env = { PATH: '/usr/bin:/bin', HOME: folder, PHYLLO_ROOT: join(folder, 'root') };
  return new Promise((resolve) => {
    const child = execFile(
      execPath,
      [join(folder, 'bin/phyllo.js'), ...args],
      { env, cwd: folder, timeout: 20_000 },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code ?? -1) });
      },
    );
    child.stdin?.end();
  });
}

test('a container runs, takes another command, tells what changed and ends', async () => {
  const run = ['run', '-d', '--engine=virtual', '--name', 'alone', 'phyllo/cow'];
  expect(await phyllo(...run, 'sh', '-c', 'echo begun; sleep inf')).toMatchObject({
    stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) as string,
    exitCode: 0,
  });
  expect(await phyllo('exec', 'alone', 'rm', '/data/read-me.txt')).toMatchObject({ stderr: '', exitCode: 0 });
  expect(await phyllo('diff', 'alone')).toMatchObject({
    stdout: 'C /data\nD /data/read-me.txt\n',
    exitCode: 0,
  });
  expect(await phyllo('logs', 'alone')).toMatchObject({ stdout: 'begun\n', exitCode: 0 });
  expect(await phyllo('stop', '-t', '0', 'alone')).toMatchObject({ exitCode: 0 });
}, 120_000);

test('every command of ours is in it', async () => {
  const script =
    'cd /tmp 2>/dev/null || mkdir /tmp && cd /tmp; seq 3 | sort -r | awk \'{print $1*2}\' | sed s/6/six/ > a; tar czf a.tgz a; tar tzf a.tgz; sha256sum a | cut -c1-8; find / -name "large*"; jq -n 1+1; gzip -c a | gunzip | head -n 1; exit 6';
  expect(await phyllo('shell', 'phyllo/cow', '-c', script)).toMatchObject({
    stdout: 'a\n00ee21b2\n/data/large.txt\n2\nsix\n',
    exitCode: 6,
  });
}, 120_000);
