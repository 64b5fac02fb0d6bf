// Columns as docker prints them: at least ten wide, three spaces apart, nothing after the last.
const MIN_WIDTH = 10;
const GAP = 3;

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

export function* tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Generator<string> {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => lengthOf(row[at]!))));
  for (const row of all) {
    yield row
      .map((cell, at) => padded(cell, widths[at]!, columns[at]!, at === row.length - 1))
      .join('')
      .trimEnd();
  }
}

function padded(cell: string, width: number, { align }: Column, isLast: boolean): string {
  const missing = ' '.repeat(width - lengthOf(cell));
  const text = align === 'right' ? missing + cell : cell + missing;
  if (isLast) return text;
  const gap = ' '.repeat(GAP);
  return align === 'right' ? text + gap : (text + gap).padEnd(MIN_WIDTH);
}

function lengthOf(cell: string): number {
  return Array.from(cell).length;
}
