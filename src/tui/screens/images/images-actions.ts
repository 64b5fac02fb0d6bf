// What the keys of the images screen do.
import type { ImageSummary } from '../../../app/services.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import { BloatScreen } from '../bloat/bloat-screen.ts';
import { CompareScreen } from '../compare/compare-screen.ts';
import { loadImage, removeImages, saveImage, tagImage } from '../image-work.ts';
import { buildImage } from '../build-image.ts';
import { repositoryOf } from '../registry/registry-place.ts';
import { logInFor, pullImage, pushImage } from '../registry-work.ts';
import { runImage } from '../run-image.ts';
import { type StackSource, imageSource } from '../stack/stack-source.ts';
import { IMAGE_ORDERS } from './image-list.ts';
import type { ImagesScreen } from './images-screen.ts';

export class ImagesActions {
  private readonly handlers: Handlers;

  constructor(screen: ImagesScreen) {
    this.handlers = { ...screen.list.moving(), ...folding(screen), ...viewing(screen), ...working(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function folding(screen: ImagesScreen): Handlers {
  return {
    'cursor.left': () => screen.setCollapsed(true),
    'cursor.right': () => screen.setCollapsed(false),
    'tree.collapse': () => screen.setAllCollapsed(true),
    'tree.expand': () => screen.setAllCollapsed(false),
    'item.open': () => open(screen),
  };
}

/** A line of shared layers opens and closes; an image opens as a stack. */
function open(screen: ImagesScreen): void {
  const row = screen.selectedRow;
  const name = screen.selectedName;
  if (name !== undefined) screen.host.openImage(name);
  else if (row && 'node' in row) screen.setCollapsed(!row.collapsed);
}

function viewing(screen: ImagesScreen): Handlers {
  return {
    'arrangement.toggle': () => {
      screen.asTree = !screen.asTree;
      screen.arrange();
    },
    'order.next': () => {
      screen.order = IMAGE_ORDERS[(IMAGE_ORDERS.indexOf(screen.order) + 1) % IMAGE_ORDERS.length]!;
      screen.reversed = false;
      screen.arrange();
    },
    'order.reverse': () => {
      screen.reversed = !screen.reversed;
      screen.arrange();
    },
    'details.toggle': () => {
      screen.withDetails = !screen.withDetails;
      if (screen.withDetails && !screen.selected) screen.host.say('details are shown for images');
    },
    'item.copy': () => {
      const text = screen.selectedName ?? screen.selectedRow?.key;
      if (text !== undefined) screen.host.copy(text);
    },
    'item.mark': () => {
      if (screen.selected) screen.list.mark(screen.selected.digest);
    },
  };
}

/** The marked images, else the one under the cursor. */
function chosen(screen: ImagesScreen): string[] {
  const marked = (screen.images ?? []).filter(({ digest }) => screen.list.marked.has(digest));
  if (marked.length > 0) return marked.flatMap(({ names, id }) => (names.length === 0 ? [id] : names));
  return screen.selectedName === undefined ? [] : [screen.selectedName];
}

function working(screen: ImagesScreen): Handlers {
  const { host } = screen;
  return {
    'item.name': () => {
      if (screen.selectedName !== undefined) tagImage(host, screen.selectedName);
    },
    'image.run': () => {
      if (screen.selectedName !== undefined) runImage(host, screen.selectedName);
    },
    'item.remove': () => {
      removeImages(host, chosen(screen), () => screen.list.marked.clear());
    },
    'items.compare': () => compare(screen),
    'bloat.open': () => {
      if (screen.selectedName !== undefined)
        host.open(new BloatScreen(host, imageSource(host, screen.selectedName)));
    },
    'image.save': () => {
      const images = chosen(screen);
      if (images.length > 0) saveImage(host, images);
    },
    'image.load': () => loadImage(host),
    'image.build': () => buildImage(host),
    'image.pull': () => pullImage(host),
    'image.push': () => {
      if (screen.selectedName !== undefined) pushImage(host, screen.selectedName);
    },
    'registry.open': () => host.askRegistry(repositoryOf(screen.selectedName)),
    'registry.login': () => logInFor(host, screen.selectedName),
    'samples.make': () => makeSamples(screen),
  };
}

function compare({ host, pair }: ImagesScreen): void {
  if (!pair) return;
  const source = ({ names, id }: ImageSummary): StackSource => imageSource(host, names[0] ?? id);
  host.open(new CompareScreen(host, [source(pair[0]), source(pair[1])]));
}

function makeSamples({ host }: ImagesScreen): void {
  host.work('making the sample images', async (options) => {
    const made: string[] = [];
    for (const { name } of await host.services.samples.list()) {
      made.push(await host.services.samples.make(name, options));
    }
    return `made ${made.join(', ')}`;
  });
}
