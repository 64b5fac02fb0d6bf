import { expect, test } from 'vitest';
import { uniqueName } from '../../src/lib/unique-name.ts';

test('no name is given twice, and each is the name of a file', () => {
  const names = Array.from({ length: 10_000 }, uniqueName);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[\da-z]+-[\da-z]+$/.test(name))).toEqual([]);
});
