// All containers of all engines, followed while they come, go and change.
import type { Container, ContainerId } from '../../../engine/container.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import { type ListPlace, LIST_START, placeAt } from '../../list-place.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { ContainersActions } from './containers-actions.ts';
import { HEADING_ROWS, containersView } from './containers-view.ts';
import { ContainerSizes } from './sizes.ts';

export class ContainersScreen implements Screen {
  readonly host: Host;
  /** Undefined until they were read. */
  containers: readonly Container[] | undefined;
  problem: unknown;
  withDetails = false;
  place: ListPlace = LIST_START;
  height = 20;
  rows: readonly Container[] = [];
  readonly marked = new Set<ContainerId>();
  readonly sizes: ContainerSizes;
  private text: string | undefined;
  private readonly actions: ContainersActions;
  private readonly unwatch: () => void;
  private reading = false;
  private stale = false;
  private closed = false;

  constructor(host: Host) {
    this.host = host;
    this.actions = new ContainersActions(this);
    this.sizes = new ContainerSizes({
      ask: (id) => host.services.containers.diskUsage(id),
      onChange: () => host.changed(),
    });
    this.unwatch = host.services.containers.watch(() => void this.read());
    void this.read();
  }

  /** Changes that come while the list is being read are read after it. */
  async read(): Promise<void> {
    this.stale = true;
    if (this.reading) return;
    this.reading = true;
    while (this.stale && !this.closed) {
      this.stale = false;
      await this.readOnce();
    }
    this.reading = false;
  }

  private async readOnce(): Promise<void> {
    try {
      this.containers = await this.host.services.containers.list();
      this.problem = undefined;
    } catch (error) {
      this.problem = error;
    }
    if (this.closed) return;
    const ids = new Set(this.containers?.map(({ id }) => id));
    this.sizes.keepOnly(ids);
    for (const id of this.marked) if (!ids.has(id)) this.marked.delete(id);
    this.arrange();
    this.host.changed();
  }

  /** The cursor stays on its container. */
  private arrange(): void {
    const id = this.selected?.id;
    this.rows = (this.containers ?? []).filter((container) => this.isFound(container));
    const found = this.rows.findIndex((row) => row.id === id);
    this.moveTo(found >= 0 ? found : this.place.cursor);
  }

  private isFound({ name, id, image }: Container): boolean {
    if (this.text === undefined) return true;
    const wanted = this.text.toLowerCase();
    return id.startsWith(wanted) || [name, image.name].some((text) => text.toLowerCase().includes(wanted));
  }

  // ------------------------------------------------------------------ moving

  get selected(): Container | undefined {
    return this.rows[this.place.cursor];
  }

  /** The marked ones, else the one under the cursor. */
  get chosen(): readonly Container[] {
    const marked = (this.containers ?? []).filter(({ id }) => this.marked.has(id));
    return marked.length > 0 || !this.selected ? marked : [this.selected];
  }

  /** Two that are marked and have one image. */
  get pair(): readonly [Container, Container] | undefined {
    const [first, second, ...more] = (this.containers ?? []).filter(({ id }) => this.marked.has(id));
    if (!first || !second || more.length > 0 || first.image.id !== second.image.id) return undefined;
    return [first, second];
  }

  moveTo(row: number): void {
    this.place = placeAt(this.place, row, this.rows.length, this.height);
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.moveTo(this.place.cursor);
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const { selected, marked, text, rows, pair } = this;
    return {
      scope: 'containers',
      facts: {
        item: selected !== undefined,
        container: selected !== undefined || marked.size > 0,
        running: selected?.status === 'running',
        stopped: selected?.status === 'created' || selected?.status === 'exited',
        'two-marked': pair !== undefined,
        'writable-store': !this.host.services.system.readOnly,
        matches: text !== undefined && rows.length > 0,
      },
    };
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    const line = this.place.top + row - HEADING_ROWS;
    if (pane !== 'containers' || row < HEADING_ROWS || line >= this.rows.length) return;
    this.moveTo(line);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'containers') this.moveTo(this.place.cursor + rows);
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.text === undefined && this.marked.size === 0) return false;
    if (this.text !== undefined) this.filter(undefined);
    else this.marked.clear();
    return true;
  }

  filter(text: string | undefined): void {
    this.text = text === '' ? undefined : text;
    this.arrange();
    this.host.changed();
  }

  get filterText(): string | undefined {
    return this.text;
  }

  /** What was written in the meantime has changed the sizes. */
  resumed(): void {
    this.sizes.expire();
  }

  view(viewport: Viewport): ScreenView {
    return containersView(this, viewport);
  }

  close(): void {
    this.closed = true;
    this.sizes.close();
    this.unwatch();
  }
}
