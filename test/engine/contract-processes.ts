// What processes start with and how they end, for every engine.
import { expect } from 'vitest';
import { execSpec } from '../../src/engine/process-spec.ts';
import { execFor, find, runFor, shell, startFor, createFor } from '../support/engine-runs.ts';
import type { Subject } from './contract.ts';

const FOREVER = 'while :; do sleep 0.1; done';

export function describeProcesses({ engine, image, lacks, group, test }: Subject): void {
  group('how a process ends', () => {
    for (const exitCode of [0, 125, 255]) {
      test(`exit code ${exitCode}`, async () => {
        const { id, end } = await runFor(engine(), image(), shell(`exit ${exitCode}`));
        expect(end).toEqual({ kind: 'exited', exitCode });
        expect(await engine().wait(id)).toBe(exitCode);
      });
    }

    test("a command that the shell does not find is the shell's 127", async () => {
      const { end, stderr } = await runFor(engine(), image(), shell('no-such-program'));
      expect(end).toEqual({ kind: 'exited', exitCode: 127 });
      expect(stderr).toContain('not found');
    });

    test('a program that is not there keeps it from starting, with 127', async () => {
      const id = await createFor(engine(), image(), { command: ['/no/such/program'] });
      await expect(engine().start(id)).rejects.toMatchObject({ code: 'not-found', data: { exitCode: 127 } });
      const container = await find(engine(), id);
      expect(['created', 'exited']).toContain(container?.status);
      expect(container?.error).not.toBe('');
    });

    test('a program that cannot be run keeps it from starting, with 126', async () => {
      const id = await createFor(engine(), image(), { command: ['/etc/motd'] });
      const started = engine().start(id);
      await expect(started).rejects.toMatchObject({ code: 'invalid-argument', data: { exitCode: 126 } });
      expect((await find(engine(), id))?.status).not.toBe('running');
    });
  });

  group('what a process starts with', () => {
    test('the variables of image and user', async () => {
      const { id, stdout } = await runFor(engine(), image(), {
        ...shell('echo "$COLOUR $SIZE $HOME $HOSTNAME"'),
        env: ['SIZE=big'],
      });
      expect(stdout).toBe(`blue big /root ${id.slice(0, 12)}\n`);
    });

    test("the user's variables win", async () => {
      const { stdout } = await runFor(engine(), image(), {
        ...shell('echo "$COLOUR $HOME"'),
        env: ['COLOUR=red', 'HOME=/mine'],
      });
      expect(stdout).toBe('red /mine\n');
    });

    test('a working directory, made when it is not there', async () => {
      const there = await runFor(engine(), image(), { ...shell('pwd'), workingDir: '/data/dir' });
      expect(there.stdout).toBe('/data/dir\n');
      const made = await runFor(engine(), image(), { ...shell('pwd'), workingDir: '/made/here' });
      expect(made.stdout).toBe('/made/here\n');
    });

    test('an entry point', async () => {
      const { stdout } = await runFor(engine(), image(), {
        entrypoint: ['echo', 'entry'],
        command: ['a b', '$COLOUR'],
      });
      expect(stdout).toBe('entry a b $COLOUR\n');
    });

    if (!lacks('users'))
      test('a user with its groups and home', async () => {
        const { stdout } = await runFor(engine(), image(), {
          ...shell('id -u; id -g; id -G; echo $HOME; touch /home/app/mine; stat -c %u:%g /home/app/mine'),
          user: 'app',
        });
        const [uid, gid, groups, home, owner] = stdout.split('\n');
        expect([uid, gid, home, owner]).toEqual(['1000', '1000', '/home/app', '1000:1000']);
        expect(groups!.split(' ').toSorted()).toEqual(['1000', '50']);
      });

    if (!lacks('users'))
      test('a user that is only a number', async () => {
        const { stdout } = await runFor(engine(), image(), { ...shell('id -u; id -g'), user: '4321' });
        expect(stdout).toBe('4321\n0\n');
      });

    if (!lacks('users'))
      test('an unknown user keeps it from starting', async () => {
        const id = await createFor(engine(), image(), { ...shell('exit 0'), user: 'nobody-knows' });
        await expect(engine().start(id)).rejects.toMatchObject({ code: 'invalid-argument' });
        expect((await find(engine(), id))?.status).not.toBe('running');
      });

    if (!lacks('read-only'))
      test('a root that cannot be written', async () => {
        const { stdout } = await runFor(engine(), image(), {
          ...shell('echo x > /data/new || echo refused; cat /etc/motd'),
          readOnly: true,
        });
        expect(stdout).toBe('refused\nhello\n');
      });
  });

  group('one more process in a container', () => {
    test('shares files and variables, and has an end of its own', async () => {
      const id = await startFor(engine(), image(), { ...shell(FOREVER), env: ['SIZE=big'] });
      const container = (await find(engine(), id))!;
      const script = 'echo "$COLOUR $SIZE $MORE"; pwd; echo wrong >&2; echo x > /data/shared; exit 4';
      const asked = { ...shell(script), env: ['MORE=yes'], workingDir: '/data' };
      const first = await execFor(engine(), id, execSpec(container, asked));
      expect(first).toEqual({
        end: { kind: 'exited', exitCode: 4 },
        stdout: 'blue big yes\n/data\n',
        stderr: 'wrong\n',
      });
      const second = await execFor(engine(), id, execSpec(container, shell('cat /data/shared')));
      expect(second.stdout).toBe('x\n');
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test('reads what is sent to it', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      const container = (await find(engine(), id))!;
      const { stdout } = await execFor(
        engine(),
        id,
        execSpec(container, { command: ['cat'], stdin: true }),
        'sent\n',
      );
      expect(stdout).toBe('sent\n');
    });

    test('fails with 127 when its program is not there', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      const container = (await find(engine(), id))!;
      const started = execFor(engine(), id, execSpec(container, { command: ['/no/such'] }));
      await expect(started).rejects.toMatchObject({ code: 'not-found', data: { exitCode: 127 } });
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test('needs a container that runs', async () => {
      const { id } = await runFor(engine(), image(), shell('exit 0'));
      const container = (await find(engine(), id))!;
      const started = execFor(engine(), id, execSpec(container, shell('exit 0')));
      await expect(started).rejects.toMatchObject({ code: 'invalid-argument' });
    });
  });
}
