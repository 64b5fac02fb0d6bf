// Bytes as `hexdump -C` prints them. Pure.
import type { Theme } from '../theme/theme.ts';
import { fit } from '../width.ts';

export const HEX_ROW_BYTES = 16;
const OFFSET_DIGITS = 8;
/** `00000000  00 … 00  00 … 00`; with less room the characters at the end are left out, not cut. */
const BYTES_COLUMNS = OFFSET_DIGITS + 2 + 48;
const TEXT_COLUMNS = 2 + HEX_ROW_BYTES + 2;

/** Rows for `data`, which starts at `offset` of the file; `offset` is a multiple of 16. */
export function hexRows(data: Uint8Array, offset: number, width: number, theme: Theme): string[] {
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += HEX_ROW_BYTES) {
    rows.push(hexRow(data.subarray(at, at + HEX_ROW_BYTES), offset + at, width, theme));
  }
  return rows;
}

function hexRow(bytes: Uint8Array, offset: number, width: number, theme: Theme): string {
  const cells = Array.from({ length: HEX_ROW_BYTES }, (_, index) => {
    const byte = bytes[index];
    return byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
  });
  const hex = `${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}`;
  const row = `${theme.lineNumber(offset.toString(16).padStart(OFFSET_DIGITS, '0'))}  ${hex}`;
  if (width < BYTES_COLUMNS + TEXT_COLUMNS) return fit(row, width);
  const text = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  const margin = width > BYTES_COLUMNS + TEXT_COLUMNS ? ' ' : '';
  return `${margin}${row}  ${theme.muted('|')}${text}${theme.muted('|')}`;
}
