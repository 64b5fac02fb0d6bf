// Everything that is on its way from and to registries and files, layer by layer. It goes on when the screen is left.
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import type { Transfer } from '../../transfers.ts';
import { ListPart } from '../list/list-part.ts';
import { HEADING_ROWS } from '../list/list-view.ts';
import { type TransferRow, transferRows } from './transfer-list.ts';
import { TransfersActions } from './transfers-actions.ts';
import { transfersView } from './transfers-view.ts';

export class TransfersScreen implements Screen {
  readonly host: Host;
  readonly showsTransfers = true;
  readonly list = new ListPart<TransferRow>(({ key }) => key);
  withDetails = false;
  private readonly folded = new Set<Transfer>();
  private readonly actions: TransfersActions;

  constructor(host: Host) {
    this.host = host;
    this.actions = new TransfersActions(this);
    this.arrange();
  }

  /** Works out the rows again; the cursor stays on its row. */
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

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    if (pane === 'transfers') this.list.pick(row - HEADING_ROWS);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'transfers') this.list.moveBy(rows);
    this.host.changed();
  }

  stepBack(): boolean {
    const step = this.list.stepBack();
    if (step === 'filter') this.arrange();
    return step !== undefined;
  }

  filter(text: string | undefined): void {
    this.list.setFilter(text);
    this.arrange();
    this.host.changed();
  }

  get filterText(): string | undefined {
    return this.list.filterText;
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
