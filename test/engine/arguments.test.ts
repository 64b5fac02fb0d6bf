import { describe, expect, test } from 'vitest';
import { envArgument, parseEnvFile } from '../../src/engine/env-file.ts';
import { exitCodeOfError, exitCodeOfSignal } from '../../src/engine/exit-codes.ts';
import { parseLabels } from '../../src/engine/labels.ts';
import { checkContainerName, makeUpName } from '../../src/engine/names.ts';
import { signalName, signalNumber } from '../../src/engine/signal-names.ts';
import { PhylloError } from '../../src/lib/errors.ts';

const invalid = expect.objectContaining({ code: 'invalid-argument' }) as Error;
const CALLER = { MINE: 'own', EMPTY: '', ABSENT: undefined };

describe('-e', () => {
  test.each([
    ['A=b', 'A=b'],
    ['A=', 'A='],
    ['A=b=c', 'A=b=c'],
    ['A="quoted"', 'A="quoted"'],
    ['MINE', 'MINE=own'],
    ['EMPTY', 'EMPTY='],
    ['ABSENT', 'ABSENT'],
    ['constructor', 'constructor'],
  ])('%s is %s', (text, expected) => {
    expect(envArgument(text, CALLER)).toBe(expected);
  });

  test.each(['', '=', '=x'])('%j is refused', (text) => {
    expect(() => envArgument(text, CALLER)).toThrow(invalid);
  });
});

describe('--env-file', () => {
  test("has docker's rules", () => {
    const text = [
      '\uFEFF# comment',
      '',
      '   # indented comment',
      '   ',
      'A=b',
      '  INDENTED=1',
      'SPACES= kept  ',
      'QUOTES="as they are"',
      "SINGLE='too'",
      'HASH=a # no comment',
      'EQUALS=a=b',
      'VALUELESS=',
      'MINE',
      'ABSENT',
      'CRLF=x\r',
      'LAST=1',
    ].join('\n');
    expect(parseEnvFile(Buffer.from(text), 'file', CALLER)).toEqual([
      'A=b',
      'INDENTED=1',
      'SPACES= kept  ',
      'QUOTES="as they are"',
      "SINGLE='too'",
      'HASH=a # no comment',
      'EQUALS=a=b',
      'VALUELESS=',
      'MINE=own',
      'CRLF=x',
      'LAST=1',
    ]);
  });

  test.each([
    ['=x', /f:1: there is no name/],
    ['A=1\nB C=2', /f:2: the name B C contains whitespace/],
    ['A =1', /whitespace/],
    ['export A=1', /whitespace/],
    ['NAME ', /whitespace/],
    [`A=${'x'.repeat(70_000)}`, /too long/],
  ])('%j is refused', (text, reason) => {
    expect(() => parseEnvFile(Buffer.from(text), 'f', CALLER)).toThrow(reason);
  });

  test('what is no UTF-8, or too large, is refused', () => {
    expect(() => parseEnvFile(Buffer.from([0x41, 0x3d, 0xff]), 'f', CALLER)).toThrow(/not UTF-8/);
    expect(() => parseEnvFile(Buffer.alloc(5 * 1024 * 1024, '\n'), 'f', CALLER)).toThrow(/larger/);
  });
});

describe('labels', () => {
  test('later ones win, and any name is a name', () => {
    const labels = parseLabels(['a=1', 'b', 'c=x=y', 'a=2', '__proto__=p']);
    expect(Object.entries(labels)).toEqual([
      ['a', '2'],
      ['b', ''],
      ['c', 'x=y'],
      ['__proto__', 'p'],
    ]);
  });

  test.each(['', '=x', '  =x'])('%j is refused', (text) => {
    expect(() => parseLabels([text])).toThrow(invalid);
  });
});

describe('signals', () => {
  test.each([
    ['TERM', 'SIGTERM', 15],
    ['SIGTERM', 'SIGTERM', 15],
    ['sigkill', 'SIGKILL', 9],
    ['15', 'SIGTERM', 15],
    ['1', 'SIGHUP', 1],
    ['31', 'SIGSYS', 31],
    ['IOT', 'SIGABRT', 6],
    ['CLD', 'SIGCHLD', 17],
    ['POLL', 'SIGIO', 29],
    ['34', 'SIGRTMIN', 34],
    ['RTMIN', 'SIGRTMIN', 34],
    ['SIGRTMIN+3', 'SIGRTMIN+3', 37],
    ['RTMAX', 'SIGRTMIN+30', 64],
    ['RTMAX-1', 'SIGRTMIN+29', 63],
    ['WINCH', 'SIGWINCH', 28],
  ])('%s is %s, %i', (text, name, number) => {
    expect([signalName(text), signalNumber(text)]).toEqual([name, number]);
  });

  test.each([
    '',
    '0',
    '32',
    '33',
    '65',
    '-9',
    '9.0',
    'NONE',
    'SIG',
    'SIGSIGTERM',
    'RTMIN+31',
    'RTMAX-31',
    'RTMIN-1',
  ])('%j is refused', (text) => {
    expect(() => signalName(text)).toThrow(invalid);
  });
});

test('exit codes are those of docker', () => {
  expect(exitCodeOfSignal('KILL')).toBe(137);
  expect(exitCodeOfSignal('SIGTERM')).toBe(143);
  expect(exitCodeOfError(new PhylloError('not-found', 'x', { data: { exitCode: 127 } }))).toBe(127);
  expect(exitCodeOfError(new PhylloError('io', 'x'))).toBe(125);
  expect(exitCodeOfError(new Error('x'))).toBe(125);
});

describe('names of containers', () => {
  test.each(['ab', 'a_b-c.d', 'A1', '0a', 'x'.repeat(128)])('%s is allowed', (name) => {
    expect(checkContainerName(name)).toBe(name);
  });

  test.each(['', 'a', '.a', '-a', '_a', 'a/b', '../x', 'a b', 'ä', 'a\n', 'a\0', 'x'.repeat(129)])(
    '%j is refused',
    (name) => {
      expect(() => checkContainerName(name)).toThrow(invalid);
    },
  );

  test('every made-up name is allowed, and there are thousands', () => {
    const made = new Set<string>();
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let count = 0; count < 2000; count++)
      made.add(checkContainerName(makeUpName((name) => made.has(name), random)));
    expect(made.size).toBe(2000);
    expect([...made].filter((name) => /\d/.test(name)).length).toBeLessThan(20);
  });

  test('a digit helps where the plain names are taken', () => {
    const name = makeUpName(
      (made) => !/\d$/.test(made),
      () => 0,
    );
    expect(name).toMatch(/^[a-z]+_[a-z]+\d+$/);
  });
});
