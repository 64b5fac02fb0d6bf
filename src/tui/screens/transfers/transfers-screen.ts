// Everything that is on its way from and to registries and files, layer by layer. It goes on when the screen is left.
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import type { Transfer } from '../../transfers.ts';
import { ListPart } from '../list/list-part.ts';
import { ListScreen } from '../list/list-screen.ts';
import { type TransferRow, transferRows } from './transfer-list.ts';
import { TransfersActions } from './transfers-actions.ts';
import { transfersView } from './transfers-view.ts';

export class TransfersScreen extends ListScreen<TransferRow> {
  protected readonly paneId = 'transfers';
  readonly showsTransfers = true;
  readonly list = new ListPart<TransferRow>(({ key }) => key);
  withDetails = false;
  private readonly folded = new Set<Transfer>();
  private readonly actions: TransfersActions;

  constructor(host: Host) {
    super(host);
    this.actions = new TransfersActions(this);
    this.arrange();
  }

  arrange(): void {
    const found = this.host.transfers.list.filter(({ request }) => this.list.isFound([request.name], ''));
    this.list.show(transferRows(found, (transfer) => this.folded.has(transfer)));
  }

  get selected(): Transfer | undefined {
    return this.list.current?.transfer;
  }

  setFolded(transfer: Transfer, folded: boolean): void {
    if (folded) this.folded.add(transfer);
    else this.folded.delete(transfer);
    this.arrange();
    this.moveTo(transfer);
  }

  setAllFolded(folded: boolean): void {
    const { selected } = this;
    this.folded.clear();
    if (folded) for (const transfer of this.host.transfers.list) this.folded.add(transfer);
    this.arrange();
    if (selected) this.moveTo(selected);
  }

  moveTo(transfer: Transfer): void {
    this.list.moveTo(this.list.rows.findIndex((row) => row.transfer === transfer));
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const state = this.selected?.state;
    return {
      scope: 'transfers',
      facts: {
        item: state !== undefined,
        running: state === 'running',
        stopped: state !== 'running',
        ended: state !== 'running',
        'writable-store': !this.host.services.system.readOnly,
        matches: this.list.hasMatches,
      },
    };
  }

  protected act(action: ActionId): void {
    this.actions.perform(action);
  }

  view(viewport: Viewport): ScreenView {
    this.arrange();
    return transfersView(this, viewport);
  }

  /** What is on its way goes on. */
  close(): void {
    this.folded.clear();
  }
}
