// Stepping from layer to layer, moving the cursor and drawing the file pane, with every directory open.
import { env } from 'node:process';
import { composeServices } from '../../src/app/compose.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import { fileRows } from '../../src/tui/present/file-rows.ts';
import { FilesPane } from '../../src/tui/screens/stack/files.ts';
import { makeTheme } from '../../src/tui/theme/theme.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface StepAnswer extends Answer {
  readonly rows: number;
  /** Of the view alone, over all neighbouring layers and back. */
  readonly squashMs: readonly number[];
  /** Of the whole file pane. */
  readonly stepMs: readonly number[];
  readonly moveMs: readonly number[];
  readonly frameMs: readonly number[];
}

const MOVES = 300;
const OPTIONS = { width: 84, focused: true, attributes: true };
const { image, root } = childArguments('image', 'root');
const services = await composeServices({ env, root });
const explored = await services.explore.open(image);
const stack = await explored.stack;
const top = stack.layerCount - 1;
const theme = makeTheme('dark');

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Down to the base and up again, twice: the first time is the one that compiles. */
function walk(step: (layer: number) => void): number[] {
  const layers = Array.from({ length: top }, (_, index) => top - 1 - index);
  const way = [...layers, ...layers.toReversed().map((layer) => layer + 1)];
  way.forEach(step);
  return way.map((layer) => timed(() => step(layer)));
}

const view = new SquashView(stack, top);
const squashMs = walk((layer) => view.moveTo(layer));
const pane = new FilesPane(view);
pane.height = 36;
pane.setMode('squashed');
for (let row = pane.rows.nodes.length - 1; row >= 0; row--) {
  if (pane.depths[pane.rows.nodes[row]!] !== 0) continue;
  pane.moveTo(row);
  pane.openAllBelow();
}
pane.moveTo(pane.rows.nodes.length >> 1);
const rows = pane.rows.nodes.length;
const stepMs = walk((layer) => pane.showLayer(layer, layer));
const moveMs: number[] = [];
const frameMs: number[] = [];
for (let move = 0; move < MOVES; move++) {
  moveMs.push(timed(() => pane.moveBy(1)));
  frameMs.push(timed(() => fileRows(pane, OPTIONS, theme)));
}
answer({ rows, squashMs, stepMs, moveMs, frameMs });
await explored.close();
await services.close();
