import { expect, test } from 'vitest';
import { chooseChallenge, parseChallenges } from '../../src/registry/challenge.ts';

const parse = (header: string): [string, Record<string, string>][] =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test.each<[string, [string, Record<string, string>][]]>([
  ['Basic realm="x"', [['basic', { realm: 'x' }]]],
  [
    'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"',
    [['bearer', { realm: 'https://auth.example/token', service: 'reg', scope: 'repository:a/b:pull,push' }]],
  ],
  ['Bearer Realm = a , SERVICE= b', [['bearer', { realm: 'a', service: 'b' }]]],
  [
    'Basic realm="a", Bearer realm="b"',
    [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
    ],
  ],
  [
    'Negotiate, Basic realm="a"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  ],
  ['Basic realm="a \\"b\\" \\\\c"', [['basic', { realm: 'a "b" \\c' }]]],
  ['Bearer realm="one",realm="two"', [['bearer', { realm: 'one' }]]],
  ['Bearer realm="open', [['bearer', {}]]],
  ['Bearer realm=', [['bearer', {}]]],
  ['realm="x"', []],
  ['', []],
  [' , ,', []],
  ['\u0000\u0001', []],
])('%j', (header, expected) => {
  expect(parse(header)).toEqual(expected);
});

test('a token is chosen before a password', () => {
  expect(chooseChallenge(parseChallenges('Basic realm="a", Bearer realm="b"'))?.scheme).toBe('bearer');
  expect(chooseChallenge(parseChallenges('Digest realm="a", Basic realm="b"'))?.scheme).toBe('basic');
  expect(chooseChallenge(parseChallenges('Digest realm="a"'))).toBeUndefined();
});

test('a header of a hundred thousand commas takes no time', () => {
  const start = performance.now();
  parseChallenges(`Bearer ${','.repeat(100_000)}${'a="'.repeat(10_000)}`);
  expect(performance.now() - start).toBeLessThan(200);
});
