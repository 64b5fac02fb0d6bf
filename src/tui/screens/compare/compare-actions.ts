// What the keys of the compare screen do.
import { Status } from '../../../tree/stack-index.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { paneKeys } from '../../pane-keys.ts';
import type { CompareScreen } from './compare-screen.ts';
import { DifferenceScreen } from './difference-screen.ts';

export class CompareActions {
  private readonly screen: CompareScreen;
  private readonly handlers: Handlers;

  constructor(screen: CompareScreen) {
    this.screen = screen;
    this.handlers = { ...walking(screen), ...folding(screen), ...viewing(screen) };
  }

  perform(action: ActionId): void {
    const { screen, handlers } = this;
    const own = handlers[action];
    if (own) return own();
    if (screen.focus === 'details') return screen.details.moving()[action]?.();
    const { current } = screen.list;
    screen.list.moving()[action]?.();
    if (screen.list.current !== current) screen.details.reset();
  }
}

function walking(screen: CompareScreen): Handlers {
  return {
    ...paneKeys(screen, ['layers', 'files', 'details', 'config', 'packages']),
    'images.open': () => screen.host.openImages(),
    'containers.open': () => screen.host.openContainers(),
    'item.open': () => openItem(screen),
  };
}

/** A layer opens its image, a directory what is in it, a file its difference, anything else its details. */
function openItem(screen: CompareScreen): void {
  if (screen.phase.kind !== 'ready') return;
  if (screen.subject === 'layers') return openLayer(screen);
  const row = screen.subject === 'files' ? screen.files.current : undefined;
  if (row?.isGroup) return setOpen(screen, row.index, !row.isOpen);
  if (row && !screen.phase.files.isDirectory(row.index))
    return screen.host.open(new DifferenceScreen(screen, row.index));
  screen.focus = 'details';
}

function openLayer({ host, layers, sources }: CompareScreen): void {
  const row = layers.current;
  if (row?.kind !== 'layer') return;
  host.openStack(row.b === undefined ? sources[0] : sources[1]);
}

function setOpen(screen: CompareScreen, index: number, open: boolean): void {
  if (open) screen.open.add(index);
  else screen.open.delete(index);
  screen.arrange();
}

function folding(screen: CompareScreen): Handlers {
  const fold = (open: boolean) => (): void => {
    const row = screen.subject === 'files' ? screen.files.current : undefined;
    if (row?.isGroup) setOpen(screen, row.index, open);
  };
  return {
    'cursor.left': fold(false),
    'cursor.right': fold(true),
    'tree.expand': () => expand(screen),
    'tree.collapse': () => {
      screen.open.clear();
      screen.arrange();
    },
  };
}

/** The directory under the cursor and all that is in it. */
function expand(screen: CompareScreen): void {
  const row = screen.files.current;
  if (screen.phase.kind !== 'ready' || !row?.isGroup) return;
  const { files } = screen.phase;
  for (let index = row.index; index < files.ends[row.index]!; index++)
    if (files.isGroup(index)) screen.open.add(index);
  screen.arrange();
}

function viewing(screen: CompareScreen): Handlers {
  return {
    'details.toggle': () => {
      screen.withDetails = !screen.withDetails;
      if (!screen.withDetails && screen.focus === 'details') screen.focus = screen.subject;
    },
    'pane.zoom': () => void (screen.zoomed = !screen.zoomed),
    'order.next': () => {
      screen.order = screen.order === 'name' ? 'size' : 'name';
      screen.reversed = false;
      screen.arrange();
    },
    'order.reverse': () => {
      screen.reversed = !screen.reversed;
      screen.arrange();
    },
    'added.toggle': () => screen.toggle(Status.added),
    'modified.toggle': () => screen.toggle(Status.modified),
    'removed.toggle': () => screen.toggle(Status.removed),
    'unchanged.toggle': () => {
      screen.withTimes = !screen.withTimes;
      screen.arrange();
    },
    'item.copy': () => {
      const text = copied(screen);
      if (text !== undefined) screen.host.copy(text);
    },
  };
}

function copied(screen: CompareScreen): string | undefined {
  if (screen.phase.kind !== 'ready') return undefined;
  switch (screen.subject) {
    case 'files':
      return screen.files.current && screen.phase.files.path(screen.files.current.index);
    case 'config':
      return screen.config.current?.field;
    case 'packages':
      return screen.packages.current?.name;
    case 'layers':
      return layerDigest(screen);
  }
}

function layerDigest({ layers, images }: CompareScreen): string | undefined {
  const row = layers.current;
  if (row?.kind !== 'layer' || !images) return undefined;
  return row.b === undefined ? images[0].layers[row.a!]?.diffID : images[1].layers[row.b]?.diffID;
}
