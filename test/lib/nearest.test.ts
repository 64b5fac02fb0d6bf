import { expect, test } from 'vitest';
import { nearest } from '../../src/lib/nearest.ts';

const OPTIONS = ['FROM', 'RUN', 'COPY', 'ENTRYPOINT', 'ENV'];

test.each([
  ['FORM', 'FROM'],
  ['form', 'FROM'],
  ['FRM', 'FROM'],
  ['FROMM', 'FROM'],
  ['RNU', 'RUN'],
  ['CPOY', 'COPY'],
  ['ENTRIPIONT', 'ENTRYPOINT'],
  ['EN', 'ENV'],
  ['COPY', 'COPY'],
  ['E', undefined],
  ['', undefined],
  ['ENTRYPOINTXXX', undefined],
  ['apt', undefined],
  ['İİİİ', undefined],
  ['x'.repeat(100_000), undefined],
])('%s: %s', (word, expected) => {
  expect(nearest(word, OPTIONS)).toBe(expected);
});

test('the first of two that are as near is taken', () => {
  expect(nearest('ab', ['ac', 'bb'])).toBe('ac');
});
