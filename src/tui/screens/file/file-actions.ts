// What the keys of the file view do.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { showBlame } from '../stack/blame.ts';
import { extractFrom } from '../stack/extract.ts';
import type { FileScreen } from './file-screen.ts';

/** Columns that a step sideways moves by. */
const SIDE_STEP = 8;

export class FileActions {
  private readonly handlers: Handlers;

  constructor(screen: FileScreen) {
    this.handlers = { ...moving(screen), ...viewing(screen), ...stepping(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function moving(screen: FileScreen): Handlers {
  const by = (rows: number): void => screen.scrollTo(screen.top + rows);
  const half = (): number => Math.max(1, screen.height >> 1);
  const page = (): number => Math.max(1, screen.height - 1);
  return {
    'cursor.up': () => by(-1),
    'cursor.down': () => by(1),
    'cursor.first': () => screen.scrollTo(0),
    'cursor.last': () => screen.scrollTo(screen.lineCount),
    'cursor.left': () => void (screen.left = Math.max(0, screen.left - SIDE_STEP)),
    'cursor.right': () => void (screen.left += screen.wraps ? 0 : SIDE_STEP),
    'page.down': () => by(page()),
    'page.up': () => by(-page()),
    'half.down': () => by(half()),
    'half.up': () => by(-half()),
    'match.next': () => screen.nextMatch(1),
    'match.previous': () => screen.nextMatch(-1),
  };
}

function viewing(screen: FileScreen): Handlers {
  return {
    'diff.toggle': () => {
      screen.asDiff = !screen.asDiff;
      screen.top = 0;
      screen.load();
    },
    'hex.toggle': () => {
      // A binary file has no text to go back to: it stays as it is.
      screen.asHex = !screen.asHex;
      screen.asDiff = false;
      screen.top = 0;
      screen.load();
    },
    'wrap.toggle': () => {
      screen.wrap = !screen.wrap;
      screen.left = 0;
    },
    'item.copy': () => screen.stack.host.copy(screen.path),
    'entry.extract': () => extractFrom(screen.stack, screen.node),
    'blame.show': () => showBlame(screen.stack, screen.node, () => screen.load()),
    'details.toggle': () => {
      screen.stack.perform('details.toggle');
      screen.stack.host.back();
    },
    'layers.focus': () => focus(screen, 'layers.focus'),
    'files.focus': () => focus(screen, 'files.focus'),
    'details.focus': () => focus(screen, 'details.focus'),
  };
}

function focus(screen: FileScreen, action: ActionId): void {
  screen.stack.perform(action);
  screen.stack.host.back();
}

function stepping(screen: FileScreen): Handlers {
  const step = (direction: 1 | -1): void => {
    if (screen.stack.stepLayer(direction)) screen.load();
  };
  return {
    'layer.next': () => step(1),
    'layer.previous': () => step(-1),
    'change.next': () => toChange(screen, 1),
    'change.previous': () => toChange(screen, -1),
  };
}

/** Within a difference to the next hunk, else to the next layer that changed this path. */
function toChange(screen: FileScreen, direction: 1 | -1): void {
  if (screen.body.kind === 'diff') return toHunk(screen, direction);
  const { files, layers, image } = screen.stack;
  const last = image!.layers.length;
  for (let layer = layers!.upto + direction; layer >= 0 && layer < last; layer += direction) {
    if (files!.stack.changeOf(layer, screen.node) < 0) continue;
    layers!.selectLayer(layer);
    screen.stack.followLayer();
    return screen.load();
  }
}

function toHunk(screen: FileScreen, direction: 1 | -1): void {
  if (screen.body.kind !== 'diff') return;
  const hunks = screen.body.lines.flatMap(({ kind }, line) => (kind === 'hunk' ? [line] : []));
  const next =
    direction > 0 ? hunks.find((line) => line > screen.top) : hunks.findLast((line) => line < screen.top);
  if (next !== undefined) screen.scrollTo(next);
}
