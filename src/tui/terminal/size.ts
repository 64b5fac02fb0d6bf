// Terminal sizes come from the other side of a link: clamp before anything is laid out or allocated by them.

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const MAX_COLUMNS = 500;
const MAX_ROWS = 300;

/** Unknown, zero and nonsense count as 80x24; the rest is kept within 1-500 columns and 1-300 rows. */
export function clampSize(columns: number | undefined, rows: number | undefined): TerminalSize {
  return { columns: clamp(columns, 80, MAX_COLUMNS), rows: clamp(rows, 24, MAX_ROWS) };
}

function clamp(value: number | undefined, fallback: number, max: number): number {
  if (value === undefined || !(value >= 1)) return fallback;
  return Math.min(Math.floor(value), max);
}
