// --chmod, octal and symbolic.
import { describe, expect, test } from 'vitest';
import { parseMode } from '../../../src/build/copy/mode.ts';

const octal = (mode: number): string => mode.toString(8);

test.each([
  ['755', '644', '755'],
  ['0755', '644', '755'],
  ['4711', '644', '4711'],
  ['7777', '0', '7777'],
  ['0', '777', '0'],
  ['u=rwX,go=rX', '600', '644'],
  ['u=rwX,go=rX', '700', '755'],
  ['+x', '644', '755'],
  ['a+x', '644', '755'],
  ['-x', '755', '644'],
  ['-X', '755', '644'],
  ['go-rwx', '777', '700'],
  ['u+s', '755', '4755'],
  ['g+s', '755', '2755'],
  ['+s', '755', '6755'],
  ['o+s', '755', '755'],
  ['+t', '755', '1755'],
  ['o+t', '755', '755'],
  ['u=rw', '4755', '655'],
  ['g=u', '741', '771'],
  ['o=g,g=', '750', '705'],
  ['u+x-w', '644', '544'],
  ['a=', '1777', '1000'],
  ['=rw', '6755', '666'],
  ['ug=rw,o=', '777', '660'],
])('%s makes %s %s', (text, before, after) => {
  expect(octal(parseMode(text)(Number.parseInt(before, 8), false))).toBe(after);
});

test('X is for directories, and for files that somebody can run', () => {
  const change = parseMode('a+X');
  expect(octal(change(0o600, true))).toBe('711');
  expect(octal(change(0o600, false))).toBe('600');
  expect(octal(change(0o610, false))).toBe('711');
  expect(octal(parseMode('u=x,a+X')(0o600, false))).toBe('100');
});

describe('refused:', () => {
  test.each([
    '',
    '10000',
    '8',
    '0o755',
    '0x1ff',
    'u',
    'rw',
    'u=rw,',
    ',u=r',
    'z+x',
    'u~x',
    'u=q',
    '755x',
    '-1',
  ])('%j', (text) => {
    expect(() => parseMode(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('long ones, without trying', () => {
    expect(() => parseMode(`u=${'r'.repeat(100_000)}`)).toThrow(/not a mode/);
  });
});
