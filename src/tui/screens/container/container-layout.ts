// Where the panes of a container go: all of them where there is room, else one at a time with tabs. Pure.
import { bodyBox, isWide, splitBody } from '../../layout.ts';
import { innerHeight, innerWidth } from '../../present/pane.ts';
import type { Box } from '../../screen.ts';
import type { TerminalSize } from '../../terminal/size.ts';

/** With fewer rows than this three panes above each other are too low to read. */
const TALL_ROWS = 30;
/** Borders included. */
const EVENT_ROWS = 6;

export interface ContainerBoxes {
  readonly layers: Box;
  readonly files: Box;
  readonly details: Box | undefined;
  readonly terminal: Box;
  readonly events: Box;
}

/** Undefined where there is room for one pane alone. */
export function containerBoxes(size: TerminalSize, withDetails: boolean): ContainerBoxes | undefined {
  if (!isWide(size) || size.rows < TALL_ROWS) return undefined;
  const body = bodyBox(size);
  const upper = Math.floor((body.height - EVENT_ROWS) * 0.48);
  const { left, right, details } = splitBody({ ...body, height: upper }, withDetails);
  const terminal = { ...body, y: body.y + upper, height: body.height - upper - EVENT_ROWS };
  const events = { ...body, y: terminal.y + terminal.height, height: EVENT_ROWS };
  return { layers: left, files: right, details, terminal, events };
}

/** Columns and rows inside of the border of the terminal. */
export function terminalBox(size: TerminalSize, zoomed: boolean): TerminalSize {
  const boxes = zoomed ? undefined : containerBoxes(size, false);
  const box = boxes?.terminal ?? bodyBox(size);
  return { columns: innerWidth(box), rows: innerHeight(box) };
}
