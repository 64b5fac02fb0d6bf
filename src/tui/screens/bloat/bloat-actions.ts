// What the keys of the bloat screen do.
import { safeBytes } from '../../../lib/text.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { lifeRow } from '../../present/bloat-rows.ts';
import { paneKeys } from '../../pane-keys.ts';
import { type Life, type Scene, livesAt, neighbours } from './bloat-keys.ts';
import type { BloatScreen } from './bloat-screen.ts';
import { WASTE_ORDERS, wasteKey } from './waste-list.ts';

export class BloatActions {
  private readonly screen: BloatScreen;
  private readonly handlers: Handlers;

  constructor(screen: BloatScreen) {
    this.screen = screen;
    this.handlers = { ...walking(screen), ...folding(screen), ...viewing(screen), ...jumping(screen) };
  }

  perform(action: ActionId): void {
    const { screen, handlers } = this;
    const own = handlers[action];
    if (own) return own();
    if (screen.focus === 'details') return screen.details.moving()[action]?.();
    // Matches are files, wherever the keys are.
    if (action.startsWith('match.')) return screen.files.moving()[action]?.();
    const { current } = screen.list;
    screen.list.moving()[action]?.();
    screen.moved(current);
  }
}

function walking(screen: BloatScreen): Handlers {
  return {
    ...paneKeys(screen, ['layers', 'files', 'details', 'advice', 'duplicates']),
    'layer.next': () => goToLayer(screen, neighbours(screen).upper),
    'layer.previous': () => goToLayer(screen, neighbours(screen).lower),
    'images.open': () => screen.host.openImages(),
    'containers.open': () => screen.host.openContainers(),
  };
}

function goToLayer(screen: BloatScreen, row: number): void {
  if (row < 0) return;
  screen.layers.moveTo(row);
  screen.chooseAnew();
}

function folding(screen: BloatScreen): Handlers {
  const fold = (open: boolean) => (): void => {
    if (screen.focus === 'layers') return void (open && (screen.focus = 'files'));
    const row = screen.subject === 'files' ? screen.files.current : undefined;
    if (row?.isGroup && row.isOpen !== open) return setOpen(screen, [row.node], open);
    if (!open) screen.focus = 'layers';
  };
  return {
    'cursor.left': fold(false),
    'cursor.right': fold(true),
    'tree.expand': () => {
      const node = screen.files.current?.node;
      if (node !== undefined) setOpen(screen, screen.dead!.groupsBelow(node), true);
    },
    'tree.collapse': () => setOpen(screen, screen.dead?.groupsBelow(0) ?? [], false),
  };
}

function setOpen(screen: BloatScreen, nodes: readonly number[], open: boolean): void {
  for (const node of nodes) screen.byHand.set(node, open);
  screen.arrangeFiles();
}

function viewing(screen: BloatScreen): Handlers {
  return {
    'details.toggle': () => {
      screen.withDetails = !screen.withDetails;
      if (!screen.withDetails && screen.focus === 'details') screen.focus = screen.subject;
    },
    'pane.zoom': () => void (screen.zoomed = !screen.zoomed),
    'flat.show': () => {
      screen.flat = !screen.flat;
      screen.arrangeFiles();
    },
    'order.next': () => nextOrder(screen),
    'item.mark': () => mark(screen),
    'item.copy': () => {
      const text = copied(screen);
      if (text !== undefined) screen.host.copy(text);
    },
  };
}

function nextOrder(screen: BloatScreen): void {
  if (screen.subject === 'layers') {
    screen.order = WASTE_ORDERS[(WASTE_ORDERS.indexOf(screen.order) + 1) % WASTE_ORDERS.length]!;
    screen.arrange();
  } else if (screen.subject === 'files') {
    screen.fileOrder = screen.fileOrder === 'size' ? 'name' : 'size';
    screen.arrangeFiles();
  }
}

/** Marked instructions are squashed or merged, marked paths left out: the advice says what that saves. */
function mark(screen: BloatScreen): void {
  const { layers, files, host } = screen;
  if (screen.subject === 'layers' && layers.current?.kind === 'layer') {
    const { current } = layers;
    layers.mark(wasteKey(current));
    screen.moved(current);
  } else if (screen.subject === 'files' && files.current) files.mark(String(files.current.node));
  else return host.say('instructions and paths can be marked, to see what it saves to do without them');
  screen.arrangeAdvice();
}

function copied(screen: BloatScreen): string | undefined {
  const { figures, files, layers, duplicates, advice, image } = screen;
  switch (screen.subject) {
    case 'files':
      return files.current && figures && pathText(screen, files.current.node);
    case 'layers':
      return layers.current?.kind === 'layer' ? image?.layers[layers.current.layer]?.digest : image?.image.id;
    case 'duplicates':
      return duplicates.current && pathText(screen, duplicates.current.nodes[0]!);
    case 'advice':
      return advice.current?.kind === 'advice' ? advice.current.advice.change : undefined;
  }
}

function pathText({ figures }: BloatScreen, node: number): string {
  return `/${safeBytes(figures!.stack.pathBytes(node))}`;
}

// --------------------------------------------------------------------- jumps

function jumping(screen: BloatScreen): Handlers {
  const toKiller = (): void => {
    const dead = livesAt(screen).filter(({ killer }) => killer !== undefined);
    chooseLife(screen, dead, 'killed by', ({ killer, node }) => ({ layer: killer!, node }));
  };
  const toMaker = (): void => {
    chooseLife(screen, livesAt(screen), 'made by', ({ maker, node }) => ({ layer: maker, node }));
  };
  return {
    'killer.open': toKiller,
    'maker.open': toMaker,
    'item.open': () => openItem(screen, toMaker),
  };
}

/** An instruction opens its layer, a directory what is in it, a file the layer that made it, anything else its details. */
function openItem(screen: BloatScreen, toMaker: () => void): void {
  const { layers, files, subject } = screen;
  if (subject === 'layers' && layers.current?.kind === 'layer')
    return openAt(screen, { layer: layers.current.layer, node: 0 });
  if (subject === 'layers') return void (screen.focus = 'files');
  if (subject === 'files' && files.current?.isGroup)
    return setOpen(screen, [files.current.node], !files.current.isOpen);
  if (subject === 'advice') return void (screen.focus = 'details');
  toMaker();
}

/** What died several times, or is there several times, is asked about. */
function chooseLife(
  screen: BloatScreen,
  lives: readonly Life[],
  title: string,
  sceneOf: (life: Life) => Scene,
): void {
  if (lives.length === 1) return openAt(screen, sceneOf(lives[0]!));
  if (lives.length === 0) return;
  screen.host.choose({
    title,
    rows: (width, theme) => lives.map((life) => lifeRow(screen, life, width, theme)),
    onAccept: (index) => openAt(screen, sceneOf(lives[index]!)),
  });
}

function openAt(screen: BloatScreen, start: Scene): void {
  screen.host.openStack({ ...screen.lentSource, start });
}
