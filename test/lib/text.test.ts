import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeBytes, isUtf8, safeBytes, safeLines, safeText } from '../../src/lib/text.ts';

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

  test('no character that has no picture of its own, in all of Unicode', () => {
    const invisible = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
    const through: string[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const character = String.fromCodePoint(code);
      if (invisible.test(character) && !safeText(character).startsWith('\\')) through.push(code.toString(16));
    }
    expect(through).toEqual([]);
  });

  test('nothing of a safe text is changed again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeText(safeText(text))).toBe(safeText(text));
        expect(safeLines(text).split('\n')).toEqual(text.split('\n').map(safeText));
      }),
    );
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

  test('any bytes come back from the machine form, and names differ that differ', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = escapeBytes(bytes);
        const back = isUtf8(bytes)
          ? Buffer.from(text)
          : Buffer.concat(
              Array.from(text.matchAll(/\\x([0-9a-f]{2})|\\(\\)|([^\\]+)/g), ([, hex, backslash, plain]) =>
                hex === undefined ? Buffer.from(backslash ?? plain!) : Buffer.from(hex, 'hex'),
              ),
            );
        expect(back).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('bytes are shown safely, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(safeText(safeBytes(bytes))).toBe(safeBytes(bytes));
      }),
    );
  });

  test('surrogates and overlong forms are stray bytes', () => {
    expect(safeBytes(Buffer.from([0xed, 0xa0, 0x80]))).toBe('\\xed\\xa0\\x80');
    expect(safeBytes(Buffer.from([0xc0, 0xaf]))).toBe('\\xc0\\xaf');
    expect(safeBytes(Buffer.from([0xf4, 0x90, 0x80, 0x80]))).toBe('\\xf4\\x90\\x80\\x80');
  });

  test('a byte order mark is shown, not swallowed', () => {
    expect(safeBytes(Buffer.from('\ufeffname'))).toBe('\\ufeffname');
  });
});
