// Builds that end before their end: by a signal, or killed. The store is good, and nothing of them runs on.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/engine-runs.ts';
import { canRun, isRoot } from '../support/linux-engines.ts';
import { leftovers } from '../support/linux-leftovers.ts';
import { needTool } from '../support/tools.ts';
import { BuildBench } from './build-bench.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/start.ts', import.meta.url));
const FOREVER = 'echo begun; while :; do sleep 0.1; done';
const CANARY = ['CANARY', 'killed'].join('-');

describe.runIf(canRun('crun') && isRoot())('a build that runs a step', { timeout: 90_000 }, () => {
  const bench = new BuildBench({ PHYLLO_ENGINE: 'linux' });
  beforeAll(() => bench.out('samples', 'make', 'cow-busybox'));
  afterAll(() => bench.remove());

  function start(...args: readonly string[]): { child: ChildProcess; told: () => string } {
    const child = spawn(execPath, [PROGRAM, 'build', '--progress', 'plain', ...args, bench.context], {
      env: { PATH: process.env['PATH'], HOME: bench.folder, PHYLLO_ROOT: bench.root, PHYLLO_ENGINE: 'linux' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
    return { child, told: () => told };
  }

  function containers(): readonly string[] {
    const folder = join(bench.root, 'containers');
    return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name)) : [];
  }

  async function untilItRuns(started: ReturnType<typeof start>): Promise<readonly string[]> {
    await until('the step runs', () => / begun$/m.test(started.told()));
    return containers();
  }

  /** The next build of the same context goes well, and then nothing of the killed one is there. */
  async function isGood(ids: readonly string[]): Promise<void> {
    await until('nothing runs on', () => ids.every((id) => leftovers(id).length === 0));
    bench.change({ Dockerfile: 'FROM phyllo/cow:busybox\nCOPY f /f\nRUN cat /f > /g\n' });
    const id = await bench.id();
    expect(await bench.out('cat', id, '/g')).toBe('f');
    await bench.out('system', 'check');
    await bench.out('build', 'prune');
    expect(await bench.out('ps', '-aq')).toBe('');
    expect(containers()).toEqual([]);
    expect(readdirSync(join(bench.root, 'tmp'))).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bench.root);
  }

  function write(run: string): void {
    bench.write({ Dockerfile: `FROM phyllo/cow:busybox\nCOPY f /f\nRUN ${run}\n`, f: 'f' });
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ended by %s: exit code %i, the container is gone with it', async (signal, expected) => {
    write(FOREVER);
    const started = start();
    const ids = await untilItRuns(started);
    started.child.kill(signal);
    const [code] = (await once(started.child, 'exit')) as [number];
    expect(code).toBe(expected);
    await isGood(ids);
  });

  test('killed while a step runs: its container goes with it', async () => {
    write(FOREVER);
    const started = start();
    const ids = await untilItRuns(started);
    expect(ids.length).toBeGreaterThan(0);
    started.child.kill('SIGKILL');
    await once(started.child, 'exit');
    await isGood(ids);
  });

  test('killed while a secret is mounted: it is left in no file', async () => {
    const before = readdirSync(tmpdir());
    const secret = bench.path('secret');
    writeFileSync(secret, CANARY);
    write(`--mount=type=secret,id=s --mount=type=secret,id=s,env=SECRET ${FOREVER}`);
    const started = start('--secret', `id=s,src=${secret}`);
    const ids = await untilItRuns(started);
    started.child.kill('SIGKILL');
    await once(started.child, 'exit');
    await isGood(ids);
    const folders = readdirSync(tmpdir()).filter(
      (name) => name.startsWith('phyllo-build-') && !before.includes(name),
    );
    expect(folders).toEqual([]);
  });

  test.runIf(needTool('strace'))('killed at any of its renames: the next one goes well', async () => {
    for (let when = 1; when <= 12; when++) {
      bench.write({
        Dockerfile: `FROM scratch\nCOPY f /f\nWORKDIR /w${when}\nCOPY <<E /e\n${when}\nE\n`,
        f: `f${when}`,
      });
      const inject = `inject=rename,renameat,renameat2,link,linkat:signal=KILL:when=${when}`;
      const child = spawn(
        'strace',
        ['-f', '-o', '/dev/null', '-e', inject, execPath, PROGRAM, 'build', bench.context],
        {
          env: { ...process.env, PHYLLO_ROOT: bench.root, UV_THREADPOOL_SIZE: '1' },
          stdio: 'ignore',
        },
      );
      await once(child, 'exit');
      const id = await bench.id();
      expect(await bench.out('cat', id, '/e')).toBe(`${when}\n`);
    }
    await bench.out('system', 'check');
  });
});

describe('a build that is stopped', () => {
  const bench = new BuildBench({ PHYLLO_ENGINE: 'virtual' });
  beforeAll(() => bench.out('samples', 'make', 'cow'));
  afterAll(() => bench.remove());

  test('while a step runs ends with 130, and can be built afterwards', async () => {
    bench.write({ Dockerfile: 'FROM phyllo/cow\nCOPY f /f\nRUN sleep 1000\n', f: 'f' });
    const stop = new AbortController();
    const running = bench.run(['build', '--progress', 'json', bench.context], { signal: stop.signal });
    await until('the copy is remembered', () => existsSync(join(bench.root, 'build', 'records')));
    stop.abort();
    expect(await running).toMatchObject({ code: 130, err: '' });
    bench.change({ Dockerfile: 'FROM phyllo/cow\nCOPY f /f\nRUN true\n' });
    expect(await bench.outcomes()).toEqual(['COPY f /f: cached', expect.stringMatching(/^RUN true: /)]);
    expect(await bench.out('ps', '-aq')).toBe('');
    await bench.out('system', 'check');
  });
});
