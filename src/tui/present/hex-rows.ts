// Bytes as `hexdump -C` prints them. Pure.
import type { Theme } from '../theme/theme.ts';

export const HEX_ROW_BYTES = 16;

/** Rows for `data`, which starts at `offset` of the file; `offset` is a multiple of 16. */
export function hexRows(data: Uint8Array, offset: number, theme: Theme): string[] {
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += HEX_ROW_BYTES) {
    rows.push(hexRow(data.subarray(at, at + HEX_ROW_BYTES), offset + at, theme));
  }
  return rows;
}

function hexRow(bytes: Uint8Array, offset: number, theme: Theme): string {
  const cells = Array.from({ length: HEX_ROW_BYTES }, (_, index) => {
    const byte = bytes[index];
    return byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
  });
  const text = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  const hex = `${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}`;
  return `${theme.lineNumber(offset.toString(16).padStart(8, '0'))}  ${hex}  ${theme.muted('|')}${text}${theme.muted('|')}`;
}
