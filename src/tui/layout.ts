// Where panes go: side by side where there is room, else one at a time with tabs. Pure.
import type { Box } from './screen.ts';
import type { TerminalSize } from './terminal/size.ts';

/** Below this many columns two panes are too narrow to read. */
const WIDE_COLUMNS = 100;
const LEAST_COLUMNS = 60;
const LEAST_ROWS = 15;
/** Header above, footer below. */
const FRAME_ROWS = 2;

export function isTooSmall({ columns, rows }: TerminalSize): boolean {
  return columns < LEAST_COLUMNS || rows < LEAST_ROWS;
}

export function isWide({ columns }: TerminalSize): boolean {
  return columns >= WIDE_COLUMNS;
}

export function bodyBox({ columns, rows }: TerminalSize): Box {
  return { x: 0, y: 1, width: columns, height: Math.max(0, rows - FRAME_ROWS) };
}

export interface Split {
  /** Left column, the upper part when there are details. */
  readonly left: Box;
  readonly right: Box;
  readonly details: Box | undefined;
}

/** Layers at the left, files at the right, details below the layers. */
export function splitBody(body: Box, withDetails: boolean): Split {
  // Even, see the places of dialogs.
  const leftWidth = Math.max(38, Math.min(72, Math.floor(body.width * 0.42))) & ~1;
  const right = { ...body, x: leftWidth, width: body.width - leftWidth };
  if (!withDetails) return { left: { ...body, width: leftWidth }, right, details: undefined };
  const lower = Math.floor(body.height / 2);
  const left = { ...body, width: leftWidth, height: body.height - lower };
  return { left, right, details: { ...left, y: body.y + left.height, height: lower } };
}
