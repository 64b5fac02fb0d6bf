import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialog } from '../../src/tui/dialogs.ts';
import { bodyBox, isTooSmall, isWide, splitBody } from '../../src/tui/layout.ts';
import { LIST_START } from '../../src/tui/list-place.ts';
import { dialogView } from '../../src/tui/present/dialog.ts';
import { textField } from '../../src/tui/text-field.ts';
import { makeTheme } from '../../src/tui/theme/theme.ts';

const size = fc.record({
  columns: fc.integer({ min: 60, max: 500 }),
  rows: fc.integer({ min: 15, max: 300 }),
});
const theme = makeTheme('none');

const DIALOGS: readonly Dialog[] = [
  { kind: 'confirm', question: 'sure?', onAccept: () => {} },
  { kind: 'error', error: new Error('broken') },
  { kind: 'notes', title: 'Notes', lines: ['one'] },
  { kind: 'help', place: LIST_START, rows: [{ kind: 'group', title: 'Move' }] },
  { kind: 'palette', field: textField('x'), place: LIST_START, rows: [] },
];

describe('panes', () => {
  test('60x15 is the smallest screen, from 100 columns on panes stand side by side', () => {
    expect(isTooSmall({ columns: 60, rows: 15 })).toBe(false);
    expect(isTooSmall({ columns: 59, rows: 15 })).toBe(true);
    expect(isTooSmall({ columns: 60, rows: 14 })).toBe(true);
    expect(isWide({ columns: 99, rows: 50 })).toBe(false);
    expect(isWide({ columns: 100, rows: 15 })).toBe(true);
  });

  test('cover the body without gaps and without overlapping, on every size', () => {
    fc.assert(
      fc.property(size, fc.boolean(), ({ columns, rows }, withDetails) => {
        fc.pre(columns >= 100);
        const body = bodyBox({ columns, rows });
        const { left, right, details } = splitBody(body, withDetails);
        expect(left.width + right.width).toBe(columns);
        expect(right.x).toBe(left.width);
        expect(right).toMatchObject({ y: 1, height: rows - 2 });
        expect(left.height + (details?.height ?? 0)).toBe(rows - 2);
        expect(details === undefined || details.y === left.y + left.height).toBe(true);
      }),
    );
  });
});

describe('dialogs', () => {
  test('lie within the screen, and no row of theirs begins in the column of a pane', () => {
    fc.assert(
      fc.property(size, fc.constantFrom(...DIALOGS), (screen, dialog) => {
        const { box, lines } = dialogView(dialog, screen, theme)!;
        expect(lines).toHaveLength(box.height);
        expect(box.x).toBeGreaterThan(0);
        expect(box.x + box.width).toBeLessThanOrEqual(screen.columns);
        expect(box.y + box.height).toBeLessThanOrEqual(screen.rows);
        expect(box.x).not.toBe(splitBody(bodyBox(screen), true).right.x);
      }),
    );
  });
});
