// What the keys of the containers screen do.
import type { Container } from '../../../engine/container.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
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

export class ContainersActions {
  private readonly handlers: Handlers;

  constructor(screen: ContainersScreen) {
    this.handlers = { ...screen.list.moving(), ...viewing(screen), ...working(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function viewing(screen: ContainersScreen): Handlers {
  return {
    'images.open': () => screen.host.openImages(),
    'details.toggle': () => void (screen.withDetails = !screen.withDetails),
    'item.copy': () => {
      if (screen.selected) screen.host.copy(screen.selected.name);
    },
    'item.mark': () => {
      if (screen.selected) screen.list.mark(screen.selected.id);
    },
  };
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
    'item.remove': () => removeContainers(host, screen.chosen, () => screen.list.marked.clear()),
    'items.compare': () => {
      if (screen.pair) host.open(new SideScreen(host, screen.pair));
    },
  };
}
