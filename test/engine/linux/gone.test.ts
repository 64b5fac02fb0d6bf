// Whoever runs a container with --rm to its end goes on when nothing of it is left, and not before.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../src/engine/io.ts';
import { CliBench } from '../../cli/run-cli.ts';
import { TestIo, createFor, find, shell, until } from '../../support/engine-runs.ts';
import { canRun, isRoot, withBusybox } from '../../support/linux-engines.ts';
import { agentOf, untilNothingIsLeft } from '../../support/linux-leftovers.ts';

const FOREVER = 'while :; do sleep 0.1; done';
/** So many that their removal takes a while. */
const MANY_FILES =
  'for a in 0 1 2 3 4 5 6 7 8 9; do for b in 0 1 2 3 4 5 6 7 8 9; do mkdir -p /m/$a$b; for c in 0 1 2 3 4 5 6 7 8 9; do : > /m/$a$b/$c; done; done; done';
const MOUNTS = '/proc/self/mountinfo';

const usable = canRun('crun') && isRoot();

describe.runIf(usable)('a container with --rm', { timeout: 60_000 }, () => {
  const { fixture, engine, image } = withBusybox();
  const filesOf = (id: string): string[] =>
    readdirSync(join(fixture().root, 'containers')).filter((name) => name.includes(id));
  const groupsOf = (id: string): string[] =>
    readdirSync('/sys/fs/cgroup', { encoding: 'utf8' })
      .map((name) => join('/sys/fs/cgroup', name, 'phyllo'))
      .concat('/sys/fs/cgroup/phyllo')
      .filter((path) => readdirSync(join(path, '..')).includes('phyllo') && readdirSync(path).includes(id));
  const attached = async (script: string): Promise<{ id: string; session: Session; io: TestIo }> => {
    const id = await createFor(engine(), image(), { ...shell(script), stdin: true, autoRemove: true });
    const io = new TestIo();
    return { id, session: await engine().startAttached(id, io), io };
  };

  test.each([
    ['ends at once', 'exit 3'],
    ['leaves many files', `${MANY_FILES}; exit 3`],
    [
      'leaves a folder that nobody may enter',
      'mkdir /closed; echo x > /closed/file; chmod 0 /closed; exit 3',
    ],
  ])('that %s is gone when that is told', async (_, script) => {
    const { id, session } = await attached(script);
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 3 });
    await session.gone;
    expect([filesOf(id), groupsOf(id)]).toEqual([[], []]);
    expect(readFileSync(MOUNTS, 'utf8')).not.toContain(id);
    expect(await find(engine(), id)).toBeUndefined();
  });

  test('that cannot be started is gone when that is told', async () => {
    for (const command of [['/absent'], ['/etc']]) {
      const id = await createFor(engine(), image(), { command, autoRemove: true });
      await expect(engine().startAttached(id, new TestIo())).rejects.toMatchObject({ name: 'PhylloError' });
      expect([filesOf(id), groupsOf(id)]).toEqual([[], []]);
    }
  });

  test('is told of as gone when its agent is killed, while it runs and while it goes', async () => {
    const running = await attached(FOREVER);
    process.kill(agentOf(running.id), 'SIGKILL');
    await expect(running.session.ended).rejects.toMatchObject({ name: 'PhylloError' });
    await running.session.gone;

    const going = await attached(`${MANY_FILES}; echo made; read line; exit 0`);
    await until('it has made its files', () => going.io.stdoutText.includes('made'));
    const agent = agentOf(going.id);
    going.io.stdin.end('\n');
    await going.session.ended;
    killIfThere(agent);
    await going.session.gone;

    // What they left goes with the next look.
    const next = fixture().another();
    await next.list();
    await next.close();
    for (const { id } of [running, going]) {
      await untilNothingIsLeft(id);
      expect(filesOf(id)).toEqual([]);
    }
  });

  test('tells all who are attached to it of its end', async () => {
    const { id, session, io } = await attached('read line; exit 5');
    const other = await engine().attach(id, new TestIo());
    io.stdin.end('\n');
    expect(await Promise.all([session.ended, other.ended])).toEqual([
      { kind: 'exited', exitCode: 5 },
      { kind: 'exited', exitCode: 5 },
    ]);
    await session.gone;
    expect(filesOf(id)).toEqual([]);
  });
});

describe.runIf(usable)('phyllo run --rm', { timeout: 60_000 }, () => {
  const bench = new CliBench();
  const run = (...command: readonly string[]): ReturnType<CliBench['run']> =>
    bench.run(['run', '--rm', '--network', 'none', 'phyllo/cow:busybox', ...command], {
      env: { PHYLLO_ENGINE: 'linux' },
    });
  const left = (): string[] =>
    readdirSync(join(bench.root, 'containers')).filter((name) => /[0-9a-f]{64}/.test(name));
  beforeAll(() => bench.out('samples', 'make', 'cow-busybox'));
  afterAll(() => bench.remove());

  test.each([
    ['its program ends at once', ['true'], 0],
    ['many files are to be removed', ['sh', '-c', `${MANY_FILES}; exit 4`], 4],
    ['there is no such program', ['/absent'], 127],
  ])('leaves nothing, where %s', async (_, command, expected) => {
    for (let round = 0; round < 3; round++) {
      expect((await run(...command)).code).toBe(expected);
      expect(left()).toEqual([]);
    }
  });

  test('ends when its agent is killed, and the next look leaves nothing', async () => {
    const ran = run('sh', '-c', FOREVER);
    await until('it runs', async () => (await bench.out('ps', '-q')) !== '');
    process.kill(agentOf((await bench.out('ps', '-q', '--no-trunc')).trim()), 'SIGKILL');
    const { code, err } = await ran;
    expect(code).toBe(125);
    expect(err).toMatch(/^phyllo: .*killed/);
    await bench.out('ps');
    await until('nothing is left', () => left().length === 0);
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}
