// Signals while phyllo is tied to a container.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { ContainersService } from '../../src/app/container-services.ts';
import { Context } from '../../src/cli/context.ts';
import { passSignals } from '../../src/cli/pass-signals.ts';
import { TestOutput } from './run-cli.ts';

function tied() {
  const stderr = new TestOutput(false);
  const io = { stdout: new TestOutput(false), stderr, stdin: Readable.from([]), env: {} };
  const context = new Context(io);
  const passed: string[] = [];
  let left = 0;
  const kill = async (id: string, name: string): Promise<void> =>
    void passed.push(`${id.slice(0, 3)} ${name}`);
  const onSignal = passSignals(context, { kill } as unknown as ContainersService, 'c'.repeat(64));
  const session = {
    ended: new Promise<never>(() => undefined),
    resize: () => undefined,
    detach: () => void left++,
  };
  return {
    signal: (name: string) => onSignal(name, session),
    told: () => ({ passed, left, code: context.exitCode, err: stderr.bytes.toString() }),
  };
}

test('are the container’s', () => {
  const { signal, told } = tied();
  for (const name of ['SIGHUP', 'SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGWINCH', 'SIGUSR1']) signal(name);
  expect(told()).toEqual({
    passed: ['SIGHUP', 'SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGWINCH', 'SIGUSR1'].map((name) => `ccc ${name}`),
    left: 0,
    code: 0,
    err: '',
  });
});

test('let go who asks for an end three times, in words and with 1', () => {
  const { signal, told } = tied();
  for (const name of ['SIGINT', 'SIGINT', 'SIGINT']) signal(name);
  expect(told()).toEqual({
    passed: ['ccc SIGINT', 'ccc SIGINT'],
    left: 1,
    code: 1,
    err: expect.stringContaining('phyllo kill cccccccccccc ends it'),
  });
});
