// Rows without a cursor, looked at through a window: what a step printed, details of whatever is chosen.
import type { Handlers } from '../../keymap/actions.ts';

export class ScrollPane {
  /** How many there are, and how many on screen; the layout sets both. */
  count = 0;
  height = 20;
  /** Undefined: the last rows, whatever comes. */
  private at: number | undefined;
  private readonly start: number | undefined;

  /** `fromEnd`: it starts with the last rows and follows what is added. */
  constructor({ fromEnd }: { readonly fromEnd: boolean }) {
    this.start = fromEnd ? undefined : 0;
    this.at = this.start;
  }

  /** First row on screen. */
  get top(): number {
    return Math.max(0, Math.min(this.at ?? this.lastTop, this.lastTop));
  }

  get isAtEnd(): boolean {
    return this.top === this.lastTop;
  }

  private get lastTop(): number {
    return Math.max(0, this.count - this.height);
  }

  reset(): void {
    this.at = this.start;
  }

  resize(count: number, height: number): void {
    this.count = count;
    this.height = height;
  }

  /** The lines on screen of a window of that height, and where they stand when there are more. */
  window(
    lines: readonly string[],
    height: number,
  ): { readonly rows: readonly string[]; readonly place: string } {
    this.resize(lines.length, height);
    const { top } = this;
    const rows = lines.slice(top, top + height);
    const place = lines.length > height ? `${top + 1}-${top + rows.length} of ${lines.length}` : '';
    return { rows: rows.map((line) => ` ${line}`), place };
  }

  moveBy(rows: number): void {
    const to = Math.max(0, Math.min(this.top + rows, this.lastTop));
    this.at = this.start === undefined && to === this.lastTop ? undefined : to;
  }

  moving(): Handlers {
    return {
      'cursor.up': () => this.moveBy(-1),
      'cursor.down': () => this.moveBy(1),
      'cursor.first': () => this.moveBy(-this.count),
      'cursor.last': () => this.moveBy(this.count),
      'page.down': () => this.moveBy(this.height - 1),
      'page.up': () => this.moveBy(1 - this.height),
      'half.down': () => this.moveBy(this.height >> 1),
      'half.up': () => this.moveBy(-(this.height >> 1)),
    };
  }
}
