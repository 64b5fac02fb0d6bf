// Containers of an ordinary user who has subordinate users (`useradd` gives them). PHYLLO_TEST_USER names one; tests that
// run as somebody else than root already are what these ask for.
import { execFile } from 'node:child_process';
import { env, execPath, geteuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { canRun } from '../../support/linux-engines.ts';
import { needTool } from '../../support/tools.ts';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('../../support/linux-rootless-child.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const user = env['PHYLLO_TEST_USER'];

function hasUser(): boolean {
  if (geteuid?.() === 0 && user !== undefined) return needTool('runuser', 'newuidmap', 'newgidmap');
  if (env['CI'] === 'true') throw new Error('CI names a user with subordinate users in PHYLLO_TEST_USER');
  console.warn('SKIPPED: rootless containers need root and a user in PHYLLO_TEST_USER');
  return false;
}

describe.runIf(hasUser())('containers of a user without privileges', { timeout: 60_000 }, () => {
  test.runIf(canRun('runc')).each(['runc', 'util-linux'] as const)(
    'with %s one runs with users of its own, is watched, and is removed without a trace',
    async (kind) => {
      const args = ['-u', user!, '--', 'env', `PATH=${env['PATH']}`, execPath, CHILD, kind];
      const { stdout } = await run('runuser', args, { cwd: '/' });
      const told: unknown = JSON.parse(stdout.trim().split('\n').at(-1)!);
      expect(told).toMatchObject({
        end: { kind: 'exited', exitCode: 0 },
        stdout: '0\nagain\n',
        stderr: '',
        status: 'exited',
        exitCode: 0,
        left: false,
        mounts: false,
      });
      expect(told).not.toMatchObject({ uid: 0 });
      const { paths } = told as { paths: string[] };
      expect(paths.sort()).toEqual(['bin', 'bin/wget', 'closed', 'own', 'tmp', 'tmp/file']);
    },
  );

  test('the contract of all engines and the walls hold for them', { timeout: 180_000 }, async () => {
    const files = ['contract', 'walls'].map((name) => `test/engine/linux/${name}.test.ts`);
    // Nothing is written where the project lies.
    const vitest = [
      'vitest',
      'run',
      '--configLoader',
      'runner',
      '--no-cache',
      '--reporter',
      'json',
      ...files,
    ];
    const environment = ['env', '-i', 'HOME=/tmp', `PATH=${env['PATH']}`];
    const options = { cwd: PROJECT, maxBuffer: 16 * 1024 * 1024 };
    const { stdout } = await run('runuser', ['-u', user!, '--', ...environment, ...vitest], options).catch(
      (error: unknown) => error as { stdout: string },
    );
    const told = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
    const failed = told.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    expect(failed.map(({ fullName, failureMessages }) => [fullName, failureMessages])).toEqual([]);
    expect(told.numPassedTests).toBeGreaterThan(40);
  });
});

/** Of vitest's. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}
