// What the keys of a container's screen do, beside those of its stack.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { paneBeside } from '../../pane-order.ts';
import { CommitScreen } from '../commit/commit-screen.ts';
import { killContainer, removeContainers, renameContainer, stopContainer } from '../container-work.ts';
import type { ContainerFocus, ContainerScreen } from './container-screen.ts';

export class ContainerActions {
  private readonly screen: ContainerScreen;
  private readonly everywhere: Handlers;
  private readonly terminal: Handlers;
  private readonly events: Handlers;

  constructor(screen: ContainerScreen) {
    this.screen = screen;
    this.everywhere = { ...focusing(screen), ...working(screen), ...lookingAt(screen) };
    this.terminal = inTerminal(screen);
    this.events = inEvents(screen);
  }

  perform(action: ActionId): void {
    const { focus, stack } = this.screen;
    const own = focus === 'terminal' ? this.terminal : focus === 'events' ? this.events : {};
    const handler = own[action] ?? this.everywhere[action];
    if (handler) handler();
    else if (focus !== 'terminal' && focus !== 'events') stack.perform(action);
  }
}

function focusing(screen: ContainerScreen): Handlers {
  const next = (direction: 1 | -1) => (): void => {
    const panes: readonly ContainerFocus[] = screen.stack.withDetails
      ? ['layers', 'files', 'details', 'terminal', 'events']
      : ['layers', 'files', 'terminal', 'events'];
    screen.focus = paneBeside(panes, screen.focus, direction);
  };
  return {
    'pane.next': next(1),
    'pane.previous': next(-1),
    'layers.focus': () => void (screen.focus = 'layers'),
    'files.focus': () => void (screen.focus = 'files'),
    'details.focus': () => {
      screen.focus = 'layers';
      screen.stack.perform('details.focus');
    },
    'details.toggle': () => {
      const { focus } = screen;
      screen.stack.perform('details.toggle');
      if (focus === 'terminal' || focus === 'events') screen.focus = focus;
    },
    'terminal.focus': () => void (screen.focus = 'terminal'),
    'events.focus': () => void (screen.focus = 'events'),
    'terminal.enter': () => screen.enter(),
    'terminal.leave': () => screen.leave(),
    'pane.zoom': () => void (screen.zoomed = !screen.zoomed),
  };
}

/** What is chosen among layers and files from whichever pane has the keys. */
const OF_STACK = [
  'layer.next',
  'layer.previous',
  'changes.show',
  'squashed.show',
  'flat.show',
  'change.next',
  'change.previous',
  'match.next',
  'match.previous',
] as const satisfies readonly ActionId[];

function lookingAt(screen: ContainerScreen): Handlers {
  const onStack = (action: ActionId) => (): void => {
    screen.stack.perform(action);
    // Where panes are tabs, what has changed would be behind another one.
    const isSeen = screen.focus !== 'terminal' && screen.focus !== 'events';
    if (screen.stack.isOnePane && !isSeen) screen.focus = 'files';
  };
  return Object.fromEntries(OF_STACK.map((action) => [action, onStack(action)]));
}

function working(screen: ContainerScreen): Handlers {
  const { host } = screen;
  return {
    'container.start': () => screen.start(),
    'container.stop': () => stopContainer(host, screen.container),
    'container.kill': () => killContainer(host, screen.container),
    'container.shell': () => screen.openShell(),
    'container.logs': () => screen.showLogs(),
    'container.commit': () => host.open(new CommitScreen(host, screen.container)),
    'item.name': () => renameContainer(host, screen.container),
    'item.remove': () => removeContainers(host, [screen.container], () => {}),
  };
}

function inTerminal(screen: ContainerScreen): Handlers {
  const by = (rows: number) => (): void => screen.shell.emulator?.scrollBy(rows);
  const page = (share: number) => (): void => {
    const { emulator } = screen.shell;
    emulator?.scrollBy(Math.round(emulator.size.rows * share));
  };
  return {
    'cursor.up': by(-1),
    'cursor.down': by(1),
    'cursor.first': by(Number.NEGATIVE_INFINITY),
    'cursor.last': () => screen.shell.emulator?.scrollToEnd(),
    'page.up': page(-0.9),
    'page.down': page(0.9),
    'half.up': page(-0.5),
    'half.down': page(0.5),
    'item.open': () => screen.enter(),
  };
}

function inEvents(screen: ContainerScreen): Handlers {
  const { events } = screen;
  return {
    'cursor.up': () => events.moveBy(-1),
    'cursor.down': () => events.moveBy(1),
    'cursor.first': () => events.moveTo(0),
    'cursor.last': () => events.moveTo(events.events.length - 1),
    'page.up': () => events.pageBy(1 - events.height),
    'page.down': () => events.pageBy(events.height - 1),
    'half.up': () => events.pageBy(-(events.height >> 1)),
    'half.down': () => events.pageBy(events.height >> 1),
    'item.open': () => showPath(screen),
  };
}

/** Goes to the path of an event among the changes, where it still is. */
function showPath(screen: ContainerScreen): void {
  const { stack, events } = screen;
  const { files, layers } = stack;
  const event = events.selected;
  if (!event || !files || !layers) return;
  layers.selectLayer(layers.trees.length - 1);
  stack.followLayer();
  const node = files.stack.find(event.change.path);
  if (node > 0 && files.reveal(node)) screen.focus = 'files';
  else screen.host.say('that path is not among its changes now');
}
