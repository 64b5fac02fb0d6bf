// A screen that is one list: what its keys, clicks and filter do with it, whatever is listed.
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import type { ListPart } from './list-part.ts';
import { HEADING_ROWS } from './list-view.ts';

export abstract class ListScreen<Row> implements Screen {
  readonly host: Host;
  abstract readonly list: ListPart<Row>;
  /** Of the pane that the list is shown in. */
  protected abstract readonly paneId: string;

  constructor(host: Host) {
    this.host = host;
  }

  abstract keyContext(): KeyContext;
  abstract view(viewport: Viewport): ScreenView;
  abstract close(): void | Promise<void>;
  /** Works out the rows again; the cursor stays on its row. */
  abstract arrange(): void;
  protected abstract act(action: ActionId): void;

  perform(action: ActionId): void {
    this.act(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    if (pane === this.paneId) this.list.pick(row - HEADING_ROWS);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === this.paneId) this.list.moveBy(rows);
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
}
