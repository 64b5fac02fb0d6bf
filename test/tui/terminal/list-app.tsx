// A synthetic two-pane app as the real ones are built: one Text per pane, rows made by plain functions, half a page
// at the edge. Drives the byte budgets.
import { Box, Text, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import { fit } from '../../../src/tui/width.ts';

export const LIST_ROWS = 100_000;

export interface ListState {
  readonly cursor: number;
  readonly top: number;
}

export class ListStore {
  state: ListState = { cursor: 0, top: 0 };
  #listener = (): void => {};

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listener = listener;
    return () => {};
  };
  readonly get = (): ListState => this.state;

  /** All keys of a batch in one change. `lines` scrolls by single lines at the edge instead of by half a page. */
  press(keys: readonly string[], height: number, lines = false): void {
    let { cursor, top } = this.state;
    for (const key of keys) {
      const by = { j: 1, down: 1, k: -1, up: -1, 'ctrl-d': height >> 1, 'ctrl-u': -(height >> 1) }[key] ?? 0;
      cursor = Math.max(0, Math.min(LIST_ROWS - 1, cursor + by));
      if (key.startsWith('ctrl-')) top += by;
      if (cursor < top) top = lines ? cursor : cursor - (height >> 1);
      if (cursor >= top + height) top = lines ? cursor - height + 1 : cursor - (height >> 1);
      top = Math.max(0, Math.min(LIST_ROWS - height, top));
    }
    this.state = { cursor, top };
    this.#listener();
  }
}

export function ListApp({ store }: { store: ListStore }) {
  const { columns, rows } = useWindowSize();
  const { cursor, top } = useSyncExternalStore(store.subscribe, store.get);
  const height = Math.max(0, rows - 2);
  const left = columns >> 1;
  const right = columns - left;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Text wrap="truncate">{fit(' phyllo  images › sample:latest', columns)}</Text>
      <Box height={height}>
        <Box width={left}>
          <Text wrap="truncate">{listLines(cursor, top, height, left)}</Text>
        </Box>
        <Box width={right}>
          <Text wrap="truncate">{detailLines(cursor, height, right)}</Text>
        </Box>
      </Box>
      <Text wrap="truncate">
        {fit(`[/] layer  c changes  ⏎ open   row ${cursor + 1} of ${LIST_ROWS}`, columns)}
      </Text>
    </Box>
  );
}

function listLines(cursor: number, top: number, height: number, width: number): string {
  return Array.from({ length: height }, (_, y) => {
    const row = top + y;
    const size = (row * 7919) % 100_000;
    const text =
      fit(` usr/lib/dir${row % 97}/file-${row}.so`, width - 12) + fit(`${size} kB`, 10, { align: 'right' });
    const line = fit(text, width - 1);
    return row === cursor ? `\x1b[7m▌${line.slice(1)}\x1b[27m│` : `\x1b[${31 + (row % 6)}m${line}\x1b[39m│`;
  }).join('\n');
}

function detailLines(cursor: number, height: number, width: number): string {
  return Array.from({ length: height }, (_, y) => {
    if (y === 1) return fit(` path    usr/lib/dir${cursor % 97}/file-${cursor}.so`, width);
    if (y === 2) return fit(` size    ${(cursor * 7919) % 100_000} kB`, width);
    return fit(` detail ${y} of what the layer holds, the same for all`, width);
  }).join('\n');
}
