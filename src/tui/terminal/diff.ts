// From what the terminal shows to the next frame: the bytes that change one into the other.
import { Brush, isRisky } from './brush.ts';
import { blankRow, isErased, sameCell, type Row } from './cells.ts';
import { findScroll, type Scroll } from './scroll.ts';

/** Rows that the terminal shows; undefined where nobody knows (at the start, after a resize). */
export type Shown = readonly (Row | undefined)[];

/** Equal cells between two changes that are written again rather than jumped over: a jump costs 3-5 bytes. */
const MAX_REWRITTEN_GAP = 4;
/** Fewer blanks than this are written, more are erased. */
const MIN_ERASED = 12;
const MIN_ERASED_TAIL = 4;

/** Empty when nothing changes. The pen is plain before and after; the cursor is left anywhere. */
export function diffFrames(shown: Shown, next: readonly Row[], columns: number): string {
  const direct = paint(shown, next, columns);
  const scroll = direct.length > 0 ? findScroll(shown, next, columns) : undefined;
  if (scroll === undefined) return direct;
  const scrolled = paint(shown, next, columns, scroll);
  return scrolled.length < direct.length ? scrolled : direct;
}

function paint(shown: Shown, next: readonly Row[], columns: number, scroll?: Scroll): string {
  const brush = new Brush(columns);
  let before = shown;
  if (scroll) {
    brush.scroll(scroll.top, scroll.bottom, scroll.by);
    before = scrolledRows(shown, scroll, columns);
  }
  for (let y = 0; y < next.length; y++) {
    if (before[y] !== next[y]) paintRow(brush, y, before[y], next[y]!, columns);
  }
  if (brush.bytes !== '') brush.plain();
  return brush.bytes;
}

function scrolledRows(shown: Shown, { top, bottom, by }: Scroll, columns: number): Shown {
  const blank = blankRow(columns);
  return shown.map((row, y) => {
    if (y < top || y > bottom) return row;
    const from = y + by;
    return from < top || from > bottom ? blank : shown[from];
  });
}

function paintRow(brush: Brush, y: number, before: Row | undefined, row: Row, columns: number): void {
  const tail = erasedTail(row, columns);
  const end = lastChange(before, row, columns) + 1;
  /** Up to here a risky character may have spoilt the cells on the terminal. */
  let spoilt = 0;
  for (let x = 0; x < Math.max(end, Math.min(spoilt, columns));) {
    if (x >= spoilt && before !== undefined && sameCell(before, row, x)) {
      x++;
      continue;
    }
    const erased = x < tail ? 0 : columns - x;
    if (erased > 0 && (before === undefined || end - x >= MIN_ERASED_TAIL)) {
      brush.eraseToEnd(y, x);
      return;
    }
    x = bridgeGap(brush, y, before, row, x);
    const blanks = erasedRun(row, x, Math.min(end, tail));
    if (blanks >= MIN_ERASED) {
      brush.eraseCells(y, x, blanks);
      x += blanks;
      continue;
    }
    if (isRisky(row.text[x]!)) spoilt = x + 2 * row.text[x]!.length + 2;
    x = brush.put(y, row, x);
  }
}

/** Where it is shorter than moving the cursor, equal cells before `x` are written again. Returns `x`. */
function bridgeGap(brush: Brush, y: number, before: Row | undefined, row: Row, x: number): number {
  const from = brush.columnIn(y);
  if (before === undefined || from < 0 || from >= x || x - from > MAX_REWRITTEN_GAP) return x;
  for (let at = from; at < x; at++) {
    if (!brush.canContinue(row, at)) return x;
  }
  for (let at = from; at < x;) at = brush.put(y, row, at);
  return x;
}

/** First column from which on the row is blank. */
function erasedTail(row: Row, columns: number): number {
  let tail = columns;
  while (tail > 0 && isErased(row, tail - 1)) tail--;
  return tail;
}

function erasedRun(row: Row, from: number, end: number): number {
  let x = from;
  while (x < end && isErased(row, x)) x++;
  return x - from;
}

function lastChange(before: Row | undefined, row: Row, columns: number): number {
  if (before === undefined) return columns - 1;
  let x = columns - 1;
  while (x >= 0 && sameCell(before, row, x)) x--;
  return x;
}
