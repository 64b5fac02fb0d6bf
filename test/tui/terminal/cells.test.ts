import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLine } from '../../../src/tui/terminal/cells.ts';
import { ScreenDriver } from '../../../src/tui/terminal/driver.ts';
import { BOLD, INVERSE, ITALIC, UNDERLINE } from '../../../src/tui/terminal/pen.ts';
import { VirtualClock } from '../../support/link.ts';
import { TestScreen } from '../../support/screen.ts';

const text = (line: string, columns = 20): string => parseLine(line, columns, 'truecolor').text.join('|');

describe('cells of a line', () => {
  test('a wide character takes two, and one that the edge cuts is a blank', () => {
    expect(text('a漢b', 5)).toBe('a|漢||b| ');
    expect(text('a漢b', 2)).toBe('a| ');
  });

  test('marks stay with their letter, also across a change of style', () => {
    expect(text('e\u0301x', 3)).toBe('e\u0301|x| ');
    expect(text('e\x1b[1m\u0301x', 3)).toBe('e\u0301|x| ');
    expect(text('漢\x1b[1m\u0301x', 4)).toBe('漢\u0301||x| ');
  });

  test('a letter under hundreds of marks is cut to a bounded cluster', () => {
    const [cell] = parseLine(`e${'\u0301'.repeat(10_000)}`, 3, 'truecolor').text;
    expect(cell!.length).toBeLessThanOrEqual(32);
  });

  test.each([
    ['cursor moves and erasing', 'a\x1b[2Jb\x1b[10;10Hc\x1b[Kd', 'abcd'],
    ['private modes', 'a\x1b[?1049lb', 'ab'],
    ['a hyperlink', 'a\x1b]8;;http://x\x07b\x1b]8;;\x1b\\c', 'abc'],
    ['the clipboard', 'a\x1b]52;c;aGk=\x07b', 'ab'],
    ['an operating system command without an end', 'a\x1b]0;title', 'a]0;title'],
    ['a device control string', 'a\x1bPq', 'aPq'],
    ['controls', 'a\x07\x08\x0e\x00\rb\x7fc\x9b31md', 'abc31md'],
    ['zero-width and bidi characters', 'a\u200b\u202e\u2066b\ufeff', 'ab'],
    ['ESC at the end', 'a\x1b', 'a'],
    ['a sequence without an end', 'a\x1b[38;5', 'a'],
  ])('drops %s', (_, line, expected) => {
    expect(parseLine(line, 20, 'truecolor').text.join('').trimEnd()).toBe(expected);
  });

  test('reads every form of SGR that may come', () => {
    const row = parseLine(
      '\x1b[1;3ma\x1b[22mb\x1b[4:3mc\x1b[4:0md\x1b[21me\x1b[;7mf\x1b[38:5:9mg\x1b[38:2::1:2:3mh\x1b[mi',
      9,
      'truecolor',
    );
    expect([...row.attributes]).toEqual([
      BOLD | ITALIC,
      ITALIC,
      ITALIC | UNDERLINE,
      ITALIC,
      ITALIC | UNDERLINE,
      INVERSE,
      INVERSE,
      INVERSE,
      0,
    ]);
    expect([...row.fg]).toEqual([0, 0, 0, 0, 0, 0, 10, 0x1010203, 0]);
  });

  test('what cannot be seen on a blank is left out', () => {
    const row = parseLine('\x1b[1;31m \x1b[4m \x1b[24;44m ', 3, 'truecolor');
    expect([...row.attributes]).toEqual([0, BOLD | UNDERLINE, 0]);
    expect([...row.fg]).toEqual([0, 2, 0]);
    expect([...row.bg]).toEqual([0, 0, 5]);
  });
});

describe('whatever a frame holds', () => {
  /** All that the driver ever says to a terminal. */
  const OWN = /\x1b\[(?:\?(?:1049|25|7|2004|2026)[hl]|[0-9;]*[mHKXCDABEGSTr]|5n|2J)/g;

  test('only the sequences of the driver reach the terminal', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom(
          '\x1b',
          '[',
          ']',
          '8',
          ';',
          'm',
          'H',
          '?',
          '\x07',
          '\x9b',
          '\u202e',
          'x',
          '\r',
          '\b',
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const clock = new VirtualClock();
        const written: string[] = [];
        const output = Object.assign(new TestScreen(20, 5), {
          write: (bytes: string) => written.push(bytes) > 0,
        });
        const driver = new ScreenDriver({ output, depth: 'truecolor', clock });
        driver.start();
        driver.write(`x${pieces.join('')}`);
        clock.advance(100);
        const rest = written
          .join('')
          .replace(OWN, '')
          .replaceAll(/[\r\b]/g, '');
        expect(rest).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
        );
        driver.stop();
      }),
      { numRuns: 500 },
    );
  });
});
