// Logs, input, attaching and terminals, for every engine.
import { expect } from 'vitest';
import type { LogEntry } from '../../src/engine/engine.ts';
import {
  TestIo,
  createFor,
  find,
  logsOf,
  runFor,
  shell,
  startFor,
  until,
  untilLogged,
} from '../support/engine-runs.ts';
import type { Subject } from './contract.ts';

export function describeStreams({ engine, image, lacks, group, test }: Subject): void {
  group('logs', () => {
    test('keep stdout and stderr apart, each in its order, with times', async () => {
      const script = 'echo one; echo two >&2; echo three; echo four >&2; echo end';
      const { id, stdout, stderr } = await runFor(engine(), image(), shell(script));
      expect({ stdout, stderr }).toEqual({ stdout: 'one\nthree\nend\n', stderr: 'two\nfour\n' });
      const logs = await logsOf(engine(), id);
      expect(logs).toMatchObject({ stdout, stderr });
      // Of two streams an engine may write down the later line first: Docker reads each by itself.
      for (const stream of ['stdout', 'stderr']) {
        const times = logs.entries.filter((each) => each.stream === stream).map(({ time }) => time);
        expect(times).toEqual(times.toSorted());
        expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      }
    });

    test('keep a last line that has no end', async () => {
      const { id } = await runFor(engine(), image(), shell('echo line; echo -n rest'));
      expect((await logsOf(engine(), id)).stdout).toBe('line\nrest');
    });

    test('the last lines, and those of a time', async () => {
      const { id } = await runFor(engine(), image(), shell('echo 1; echo 2; echo 3; echo 4'));
      expect((await logsOf(engine(), id, { tail: 2 })).stdout).toBe('3\n4\n');
      expect((await logsOf(engine(), id, { tail: 0 })).stdout).toBe('');
      const hourMs = 3_600_000;
      expect((await logsOf(engine(), id, { sinceMs: Date.now() + hourMs })).stdout).toBe('');
      expect((await logsOf(engine(), id, { sinceMs: Date.now() - hourMs })).stdout).toBe('1\n2\n3\n4\n');
      expect((await logsOf(engine(), id, { untilMs: Date.now() - hourMs })).stdout).toBe('');
    });

    test('can be followed until the container ends', async () => {
      const script = 'echo before; while [ ! -e /data/go ]; do sleep 0.05; done; echo after';
      const id = await startFor(engine(), image(), shell(script));
      const entries: LogEntry[] = [];
      const following = (async () => {
        for await (const entry of engine().logs(id, { follow: true })) entries.push(entry);
      })();
      await until('the first line came', () => entries.length > 0);
      const container = (await find(engine(), id))!;
      await engine().exec(id, { ...container.process, argv: ['touch', '/data/go'] });
      await following;
      expect(entries.map(({ data }) => Buffer.from(data).toString())).toEqual(['before\n', 'after\n']);
    });

    test('following can be given up', async () => {
      const id = await startFor(engine(), image(), shell('echo here; while :; do sleep 0.1; done'));
      const giveUp = new AbortController();
      const seen: LogEntry[] = [];
      for await (const entry of engine().logs(id, { follow: true, signal: giveUp.signal })) {
        seen.push(entry);
        giveUp.abort();
      }
      expect(seen).toHaveLength(1);
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test('of one that never ran are empty', async () => {
      const id = await createFor(engine(), image(), shell('echo x'));
      expect((await logsOf(engine(), id)).entries).toEqual([]);
    });
  });

  group('input', () => {
    test('reaches the process to its end', async () => {
      const input = `${'x'.repeat(100_000)}\nlast`;
      const { stdout, end } = await runFor(engine(), image(), { command: ['cat'], stdin: true }, input);
      expect(stdout).toBe(input);
      expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    });

    test('is empty for a process without', async () => {
      const { stdout, end } = await runFor(engine(), image(), { command: ['cat'] }, 'not sent');
      expect({ stdout, end }).toEqual({ stdout: '', end: { kind: 'exited', exitCode: 0 } });
    });
  });

  if (!lacks('attach'))
    group('attaching', () => {
      const ECHO = 'echo ready; while read line; do echo "got $line"; done';

      test('ties somebody to a process that runs, who leaves it alone again', async () => {
        const id = await startFor(engine(), image(), { ...shell(ECHO), stdin: true });
        await untilLogged(engine(), id, 'ready');
        for (const word of ['first', 'second']) {
          const io = new TestIo();
          const session = await engine().attach(id, io);
          io.stdin.write(`${word}\n`);
          await until(`${word} came back`, () => io.stdoutText === `got ${word}\n`);
          session.detach();
          expect(await session.ended).toEqual({ kind: 'detached' });
          expect(await find(engine(), id)).toMatchObject({ status: 'running' });
        }
        expect((await logsOf(engine(), id)).stdout).toBe('ready\ngot first\ngot second\n');
      });

      test('tells the exit code at the end', async () => {
        const script = 'echo ready; read line; echo "bye $line"; exit 9';
        const id = await startFor(engine(), image(), { ...shell(script), stdin: true });
        const io = new TestIo();
        const session = await engine().attach(id, io);
        io.stdin.write('now\n');
        expect(await session.ended).toEqual({ kind: 'exited', exitCode: 9 });
        expect(io.stdoutText).toContain('bye now\n');
      });

      test('needs a container that runs', async () => {
        const { id } = await runFor(engine(), image(), shell('exit 0'));
        await expect(engine().attach(id, new TestIo())).rejects.toMatchObject({ code: 'invalid-argument' });
      });
    });

  if (!lacks('terminal'))
    group('a terminal', () => {
      test('has a size, and everything is written to it', async () => {
        const id = await createFor(engine(), image(), {
          ...shell('stty size; echo wrong >&2; test -t 0 && echo "terminal $TERM"'),
          tty: true,
          stdin: true,
        });
        const io = new TestIo();
        const session = await engine().startAttached(id, io);
        expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
        expect(io.stdoutText).toBe('24 80\r\nwrong\r\nterminal xterm\r\n');
        expect(io.stderrText).toBe('');
      });

      test('changes its size', async () => {
        const id = await createFor(engine(), image(), {
          ...shell('read line; stty size'),
          tty: true,
          stdin: true,
        });
        const io = new TestIo();
        const session = await engine().startAttached(id, io);
        session.resize({ columns: 120, rows: 50 });
        io.stdin.write('go\r');
        await session.ended;
        expect(io.stdoutText).toContain('50 120\r\n');
      });
    });
}
