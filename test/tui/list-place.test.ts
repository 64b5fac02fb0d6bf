import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIST_START, type ListPlace, pageBy, placeAt } from '../../src/tui/list-place.ts';

test.each<[string, ListPlace, number, ListPlace]>([
  ['within the page nothing scrolls', { cursor: 3, top: 0 }, 4, { cursor: 4, top: 0 }],
  ['below the page it jumps by half a page', { cursor: 9, top: 0 }, 10, { cursor: 10, top: 5 }],
  ['above it too', { cursor: 20, top: 20 }, 19, { cursor: 19, top: 14 }],
  ['far below the row is the last of the page', { cursor: 0, top: 0 }, 60, { cursor: 60, top: 51 }],
  ['at the end the page is full', { cursor: 0, top: 0 }, 99, { cursor: 99, top: 90 }],
  ['beyond the end is the end', { cursor: 98, top: 90 }, 1e9, { cursor: 99, top: 90 }],
  ['before the start is the start', { cursor: 1, top: 0 }, -5, { cursor: 0, top: 0 }],
])('%s', (_, from, cursor, to) => {
  expect(placeAt(from, cursor, 100, 10)).toEqual(to);
});

test('a page moves window and cursor alike', () => {
  expect(pageBy({ cursor: 3, top: 0 }, 9, 100, 10)).toEqual({ cursor: 12, top: 9 });
  expect(pageBy({ cursor: 95, top: 88 }, 9, 100, 10)).toEqual({ cursor: 99, top: 90 });
  expect(pageBy({ cursor: 4, top: 2 }, -9, 100, 10)).toEqual({ cursor: 0, top: 0 });
});

test('an empty list has its cursor at its start', () => {
  expect(placeAt(LIST_START, 5, 0, 10)).toEqual(LIST_START);
  expect(pageBy(LIST_START, 5, 0, 10)).toEqual(LIST_START);
});

test('whatever was moved, the cursor is a row of the list and on screen', () => {
  const move = fc.record({ page: fc.boolean(), by: fc.integer({ min: -200, max: 200 }) });
  fc.assert(
    fc.property(
      fc.array(move),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 1, max: 60 }),
      (moves, count, height) => {
        let place = LIST_START;
        for (const { page, by } of moves) {
          place = page ? pageBy(place, by, count, height) : placeAt(place, place.cursor + by, count, height);
          expect(place.cursor).toBeGreaterThanOrEqual(0);
          expect(place.cursor).toBeLessThan(count);
          expect(place.top).toBeGreaterThanOrEqual(0);
          expect(place.cursor - place.top).toBeGreaterThanOrEqual(0);
          expect(place.cursor - place.top).toBeLessThan(height);
          expect(place.top).toBeLessThanOrEqual(Math.max(0, count - height));
        }
      },
    ),
  );
});
