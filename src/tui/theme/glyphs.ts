// Glyphs that carry meaning beside colour. All are one column wide.

/** Stands before the row under the cursor, so that inverse is not all that tells it. */
export const GUTTER = '▌';
export const GUTTER_NONE = ' ';
export const EXPANDED = '▾';
export const COLLAPSED = '▸';
export const MARKED = '●';

/** Letters of a file's status, the same in every theme. */
export const STATUS_LETTER = { added: 'A', modified: 'M', removed: 'D', unchanged: ' ' } as const;

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar for `value` of `max`, at most `columns` wide and padded to it; anything above zero shows. */
export function sizeBar(value: number, max: number, columns: number): string {
  if (columns <= 0) return '';
  if (!(value > 0) || !(max > 0)) return ' '.repeat(columns);
  const eighths = Math.max(1, Math.round((Math.min(value, max) / max) * columns * 8));
  const full = Math.floor(eighths / 8);
  return ('█'.repeat(full) + EIGHTHS[eighths % 8]!).padEnd(columns);
}

/** States of a container; the word always stands beside. */
export const STATE_GLYPH = { created: '○', running: '▲', exited: '■', dead: '✗' } as const;

/** States of a transfer; the word always stands beside. */
export const TRANSFER_GLYPH = { running: '▲', done: '✓', failed: '✗', cancelled: '■' } as const;
