// What stands on the command line of container verbs: paths, times, filters, switches that belong to somebody else.
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { containerFilter } from '../../src/cli/container-filter.ts';
import { parseContainerPath, rawPath } from '../../src/cli/container-path.ts';
import { withoutGoBooleans } from '../../src/cli/go-booleans.ts';
import { parseMoment } from '../../src/cli/moment.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { Context } from '../../src/cli/context.ts';
import { aContainer } from '../support/containers.ts';
import { TestOutput } from './run-cli.ts';
import { Readable } from 'node:stream';

describe('CONTAINER:PATH', () => {
  test.each([
    ['web:/etc/hosts', 'web', '/etc/hosts'],
    ['web:etc', 'web', 'etc'],
    ['web:', 'web', ''],
    ['web:/a:b', 'web', '/a:b'],
    ['./a:b', undefined, './a:b'],
    ['/a:b', undefined, '/a:b'],
    ['file', undefined, 'file'],
    ['-', undefined, '-'],
    [':x', undefined, ':x'],
  ])('%s', (text, container, path) => {
    expect(parseContainerPath(text)).toEqual({ container, path });
  });

  test('is kept byte for byte, without slashes in front', () => {
    expect(Buffer.from(rawPath('//etc/ä')).toString()).toBe('etc/ä');
  });
});

describe('a moment', () => {
  const now = Date.UTC(2024, 4, 1, 12);
  test.each([
    ['10m', now - 600_000],
    ['1h30m', now - 5_400_000],
    ['1.5s', now - 1500],
    ['250ms', now - 250],
    ['1714564800', Date.UTC(2024, 4, 1, 12)],
    ['2024-05-01T11:00:00Z', Date.UTC(2024, 4, 1, 11)],
    ['2024-05-01', Date.UTC(2024, 4, 1)],
  ])('%s', (text, expected) => {
    expect(parseMoment('logs', text, now)).toBe(expected);
  });

  test.each(['', 'yesterday', '10x', '2024-13-40', '-5m'])('%j is none', (text) => {
    expect(() => parseMoment('logs', text, now)).toThrow('is no time');
  });
});

describe('ps --filter', () => {
  const web = aContainer({ name: 'web', status: 'running', labels: { tier: 'front', x: '' } });
  const job = aContainer({ id: `b${'1'.repeat(63)}`, name: 'job', status: 'exited', exitCode: 3 });
  const named = (...filters: string[]): string[] =>
    [web, job].filter(containerFilter(filters)).map(({ name }) => name);

  test.each([
    [[], ['web', 'job']],
    [['name=we'], ['web']],
    [['name=/web'], ['web']],
    [['id=b1'], ['job']],
    [
      ['status=running', 'status=exited'],
      ['web', 'job'],
    ],
    [['status=exited', 'name=web'], []],
    [['exited=3'], ['job']],
    [['exited=0'], []],
    [['label=tier'], ['web']],
    [['label=tier=front'], ['web']],
    [['label=tier=back'], []],
    [['label=tier', 'label=missing'], []],
    [['ancestor=app:1'], ['web', 'job']],
    [['engine=docker'], []],
  ])('%j', (filters, expected) => {
    expect(named(...filters)).toEqual(expected);
  });

  test.each(['colour=red', 'name', 'constructor=x'])('%s is refused', (filter) => {
    expect(() => containerFilter([filter])).toThrow('cannot filter by');
  });
});

describe('switches with a value', () => {
  const io = {
    stdout: new TestOutput(false),
    stderr: new TestOutput(false),
    stdin: Readable.from([]),
    env: {},
  };
  const program: Command = makeProgram(new Context(io), async () => undefined);
  const read = (line: string): string => withoutGoBooleans(line.split(' '), program).join(' ');

  test.each([
    ['run --rm=true app sh', 'run --rm app sh'],
    ['run --rm=false app sh', 'run app sh'],
    ['run --sig-proxy=false app', 'run --no-sig-proxy app'],
    ['run app tool --quiet=true', 'run app tool --quiet=true'],
    ['run -d -p 80:80 app tool --rm=true', 'run -d -p 80:80 app tool --rm=true'],
    ['run -dp 80:80 app tool --rm=true', 'run -dp 80:80 app tool --rm=true'],
    ['run -p80:80 app --rm=true', 'run -p80:80 app --rm=true'],
    ['run --env A=b --tty=true app --tty=true', 'run --env A=b --tty app --tty=true'],
    ['container exec -t=true web ls --all=true', 'container exec -t web ls --all=true'],
    ['images --all=true', 'images --all'],
  ])('%s', (line, expected) => {
    expect(read(line)).toBe(expected);
  });
});
