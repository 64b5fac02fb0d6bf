// Keys, and which part of one differs first.
import { describe, expect, test } from 'vitest';
import { type KeyPart, cacheKey, firstDifference } from '../../src/build/cache-key.ts';

function parts(...pairs: readonly (readonly [name: string, value: string])[]): KeyPart[] {
  return pairs.map(([name, value]) => ({ name, value }));
}

describe('cacheKey', () => {
  const base = cacheKey(parts(['a', 'b'], ['c', 'd']));

  test('is a file name, and the same for the same parts', () => {
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(cacheKey(parts(['a', 'b'], ['c', 'd']))).toBe(base);
  });

  test.each([
    [parts(['c', 'd'], ['a', 'b'])],
    [parts(['a', 'bc'], ['', 'd'])],
    [parts(['ab', ''], ['c', 'd'])],
    [parts(['a', 'b'], ['c', 'd'], ['', ''])],
    [parts(['a', 'b","c"],["d'])],
    [parts(['a', 'b'])],
    [[]],
  ])('is another for %j', (other) => {
    expect(cacheKey(other)).not.toBe(base);
  });
});

describe('firstDifference', () => {
  test.each([
    ['nothing', parts(['a', '1']), parts(['a', '1']), undefined],
    ['a value', parts(['a', '1']), parts(['a', '2']), { name: 'a', before: '1', after: '2' }],
    [
      'the first of two in the new order',
      parts(['a', '1'], ['b', '1']),
      parts(['b', '2'], ['a', '2']),
      { name: 'b', before: '1', after: '2' },
    ],
    [
      'a new one before one that is gone',
      parts(['old', '1']),
      parts(['new', '2']),
      { name: 'new', before: undefined, after: '2' },
    ],
    [
      'one that is gone',
      parts(['a', '1'], ['b', '2']),
      parts(['a', '1']),
      { name: 'b', before: '2', after: undefined },
    ],
    ['an empty value that is new', parts(), parts(['a', '']), { name: 'a', before: undefined, after: '' }],
    [
      'the second of two of one name',
      parts(['m', '1'], ['m', '2']),
      parts(['m', '1'], ['m', '3']),
      { name: 'm', before: '2', after: '3' },
    ],
    [
      'the first of two of one name',
      parts(['m', '1'], ['m', '2']),
      parts(['m', '3'], ['m', '2']),
      { name: 'm', before: '1', after: '3' },
    ],
    [
      'one of two of one name that is gone',
      parts(['m', '1'], ['m', '1']),
      parts(['m', '1']),
      { name: 'm', before: '1', after: undefined },
    ],
    [
      'the order alone',
      parts(['a', '1'], ['b', '2'], ['c', '3']),
      parts(['a', '1'], ['c', '3'], ['b', '2']),
      { name: 'order', before: 'b', after: 'c' },
    ],
    [
      'names that every object has',
      parts(['constructor', '1']),
      parts(['toString', '1']),
      { name: 'toString', before: undefined, after: '1' },
    ],
  ])('%s', (_, before, after, expected) => {
    expect(firstDifference(before, after)).toEqual(expected);
  });

  test('there is one whenever the keys differ', () => {
    const lists = [
      parts(),
      parts(['a', '1']),
      parts(['a', '1'], ['a', '1']),
      parts(['a', '1'], ['b', '1']),
      parts(['b', '1'], ['a', '1']),
    ];
    for (const before of lists) {
      for (const after of lists) {
        expect(firstDifference(before, after) === undefined).toBe(cacheKey(before) === cacheKey(after));
      }
    }
  });
});
