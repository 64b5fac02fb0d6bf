// Rows that take a short cut past Ink. Ink takes a frame apart character by character and puts it together again,
// several times: with a full screen in colours that is longer than a frame may take. So Ink lays out a mark for each
// row, one character of Unicode's private use area where the row begins, and the driver puts the row in its place.
import { displayWidth, sliceColumns } from '../width.ts';

const FIRST = 0xe000;
/** More rows than fit on the largest screen several times. */
const PER_FRAME = 3000;

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class RowMarks {
  /** Marks of two frames: the one that is being made, and the one that the driver may still have to paint. */
  readonly #rows: [string[], string[]] = [[], []];
  #turn: 0 | 1 = 0;

  /** Forgets the frame before the last one. Its marks come up again, never those of the last: a frame in which other
   * rows have the same places is another frame to Ink. */
  beginFrame(): void {
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#rows[this.#turn] = [];
  }

  /** Marks for these rows, one below the other. Rows that are placed later lie above earlier ones. */
  place(rows: readonly string[]): string {
    const list = this.#rows[this.#turn];
    const first = FIRST + this.#turn * PER_FRAME + list.length;
    const room = PER_FRAME - list.length;
    list.push(...rows.slice(0, room));
    return rows
      .slice(0, room)
      .map((_, index) => String.fromCharCode(first + index))
      .join('\n');
  }

  /** A line of Ink's frame with the rows in the place of their marks. */
  expand(line: string): string {
    const placed: { readonly mark: number; readonly column: number; readonly text: string }[] = [];
    for (let column = 0; column < line.length; column++) {
      const mark = line.charCodeAt(column) - FIRST;
      const text = mark < 0 ? undefined : this.#rows[mark < PER_FRAME ? 0 : 1][mark % PER_FRAME];
      if (text !== undefined) placed.push({ mark, column, text });
    }
    if (placed.length === 0) return line;
    placed.sort((a, b) => a.mark - b.mark);
    let pieces: Piece[] = [];
    for (const { column, text } of placed) {
      const piece = { from: column, to: column + displayWidth(text), text };
      pieces = [...pieces.flatMap((below) => uncovered(below, piece)), piece];
    }
    return joined(pieces.sort((a, b) => a.from - b.from));
  }
}

/** What can still be seen of a piece below another one. */
function uncovered(below: Piece, above: Piece): Piece[] {
  if (below.to <= above.from || below.from >= above.to) return [below];
  const { from, to, text } = below;
  const seen: Piece[] = [];
  if (from < above.from) seen.push({ from, to: above.from, text: sliceColumns(text, 0, above.from - from) });
  if (to > above.to) seen.push({ from: above.to, to, text: sliceColumns(text, above.to - from, to - from) });
  return seen;
}

function joined(pieces: readonly Piece[]): string {
  let line = '';
  let column = 0;
  for (const { from, to, text } of pieces) {
    line += ' '.repeat(Math.max(0, from - column)) + text;
    column = to;
  }
  return line;
}
