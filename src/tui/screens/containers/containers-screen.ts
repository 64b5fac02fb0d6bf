// All containers of all engines, followed while they come, go and change.
import type { Container } from '../../../engine/container.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import { ListPart } from '../list/list-part.ts';
import { ListScreen } from '../list/list-screen.ts';
import { ReadAgain } from '../list/read-again.ts';
import { ContainersActions } from './containers-actions.ts';
import { containersView } from './containers-view.ts';
import { ContainerSizes } from './sizes.ts';

export class ContainersScreen extends ListScreen<Container> {
  protected readonly paneId = 'containers';
  /** Undefined until they were read. */
  containers: readonly Container[] | undefined;
  problem: unknown;
  withDetails = false;
  /** Marks are container IDs. */
  readonly list = new ListPart<Container>(({ id }) => id);
  readonly sizes: ContainerSizes;
  private readonly actions: ContainersActions;
  private readonly unwatch: () => void;
  private readonly reader = new ReadAgain(() => this.read());
  private closed = false;

  constructor(host: Host) {
    super(host);
    this.actions = new ContainersActions(this);
    this.sizes = new ContainerSizes({
      ask: (id) => host.services.containers.diskUsage(id),
      onChange: () => host.changed(),
    });
    this.unwatch = host.services.containers.watch(() => void this.reader.now());
    void this.reader.now();
  }

  private async read(): Promise<void> {
    try {
      this.containers = await this.host.services.containers.list();
      this.problem = undefined;
    } catch (error) {
      this.problem = error;
    }
    if (this.closed) return;
    const ids = new Set(this.containers?.map(({ id }) => id));
    this.sizes.keepOnly(ids);
    this.list.keepMarks(ids);
    this.arrange();
    this.host.changed();
  }

  arrange(): void {
    const found = (this.containers ?? []).filter(({ name, id, image }) =>
      this.list.isFound([name, image.name], id),
    );
    this.list.show(found);
  }

  // ------------------------------------------------------------------ moving

  get selected(): Container | undefined {
    return this.list.current;
  }

  /** The marked ones, else the one under the cursor. */
  get chosen(): readonly Container[] {
    const marked = (this.containers ?? []).filter(({ id }) => this.list.marked.has(id));
    return marked.length > 0 || !this.selected ? marked : [this.selected];
  }

  /** Two that are marked and have one image. */
  get pair(): readonly [Container, Container] | undefined {
    const [first, second, ...more] = (this.containers ?? []).filter(({ id }) => this.list.marked.has(id));
    if (!first || !second || more.length > 0 || first.image.id !== second.image.id) return undefined;
    return [first, second];
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const { selected, pair, list } = this;
    return {
      scope: 'containers',
      facts: {
        item: selected !== undefined,
        container: selected !== undefined || list.marked.size > 0,
        running: selected?.status === 'running',
        stopped: selected?.status === 'created' || selected?.status === 'exited',
        'two-marked': pair !== undefined,
        'writable-store': !this.host.services.system.readOnly,
        matches: list.hasMatches,
      },
    };
  }

  protected act(action: ActionId): void {
    this.actions.perform(action);
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
    this.reader.close();
    this.sizes.close();
    this.unwatch();
  }
}
