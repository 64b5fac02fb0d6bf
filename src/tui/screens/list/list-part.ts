// What screens that are one list have in common: where the list stands, what is marked and filtered, and the keys and
// clicks that move in it.
import type { Handlers } from '../../keymap/actions.ts';
import { type ListPlace, LIST_START, pageBy, placeAt } from '../../list-place.ts';

export class ListPart<Row> {
  rows: readonly Row[] = [];
  place: ListPlace = LIST_START;
  /** Rows on screen; the layout sets it. */
  height = 20;
  /** Keys of what is marked, whether it is shown or not. */
  readonly marked = new Set<string>();
  private text: string | undefined;
  private readonly keyOf: (row: Row) => string;

  /** `keyOf` tells rows apart, also when they are made anew. */
  constructor(keyOf: (row: Row) => string) {
    this.keyOf = keyOf;
  }

  get current(): Row | undefined {
    return this.rows[this.place.cursor];
  }

  /** The cursor stays on its row. */
  show(rows: readonly Row[]): void {
    const { current, keyOf } = this;
    const key = current === undefined ? undefined : keyOf(current);
    this.rows = rows;
    const found = key === undefined ? -1 : rows.findIndex((row) => keyOf(row) === key);
    this.moveTo(found >= 0 ? found : this.place.cursor);
  }

  moveTo(row: number): void {
    this.place = placeAt(this.place, row, this.rows.length, this.height);
  }

  moveBy(rows: number): void {
    this.moveTo(this.place.cursor + rows);
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.moveTo(this.place.cursor);
  }

  /** A click on a row of the screen, counted from the first row of the list. */
  pick(row: number): void {
    const line = this.place.top + row;
    if (row >= 0 && line < this.rows.length) this.moveTo(line);
  }

  // --------------------------------------------------------- marks and filter

  /** Marks or takes the mark away, and goes on to the next row. */
  mark(key: string): void {
    if (!this.marked.delete(key)) this.marked.add(key);
    this.moveBy(1);
  }

  /** What is not there any more is not marked any more. */
  keepMarks(there: ReadonlySet<string>): void {
    for (const key of this.marked) if (!there.has(key)) this.marked.delete(key);
  }

  get filterText(): string | undefined {
    return this.text;
  }

  /** The rows are to be shown anew then. */
  setFilter(text: string | undefined): void {
    this.text = text === '' ? undefined : text;
  }

  get hasMatches(): boolean {
    return this.text !== undefined && this.rows.length > 0;
  }

  /** Whether one of the names has the text of the filter in it, or the ID begins with it; without a filter always. */
  isFound(names: readonly string[], id: string): boolean {
    if (this.text === undefined) return true;
    const wanted = this.text.toLowerCase();
    return id.startsWith(wanted) || names.some((name) => name.toLowerCase().includes(wanted));
  }

  /** Esc takes the filter away, then the marks. What it took away; undefined when there was nothing. */
  stepBack(): 'filter' | 'marks' | undefined {
    if (this.text !== undefined) {
      this.text = undefined;
      return 'filter';
    }
    if (this.marked.size === 0) return undefined;
    this.marked.clear();
    return 'marks';
  }

  // -------------------------------------------------------------------- keys

  moving(): Handlers {
    const page = (rows: number): void => {
      this.place = pageBy(this.place, rows, this.rows.length, this.height);
    };
    const nextFound = (direction: 1 | -1): void => {
      const count = this.rows.length;
      this.moveTo((this.place.cursor + direction + count) % count);
    };
    return {
      'cursor.up': () => this.moveBy(-1),
      'cursor.down': () => this.moveBy(1),
      'cursor.first': () => this.moveTo(0),
      'cursor.last': () => this.moveTo(this.rows.length - 1),
      'page.down': () => page(this.height - 1),
      'page.up': () => page(1 - this.height),
      'half.down': () => page(this.height >> 1),
      'half.up': () => page(-(this.height >> 1)),
      'match.next': () => nextFound(1),
      'match.previous': () => nextFound(-1),
    };
  }
}
