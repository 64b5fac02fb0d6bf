import { describe, expect, test } from 'vitest';
import { escapeBytes, safeBytes, safeLines, safeText } from '../../src/lib/text.ts';

describe('nothing that steers a terminal gets through', () => {
  test.each([
    ['\x1b[31mred', '\\x1b[31mred'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\x00\x08\x7f', '\\x00\\x08\\x7f'],
    ['\u009b31m', '\\x9b31m'],
    ['abc\u202etxt', 'abc\\u202etxt'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['\u{e0041}', '\\u{e0041}'],
    ['lone \ud800', 'lone \\ud800'],
    ['plain äöü 日本 🐳', 'plain äöü 日本 🐳'],
  ])('%j', (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  test('every C0 and C1 control is escaped', () => {
    for (let code = 0; code < 0x20; code++) expect(safeText(String.fromCharCode(code))).toMatch(/^\\/);
    for (let code = 0x7f; code < 0xa0; code++) expect(safeText(String.fromCharCode(code))).toMatch(/^\\/);
  });

  test('lines are kept where lines are wanted', () => {
    expect(safeLines('a\n\x1bb')).toBe('a\n\\x1bb');
  });
});

describe('names that are not UTF-8', () => {
  test('stray bytes show as hex, the rest as it is', () => {
    expect(safeBytes(Buffer.from([0x61, 0xff, 0xc3, 0xa4, 0xc3]))).toBe('a\\xffä\\xc3');
    expect(safeBytes(Buffer.from('tidy'))).toBe('tidy');
  });

  test('the machine form can be turned back into the bytes', () => {
    expect(escapeBytes(Buffer.from([0x5c, 0xff]))).toBe('\\\\\\xff');
    expect(escapeBytes(Buffer.from('a\\b'))).toBe('a\\b');
  });
});
