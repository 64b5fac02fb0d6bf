// What becomes of containers when something around them dies, and that nothing of them is left.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
} from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  createFor,
  execFor,
  find,
  logsOf,
  runFor,
  shell,
  specOf,
  startFor,
  until,
  untilLogged,
} from '../../support/engine-runs.ts';
import { canRun, isRoot, linuxFixture, withBusybox } from '../../support/linux-engines.ts';
import { clientOf } from '../../support/linux-starter.ts';
import { needTool } from '../../support/tools.ts';
import { agentOf, leftovers, processesOf, untilNothingIsLeft } from '../../support/linux-leftovers.ts';

const FOREVER = 'while :; do sleep 0.1; done';
/** Of a log of short lines, some 18 times what was written: more than a client takes before it is full. */
const MUCH_BYTES = 4 * 1024 * 1024;
const MOUNTS = '/proc/self/mountinfo';

describe.runIf(canRun('crun') && isRoot())('containers of the linux engine', { timeout: 60_000 }, () => {
  const { fixture, engine, image, folderOf } = withBusybox();

  test('the agent dies: nothing of the container is left, and its record says so', async () => {
    const id = await startFor(engine(), image(), shell(`sleep 1000 & ${FOREVER}`));
    process.kill(agentOf(id), 'SIGKILL');
    expect(await fixture().another().wait(id)).toBe(137);
    expect(await find(engine(), id)).toMatchObject({ status: 'exited', exitCode: 137, pid: 0 });
    expect((await find(engine(), id))?.error).toMatch(/killed/);
    await untilNothingIsLeft(id);
    await engine().remove(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  test('the agent dies while somebody waits: they are told', async () => {
    const id = await startFor(engine(), image(), shell(FOREVER));
    const waited = engine().wait(id);
    process.kill(agentOf(id), 'SIGKILL');
    expect(await waited).toBe(137);
  });

  test('only what a container leaves behind is written to the disk', async () => {
    const root = shell("sed -n 's/^overlay . [^ ]* //p' /proc/self/mounts");
    const kept = await runFor(engine(), image(), root);
    const passing = await runFor(engine(), image(), { ...root, autoRemove: true });
    expect(kept.stdout).toContain('upperdir=');
    expect(kept.stdout).not.toContain('volatile');
    expect(passing.stdout).toContain('volatile');
  });

  test('a container whose agent died starts again', async () => {
    const id = await startFor(engine(), image(), shell(`echo up >> /x; cat /x; ${FOREVER}`));
    await untilLogged(engine(), id, 'up');
    process.kill(agentOf(id), 'SIGKILL');
    await engine().wait(id);
    await engine().start(id);
    await untilLogged(engine(), id, 'up\nup');
    expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    expect((await find(engine(), id))?.error).toBeUndefined();
  });

  test('after a restart of the machine it has exited, whatever lies in its folder', async () => {
    const id = await createFor(engine(), image(), shell('exit 0'));
    const state = join(folderOf(id), 'state.json');
    const before = JSON.parse(readFileSync(state, 'utf8')) as object;
    await writeFile(state, JSON.stringify({ ...before, status: 'running', pid: 4711 }));
    await mkdir(join(folderOf(id), 'runtime', 'state', id), { recursive: true });
    expect(await find(engine(), id)).toMatchObject({ status: 'exited', exitCode: 137, pid: 0 });
    await engine().start(id);
    expect(await engine().wait(id)).toBe(0);
  });

  test('whoever started it dies: it goes on', async () => {
    const id = await createFor(engine(), image(), shell(`echo up; ${FOREVER}`));
    const client = spawn(execPath, ['--input-type=module', '-e', stayingStarter(fixture().root, id)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    client.kill('SIGKILL');
    await once(client, 'exit');
    await untilLogged(engine(), id, 'up');
    expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    await engine().stop(id, { timeoutSeconds: 0 });
    await untilNothingIsLeft(id);
  });

  test('the exit code after a start is that of this run', async () => {
    const script = 'n=$(($(cat /n 2>/dev/null || echo 0) + 1)); echo $n > /n; exit $n';
    const id = await createFor(engine(), image(), shell(script));
    const codes: number[] = [];
    for (let round = 0; round < 6; round++) {
      await engine().start(id);
      codes.push(await engine().wait(id));
    }
    expect(codes).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('of two starts at once one is refused', async () => {
    const id = await createFor(engine(), image(), shell(FOREVER));
    const starts = await Promise.allSettled([engine().start(id), fixture().another().start(id)]);
    const refused = starts.filter((start) => start.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'already-exists' });
    expect(await find(engine(), id)).toMatchObject({ status: 'running' });
  });

  test('many at once, each with an upperdir and nothing else of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => createFor(engine(), image(), shell('echo mine > /mine; exit 7'))),
    );
    await Promise.all(ids.map((id) => engine().start(id)));
    expect(await Promise.all(ids.map((id) => engine().wait(id)))).toEqual(ids.map(() => 7));
    for (const id of ids) {
      expect(readdirSync(join(folderOf(id), 'upper'))).toContain('mine');
      expect(existsSync(join(folderOf(id), 'upper', 'bin'))).toBe(false);
      await untilNothingIsLeft(id);
    }
    expect(
      readdirSync(join(fixture().root, 'layers')).filter((name) => /^[0-9a-z]{16,}/.test(name)),
    ).toHaveLength(1);
  });

  test('one that runs is removed by force, and nothing is left', async () => {
    const mounts = readFileSync(MOUNTS, 'utf8');
    const id = await startFor(engine(), image(), shell(`mkdir -p /a/b; ${FOREVER}`));
    expect(processesOf(id).length).toBeGreaterThan(0);
    expect(readFileSync(MOUNTS, 'utf8')).toBe(mounts);
    await engine().remove(id, { force: true });
    await untilNothingIsLeft(id);
    expect(existsSync(folderOf(id))).toBe(false);
    expect(readdirSync(join(fixture().root, 'containers')).filter((name) => name.includes(id))).toEqual([]);
  });

  test('one that is just being started is removed by force', async () => {
    const id = await createFor(engine(), image(), shell(FOREVER));
    const start = engine()
      .start(id)
      .catch(() => undefined);
    await until('its agent is there', () => processesOf(id).length > 0);
    await fixture().another().remove(id, { force: true });
    await start;
    expect(await find(engine(), id)).toBeUndefined();
    await untilNothingIsLeft(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  test('one whose agent dies in this moment is removed by force', async () => {
    const id = await startFor(engine(), image(), shell(FOREVER));
    const agent = agentOf(id);
    process.kill(agent, 'SIGSTOP');
    const removed = engine().remove(id, { force: true });
    process.kill(agent, 'SIGKILL');
    await removed;
    await untilNothingIsLeft(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  test('one with --rm whose agent died is gone after the next look', async () => {
    const id = await startFor(engine(), image(), { ...shell(FOREVER), autoRemove: true });
    const agent = agentOf(id);
    process.kill(agent, 'SIGKILL');
    await until('it is dead', () => !existsSync(`/proc/${agent}`));
    const next = fixture().another();
    await next.list();
    await next.close();
    expect(readdirSync(join(fixture().root, 'containers')).filter((name) => name.includes(id))).toEqual([]);
    await untilNothingIsLeft(id);
  });

  test('what was half made or half removed when a client died is gone after the next look', async () => {
    const [made, removed] = [
      await createFor(engine(), image(), shell('exit 0')),
      await startFor(engine(), image(), shell('mkdir -m 0 /closed; echo x > /file')),
    ];
    await engine().wait(removed);
    const containers = join(fixture().root, 'containers');
    renameSync(folderOf(made), join(containers, `.new-${made}`));
    renameSync(folderOf(removed), join(containers, `.trash-${removed}`));
    const next = fixture().another();
    await next.list();
    await next.close();
    const isLeft = (name: string): boolean => name.includes(made) || name.includes(removed);
    expect(readdirSync(containers).filter(isLeft)).toEqual([]);
  });

  test.runIf(needTool('pasta') && mayTunnel())(
    'the agent dies: ports are free, and the way out is gone',
    async () => {
      const outbound = [{ name: 'pasta', program: '/usr/bin/pasta' }] as const;
      const store = await linuxFixture('crun', { outbound });
      try {
        const port = {
          hostIp: '127.0.0.1',
          hostPort: undefined,
          containerPort: 80,
          protocol: 'tcp',
        } as const;
        const spec = { ...specOf(image(), { ...shell(FOREVER), network: 'private' }), ports: [port] };
        const id = await store.engine.create(spec);
        await store.engine.start(id);
        const { published } = (await find(store.engine, id))!;
        expect(processesOf(id).filter((line) => line.includes('pasta'))).toHaveLength(1);
        process.kill(agentOf(id), 'SIGKILL');
        expect(await store.another().wait(id)).toBe(137);
        expect(await find(store.engine, id)).toMatchObject({ status: 'exited', published: [] });
        await untilNothingIsLeft(id);
        const server = createServer().listen(published[0]!.hostPort, '127.0.0.1');
        await once(server, 'listening');
        server.close();
        await store.engine.start(id);
        expect(processesOf(id).filter((line) => line.includes('pasta'))).toHaveLength(1);
        await store.engine.stop(id, { timeoutSeconds: 0 });
        await untilNothingIsLeft(id);
      } finally {
        await store.close();
      }
    },
  );

  test('one with --rm leaves nothing, even when it cannot be started', async () => {
    const run = await runFor(engine(), image(), { ...shell('exit 9'), autoRemove: true });
    expect(run.end).toEqual({ kind: 'exited', exitCode: 9 });
    await untilNothingIsLeft(run.id);
    const id = await createFor(engine(), image(), { command: ['/absent'], autoRemove: true });
    await expect(engine().start(id)).rejects.toMatchObject({ code: 'not-found', data: { exitCode: 127 } });
    await untilNothingIsLeft(id);
    expect(leftovers(id)).toEqual([]);
  });

  test('its standard output is a pipe that any user inside may open again', async () => {
    const script = 'echo one > /dev/stdout; echo two > /dev/stderr; echo three > /dev/stdout';
    const run = await runFor(engine(), image(), { ...shell(script), user: '65534:65534' });
    expect(run).toMatchObject({ end: { exitCode: 0 }, stdout: 'one\nthree\n', stderr: 'two\n' });
    expect((await logsOf(engine(), run.id)).stdout).toBe('one\nthree\n');
  });

  test('a log file that is a link to /dev/stdout gets into the log', async () => {
    const run = await runFor(
      engine(),
      image(),
      shell('ln -s /dev/stdout /tmp/log; echo hi > /tmp/log; echo ho >> /tmp/log'),
    );
    expect(run.stdout).toBe('hi\nho\n');
  });

  test('only its own three descriptors are open in it', async () => {
    const run = await runFor(engine(), image(), shell('exec ls /proc/self/fd'));
    // The listing itself opens one more.
    expect(run.stdout.trim().split(/\s+/)).toEqual(['0', '1', '2', '3']);
  });

  test('a named pipe as passwd file holds nobody up', async () => {
    const id = await createFor(
      engine(),
      image(),
      shell('mkdir -p /etc; mkfifo /etc/passwd || busybox mkfifo /etc/passwd; exit 0'),
    );
    await engine().start(id);
    await engine().wait(id);
    await engine().start(id);
    expect(typeof (await engine().wait(id))).toBe('number');
  });

  test('who reads nothing holds the process back, but not its end', async () => {
    const id = await createFor(engine(), image(), shell('while :; do busybox seq 1000; done'));
    const stuck = new Writable({ write: () => undefined });
    const session = await engine().startAttached(id, { stdout: stuck, stderr: stuck });
    let seen = 0;
    await until('it is held back', () => {
      const before = seen;
      seen = statSync(join(folderOf(id), 'log.jsonl')).size;
      return seen > MUCH_BYTES && seen === before;
    });
    await engine().stop(id, { timeoutSeconds: 0 });
    expect(await find(engine(), id)).toMatchObject({ status: 'exited', exitCode: 137 });
    session.detach();
    expect(await session.ended).toEqual({ kind: 'detached' });
    await untilNothingIsLeft(id);
  });

  test('processes that were run in it and ended leave no zombies', async () => {
    const id = await startFor(engine(), image(), shell(FOREVER));
    const { process: spec } = (await find(engine(), id))!;
    for (let round = 0; round < 4; round++) {
      const run = await execFor(engine(), id, { ...spec, argv: ['sh', '-c', 'sleep 0 & exit 3'] });
      expect(run.end).toEqual({ kind: 'exited', exitCode: 3 });
    }
    const namespace = readlinkSync(`/proc/${agentOf(id)}/ns/pid`);
    const zombies = readdirSync('/proc').filter((pid) => {
      try {
        const inIt = readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
        return inIt && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
    expect(zombies).toEqual([]);
  });

  test('much output reaches a slow reader whole, after the container has ended', async () => {
    const run = await runFor(engine(), image(), shell('dd if=/dev/zero bs=65536 count=160 2>/dev/null'));
    expect(run.stdout.length).toBe(160 * 65_536);
  });
});

/** A program that starts a container and then stays. */
function stayingStarter(root: string, id: string): string {
  const start = `await engine.start(${JSON.stringify(id)});`;
  return clientOf(root, 'crun', `${start} console.log('started'); setInterval(() => undefined, 1000);`);
}

function mayTunnel(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
