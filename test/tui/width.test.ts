import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { breakColumns, displayWidth, fit, pad, sliceColumns, truncate } from '../../src/tui/width.ts';

const plain = fc
  .array(fc.constantFrom('a', 'bc', ' ', 'é', 'e\u0301', '漢', '한', 'か', '😀', '👩‍💻', '🇩🇪', '│', '…', 'Ж'), {
    maxLength: 14,
  })
  .map((pieces) => pieces.join(''));

const styled = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '\x1b[1m', '\x1b[31m', '\x1b[7m', '\x1b[38;5;9m', '\x1b[0m', '\x1b[39m'),
      plain,
    ),
    {
      maxLength: 6,
    },
  )
  .map((pieces) => pieces.flat().join(''));

const strip = (text: string): string => text.replaceAll(/\x1b\[[0-9;]*m/g, '');

test.each<[string, number, string[]]>([
  ['abcdef', 3, ['abc', 'def']],
  ['a中b', 2, ['a', '中', 'b']],
  ['中中', 1, ['中', '中']],
  ['\x1b[31mabcd\x1b[0m', 2, ['\x1b[31mab\x1b[0m', '\x1b[31mcd\x1b[0m']],
  ['', 4, ['']],
])('%j breaks in pieces of %i columns and loses nothing', (text, columns, pieces) => {
  expect(breakColumns(text, columns)).toEqual(pieces);
});

test('no more pieces are made than are asked for', () => {
  expect(breakColumns('abcdefgh', 2, 2)).toEqual(['ab', 'cd']);
});

describe('displayWidth', () => {
  test('agrees with string-width on every character of the basic plane', () => {
    const wrong: string[] = [];
    for (let code = 0x20; code < 0xffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCharCode(code);
      if (displayWidth(character) !== stringWidth(character)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test('agrees with string-width on whole texts, with and without styles', () => {
    fc.assert(
      fc.property(styled, (text) => {
        expect(displayWidth(text)).toBe(stringWidth(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(displayWidth(text)).toBe(stringWidth(text));
      }),
    );
  });
});

describe('truncate', () => {
  test.each([
    ['abcdef', 6, undefined, 'abcdef'],
    ['abcdef', 5, undefined, 'abcd…'],
    ['abcdef', 5, 'start', '…cdef'],
    ['abcdef', 5, 'middle', 'ab…ef'],
    ['abcdef', 4, 'middle', 'ab…f'],
    ['abcdef', 1, undefined, '…'],
    ['abcdef', 0, undefined, ''],
    ['abcdef', -3, undefined, ''],
    ['漢字漢字', 6, undefined, '漢字 …'],
    ['漢字漢字', 5, undefined, '漢字…'],
    ['漢字漢字', 4, 'start', '… 字'],
    ['\x1b[31mabcdef\x1b[0m', 4, undefined, '\x1b[31mabc…\x1b[0m'],
    ['\x1b[31mabcdef\x1b[39m', 4, 'start', '…\x1b[31mdef\x1b[0m'],
    ['ab\x1b[31mcdef\x1b[39mgh', 5, 'middle', 'ab…\x1b[31m\x1b[39mgh\x1b[0m'],
  ] as const)('%j to %s columns (%s) is %j', (text, columns, cut, expected) => {
    expect(truncate(text, columns, { cut })).toBe(expected);
  });

  test('is never wider than asked, and leaves alone what fits', () => {
    fc.assert(
      fc.property(
        styled,
        fc.integer({ min: -1, max: 30 }),
        fc.constantFrom('end', 'start', 'middle'),
        (text, columns, cut) => {
          const cutText = truncate(text, columns, { cut });
          expect(displayWidth(cutText)).toBeLessThanOrEqual(Math.max(0, columns));
          expect(columns <= 0 || cutText === text || strip(cutText).includes('…')).toBe(true);
          expect(cutText === text || columns <= 0 || displayWidth(text) > columns).toBe(true);
        },
      ),
    );
  });
});

describe('pad and fit', () => {
  test.each([
    ['ab', 5, 'left', 'ab   '],
    ['ab', 5, 'right', '   ab'],
    ['ab', 5, 'center', ' ab  '],
    ['漢', 4, 'left', '漢  '],
    ['abcdef', 3, 'left', 'abcdef'],
  ] as const)('pad %j to %s %s', (text, columns, align, expected) => {
    expect(pad(text, columns, align)).toBe(expected);
  });

  test('fit is exactly as wide as asked', () => {
    fc.assert(
      fc.property(
        styled,
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom('left', 'right', 'center'),
        (text, columns, align) => {
          expect(displayWidth(fit(text, columns, { align }))).toBe(columns);
        },
      ),
    );
  });
});

describe('sliceColumns', () => {
  test.each([
    ['abcdef', 2, 4, 'cd'],
    ['abcdef', 4, 99, 'ef'],
    ['abcdef', 3, 3, ''],
    ['abcdef', -2, 2, 'ab'],
    ['漢字', 1, 3, '  '],
    ['漢字', 1, 4, ' 字'],
    ['\x1b[31mab\x1b[1mcd\x1b[0mef', 1, 5, '\x1b[31mb\x1b[1mcd\x1b[0me'],
    ['\x1b[31mab\x1b[0mcd', 2, 4, 'cd'],
    ['\x1b[31mabcd\x1b[0m', 1, 3, '\x1b[31mbc\x1b[0m'],
    ['\x1b[31mab\x1b[39mcd', 0, 4, '\x1b[31mab\x1b[39mcd\x1b[0m'],
  ] as const)('%j from %s to %s is %j', (text, from, to, expected) => {
    expect(sliceColumns(text, from, to)).toBe(expected);
  });

  test('two halves are as wide as the whole', () => {
    fc.assert(
      fc.property(styled, fc.integer({ min: 0, max: 30 }), (text, at) => {
        const width = displayWidth(text);
        const middle = Math.min(at, width);
        const left = sliceColumns(text, 0, middle);
        const right = sliceColumns(text, middle, width);
        expect(displayWidth(left)).toBe(middle);
        expect(displayWidth(right)).toBe(width - middle);
      }),
    );
  });
});
