import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLine } from '../../../src/tui/terminal/cells.ts';
import { RowMarks } from '../../../src/tui/terminal/row-marks.ts';

const WIDTH = 40;

interface Placed {
  readonly column: number;
  readonly row: string;
}

/** A line as Ink lays it out: blanks, and marks where rows begin. */
function inkLine(marks: RowMarks, placed: readonly Placed[]): string {
  const line = Array.from({ length: WIDTH }, () => ' ');
  for (const { column, row } of placed) line[column] = marks.place([row]);
  return line.join('').trimEnd();
}

function cellsOf(line: string): unknown[] {
  const { text, fg, bg, attributes } = parseLine(line, WIDTH, 'truecolor');
  return text.map((cell, x) => [cell, fg[x], bg[x], attributes[x]]);
}

/** Cell by cell, later rows over earlier ones. */
function painted(placed: readonly Placed[]): unknown[] {
  const cells = cellsOf('');
  for (const { column, row } of placed) {
    const own = cellsOf(row).slice(0, row.replace(/\x1b\[[0-9;]*m/g, '').length);
    own.forEach((cell, x) => {
      if (column + x < WIDTH) cells[column + x] = cell;
    });
  }
  return cells;
}

describe('rows in the place of their marks', () => {
  test('stand side by side as if they had gone through Ink', () => {
    const marks = new RowMarks();
    marks.beginFrame();
    const line = inkLine(marks, [
      { column: 0, row: '│left │' },
      { column: 10, row: '│right│' },
    ]);
    expect(marks.expand(line)).toBe('│left │   │right│');
  });

  test('lie over each other in the order in which they were placed, in whatever columns', () => {
    const style = fc.constantFrom('\x1b[31m', '\x1b[1m', '\x1b[7m', '');
    const row = fc
      .array(
        fc.tuple(style, fc.string({ unit: fc.constantFrom('a', 'é', '│', ' '), minLength: 1, maxLength: 6 })),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((parts) => parts.map(([open, text]) => `${open}${text}${open === '' ? '' : '\x1b[0m'}`).join(''));
    const places = fc.uniqueArray(fc.record({ column: fc.nat(WIDTH - 1), row }), {
      selector: ({ column }) => column,
      maxLength: 6,
    });
    fc.assert(
      fc.property(places, (placed) => {
        const marks = new RowMarks();
        marks.beginFrame();
        expect(cellsOf(marks.expand(inkLine(marks, placed)))).toEqual(painted(placed));
      }),
    );
  });

  test('two frames in a row have other marks, so that Ink sees that something changed', () => {
    const marks = new RowMarks();
    marks.beginFrame();
    const first = marks.place(['same']);
    marks.beginFrame();
    const second = marks.place(['same']);
    expect(second).not.toBe(first);
    expect(marks.expand(first)).toBe('same');
    expect(marks.expand(second)).toBe('same');
  });

  test('a line without marks, and a character that only looks like one, stay as they are', () => {
    const marks = new RowMarks();
    marks.beginFrame();
    expect(marks.expand('this is 20x5 \ue123')).toBe('this is 20x5 \ue123');
  });

  test('what looks like a mark within a row is text', () => {
    const marks = new RowMarks();
    marks.beginFrame();
    const mark = marks.place(['evil \ue001 name', 'secret']).split('\n')[0]!;
    expect(marks.expand(mark)).toBe('evil \ue001 name');
  });

  test('more rows than any screen has are left out, not mixed up', () => {
    const marks = new RowMarks();
    marks.beginFrame();
    const placed = marks.place(Array.from({ length: 5000 }, (_, row) => `row ${row}`)).split('\n');
    expect(placed).toHaveLength(3000);
    expect(marks.expand(placed.at(-1)!)).toBe('row 2999');
  });
});
