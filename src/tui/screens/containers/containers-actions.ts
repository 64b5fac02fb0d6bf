// What the keys of the containers screen do.
import type { Container } from '../../../engine/container.ts';
import type { ActionId } from '../../keymap/actions.ts';
import { pageBy } from '../../list-place.ts';
import { CommitScreen } from '../commit/commit-screen.ts';
import {
  killContainer,
  removeContainers,
  renameContainer,
  startContainer,
  stopContainer,
} from '../container-work.ts';
import { SideScreen } from '../side/side-screen.ts';
import type { ContainersScreen } from './containers-screen.ts';

type Handlers = Partial<Record<ActionId, () => void>>;

export class ContainersActions {
  private readonly handlers: Handlers;

  constructor(screen: ContainersScreen) {
    this.handlers = { ...moving(screen), ...viewing(screen), ...working(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function moving(screen: ContainersScreen): Handlers {
  const by = (rows: number): void => screen.moveTo(screen.place.cursor + rows);
  const page = (rows: number): void => {
    screen.place = pageBy(screen.place, rows, screen.rows.length, screen.height);
  };
  const nextFound = (direction: 1 | -1): void => {
    const count = screen.rows.length;
    screen.moveTo((screen.place.cursor + direction + count) % count);
  };
  return {
    'cursor.up': () => by(-1),
    'cursor.down': () => by(1),
    'cursor.first': () => screen.moveTo(0),
    'cursor.last': () => screen.moveTo(screen.rows.length - 1),
    'page.down': () => page(screen.height - 1),
    'page.up': () => page(1 - screen.height),
    'half.down': () => page(screen.height >> 1),
    'half.up': () => page(-(screen.height >> 1)),
    'match.next': () => nextFound(1),
    'match.previous': () => nextFound(-1),
  };
}

function viewing(screen: ContainersScreen): Handlers {
  return {
    'images.open': () => screen.host.openImages(),
    'details.toggle': () => void (screen.withDetails = !screen.withDetails),
    'item.copy': () => {
      if (screen.selected) screen.host.copy(screen.selected.name);
    },
    'item.mark': () => mark(screen),
  };
}

function mark(screen: ContainersScreen): void {
  const { selected, marked } = screen;
  if (!selected) return;
  if (!marked.delete(selected.id)) marked.add(selected.id);
  screen.moveTo(screen.place.cursor + 1);
}

function working(screen: ContainersScreen): Handlers {
  const { host } = screen;
  const withSelected = (work: (container: Container) => void) => (): void => {
    if (screen.selected) work(screen.selected);
  };
  return {
    'item.open': withSelected((container) => host.openContainer(container)),
    'container.start': withSelected((container) => startContainer(host, container)),
    'container.stop': withSelected((container) => stopContainer(host, container)),
    'container.kill': withSelected((container) => killContainer(host, container)),
    'container.shell': withSelected((container) => host.openContainer(container, 'shell')),
    'container.logs': withSelected((container) => host.openContainer(container, 'logs')),
    'container.commit': withSelected((container) => host.open(new CommitScreen(host, container))),
    'item.name': withSelected((container) => renameContainer(host, container)),
    'item.remove': () => removeContainers(host, screen.chosen, () => screen.marked.clear()),
    'containers.compare': () => {
      if (screen.pair) host.open(new SideScreen(host, screen.pair));
    },
  };
}
