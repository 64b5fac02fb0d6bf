// What the keys of the list of transfers do.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import type { Transfer } from '../../transfers.ts';
import { repositoryOf } from '../registry/registry-place.ts';
import { logInFor, pullImage } from '../registry-work.ts';
import type { TransfersScreen } from './transfers-screen.ts';

export class TransfersActions {
  private readonly handlers: Handlers;

  constructor(screen: TransfersScreen) {
    this.handlers = { ...screen.list.moving(), ...folding(screen), ...working(screen) };
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
  }
}

function folding(screen: TransfersScreen): Handlers {
  const fold = (folded: boolean) => (): void => {
    if (screen.selected) screen.setFolded(screen.selected, folded);
  };
  return {
    'cursor.left': fold(true),
    'cursor.right': fold(false),
    'tree.collapse': () => screen.setAllFolded(true),
    'tree.expand': () => screen.setAllFolded(false),
    'details.toggle': () => void (screen.withDetails = !screen.withDetails),
  };
}

function working(screen: TransfersScreen): Handlers {
  const { host } = screen;
  const withSelected = (work: (transfer: Transfer) => void) => (): void => {
    if (screen.selected) work(screen.selected);
  };
  return {
    'item.open': withSelected((transfer) => open(screen, transfer)),
    'item.copy': withSelected(({ request }) => host.copy(request.name)),
    'container.stop': withSelected((transfer) => host.transfers.cancel(transfer)),
    'container.start': withSelected((transfer) => {
      screen.moveTo(host.transfers.retry(transfer));
    }),
    'transfer.forget': withSelected((transfer) => host.transfers.forget(transfer)),
    'image.pull': () => pullImage(host),
    'registry.open': () => host.askRegistry(repositoryOf(registryName(screen.selected))),
    'registry.login': () => logInFor(host, registryName(screen.selected)),
  };
}

/** Loads and saves are about files. */
function registryName(transfer: Transfer | undefined): string | undefined {
  const { kind, name } = transfer?.request ?? {};
  return kind === 'pull' || kind === 'push' ? name : undefined;
}

/** The image that came, why it did not, or its layers. */
function open(screen: TransfersScreen, transfer: Transfer): void {
  const { state, request, error } = transfer;
  if (state === 'failed') screen.host.fail(error);
  else if (state === 'done' && request.image !== undefined) screen.host.openImage(request.image);
  else screen.setFolded(transfer, screen.list.current?.kind === 'transfer' && !screen.list.current.isFolded);
}
