// Where the panes of a build go: all of them where there is room, else one at a time with tabs. Pure.
import { bodyBox, isWide } from '../../layout.ts';
import type { Box } from '../../screen.ts';
import type { TerminalSize } from '../../terminal/size.ts';

/** With fewer rows than this panes above each other are too low to read. */
const TALL_ROWS = 24;

export interface BuildBoxes {
  readonly source: Box;
  readonly output: Box;
  readonly layers: Box;
  readonly files: Box;
  readonly details: Box | undefined;
}

/** One row below the header: what is known of the step in one line. */
export function statusBox(size: TerminalSize): Box {
  return { ...bodyBox(size), height: 1 };
}

/** What is left below it. */
export function panesBox(size: TerminalSize): Box {
  const body = bodyBox(size);
  return { ...body, y: body.y + 1, height: body.height - 1 };
}

/** Undefined where there is room for one pane alone. */
export function buildBoxes(size: TerminalSize, withDetails: boolean): BuildBoxes | undefined {
  if (!isWide(size) || size.rows < TALL_ROWS) return undefined;
  const body = panesBox(size);
  // Even, see the places of dialogs.
  const width = (body.width >> 1) & ~1;
  const [source, output] = stacked({ ...body, width }, [0.58, 0.42]);
  const right = { ...body, x: width, width: body.width - width };
  const [layers, files, details] = stacked(right, withDetails ? [0.28, 0.36, 0.36] : [0.34, 0.66]);
  return { source: source!, output: output!, layers: layers!, files: files!, details };
}

/** Boxes below each other with these shares of the height; the last one has what is left. */
function stacked(box: Box, shares: readonly number[]): Box[] {
  let { y } = box;
  return shares.map((share, at) => {
    const isLast = at === shares.length - 1;
    const height = isLast ? box.y + box.height - y : Math.floor(box.height * share);
    const made = { ...box, y, height };
    y += height;
    return made;
  });
}
