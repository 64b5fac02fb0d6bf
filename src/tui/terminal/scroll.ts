// Finds out whether a frame is mostly the last one moved up or down. Rows are compared by hashes of blocks of
// columns, so that a list beside a pane that stands still is recognised too. Only a guess: the caller compares bytes.
import type { Row } from './cells.ts';

export interface Scroll {
  readonly top: number;
  readonly bottom: number;
  /** Rows that the content moves up; negative is down. */
  readonly by: number;
}

const BLOCK_COLUMNS = 8;
/** Below this a scroll cannot save more than its own 14 bytes. */
const MIN_GAIN_BLOCKS = 3;

export function findScroll(
  shown: readonly (Row | undefined)[],
  next: readonly Row[],
  columns: number,
): Scroll | undefined {
  const first = next.findIndex((row, y) => row !== shown[y]);
  const last = next.findLastIndex((row, y) => row !== shown[y]);
  if (last - first < 2) return undefined;
  const before = hashRows(shown, first, last, columns);
  const after = hashRows(next, first, last, columns);
  if (before === undefined || after === undefined) return undefined;
  const unmoved = after.map((blocks, y) => equalBlocks(blocks, before[y]!));
  const rows = last - first + 1;
  let best: Scroll | undefined;
  let bestGain = MIN_GAIN_BLOCKS;
  for (let by = 1 - rows; by < rows; by++) {
    if (by === 0) continue;
    const run = bestRun(before, after, unmoved, by);
    if (run.gain <= bestGain) continue;
    bestGain = run.gain;
    // The rows that the content comes from belong to the region too.
    const top = first + Math.min(run.from, run.from + by);
    const bottom = first + Math.max(run.to, run.to + by);
    best = { top, bottom, by };
  }
  return best;
}

/** The run of rows for which moving by `by` makes most blocks equal that were not (maximum subarray). */
function bestRun(
  before: readonly Int32Array[],
  after: readonly Int32Array[],
  unmoved: readonly number[],
  by: number,
) {
  const best = { gain: 0, from: 0, to: 0 };
  let gain = 0;
  let from = 0;
  for (let y = Math.max(0, -by); y < Math.min(after.length, after.length - by); y++) {
    if (gain <= 0) {
      gain = 0;
      from = y;
    }
    gain += equalBlocks(after[y]!, before[y + by]!) - unmoved[y]!;
    if (gain > best.gain) {
      best.gain = gain;
      best.from = from;
      best.to = y;
    }
  }
  return best;
}

function equalBlocks(a: Int32Array, b: Int32Array): number {
  let equal = 0;
  for (let at = 0; at < a.length; at++) {
    // Blank blocks hash to 0 and are free either way.
    if (a[at] === b[at] && a[at] !== 0) equal++;
  }
  return equal;
}

function hashRows(
  rows: readonly (Row | undefined)[],
  first: number,
  last: number,
  columns: number,
): Int32Array[] | undefined {
  const hashes: Int32Array[] = [];
  for (let y = first; y <= last; y++) {
    const row = rows[y];
    if (row === undefined) return undefined;
    hashes.push(hashRow(row, columns));
  }
  return hashes;
}

function hashRow(row: Row, columns: number): Int32Array {
  const hashes = new Int32Array(Math.ceil(columns / BLOCK_COLUMNS));
  for (let block = 0; block < hashes.length; block++) {
    const end = Math.min(columns, (block + 1) * BLOCK_COLUMNS);
    let hash = 0;
    for (let x = block * BLOCK_COLUMNS; x < end; x++) hash = mix(hash, row, x);
    hashes[block] = hash;
  }
  return hashes;
}

function mix(hash: number, row: Row, column: number): number {
  const text = row.text[column]!;
  const style = row.fg[column]! ^ (row.bg[column]! << 3) ^ (row.attributes[column]! << 24);
  const unit = text === ' ' ? 0 : text.charCodeAt(0) | 0;
  if (hash === 0 && unit === 0 && style === 0) return 0;
  let mixed = Math.imul(hash ^ unit, 0x01000193) ^ style;
  for (let at = 1; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return Math.imul(mixed, 0x01000193) ^ (mixed >>> 15);
}
