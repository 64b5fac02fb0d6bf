// What the keys of the tags of a repository do.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { CompareScreen } from '../compare/compare-screen.ts';
import { logIn } from '../log-in.ts';
import { pullNamed } from '../registry-work.ts';
import { type StackSource, imageSource } from '../stack/stack-source.ts';
import type { TagsScreen } from './tags-screen.ts';

export class TagsActions {
  private readonly handlers: Handlers;

  constructor(screen: TagsScreen) {
    this.handlers = { ...screen.list.moving(), ...viewing(screen), ...working(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function viewing(screen: TagsScreen): Handlers {
  return {
    'details.toggle': () => void (screen.withDetails = !screen.withDetails),
    'item.copy': () => {
      if (screen.selected !== undefined) screen.host.copy(screen.nameOf(screen.selected));
    },
    'item.mark': () => {
      if (screen.selected !== undefined) screen.list.mark(screen.selected);
    },
  };
}

function working(screen: TagsScreen): Handlers {
  const { host } = screen;
  return {
    'item.open': () => {
      if (screen.selected !== undefined) host.openImage(inPlace(screen, screen.selected));
    },
    'image.pull': () => {
      if (screen.selected !== undefined) pullNamed(host, { name: screen.nameOf(screen.selected) });
    },
    'items.compare': () => {
      if (!screen.pair) return;
      const source = (tag: string): StackSource => imageSource(host, inPlace(screen, tag));
      host.open(new CompareScreen(host, [source(screen.pair[0]), source(screen.pair[1])]));
    },
    'registry.open': () => host.askRegistry(screen.repository),
    'registry.login': () => logIn(host, screen.registry, () => screen.readAgain()),
  };
}

/** Read where it is, without pulling. */
function inPlace(screen: TagsScreen, tag: string): string {
  return `docker://${screen.nameOf(tag)}`;
}
