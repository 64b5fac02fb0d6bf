// A frame as Ink writes it (lines of text with SGR) to the rows of a screen.
import { blankRow, parseLine, type Row } from './cells.ts';
import type { ColourDepth } from './colour.ts';
import type { RowMarks } from './row-marks.ts';
import type { TerminalSize } from './size.ts';

export class FrameParser {
  readonly #depth: ColourDepth;
  readonly #marks: RowMarks | undefined;
  /** Rows of the last frame by their text: most lines of a frame are those of the one before. */
  #known = new Map<string, Row>();

  constructor(depth: ColourDepth, marks?: RowMarks) {
    this.#depth = depth;
    this.#marks = marks;
  }

  /** As many rows as the screen has; equal lines of two frames are the same row. */
  parse(frame: string, size: TerminalSize): Row[] {
    const lines = frame.split('\n', size.rows);
    const used = new Map<string, Row>();
    const rows: Row[] = [];
    for (let y = 0; y < size.rows; y++) {
      const line = this.#marks?.expand(lines[y] ?? '') ?? lines[y] ?? '';
      const row = used.get(line) ?? this.#known.get(line) ?? this.#parseLine(line, size.columns);
      used.set(line, row);
      rows.push(row);
    }
    this.#known = used;
    return rows;
  }

  #parseLine(line: string, columns: number): Row {
    return line === '' ? blankRow(columns) : parseLine(line, columns, this.#depth);
  }

  /** Needed when the number of columns changes. */
  forget(): void {
    this.#known = new Map();
  }
}
