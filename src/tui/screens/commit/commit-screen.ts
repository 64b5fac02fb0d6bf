// A preview of the layer that a commit makes, with what to leave out of it; then the commit, and the image it makes.
import type { ExploredContainer } from '../../../app/container-services.ts';
import type { Container } from '../../../engine/container.ts';
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { ListPart } from '../list/list-part.ts';
import { CommitPlan } from './commit-plan.ts';
import { commitView } from './commit-view.ts';

export class CommitScreen implements Screen {
  readonly host: Host;
  readonly container: Container;
  plan: CommitPlan | undefined;
  problem: unknown;
  name = '';
  message = '';
  /** Nodes of the plan's tree. */
  readonly list = new ListPart<number>(String);
  private readonly handlers: Handlers = { ...this.list.moving(), ...this.working() };
  private closed = false;

  constructor(host: Host, container: Container) {
    this.host = host;
    this.container = container;
    void this.read();
  }

  /** Its own look at the layer as it is now: the preview stands still while somebody reads it. */
  private async read(): Promise<void> {
    let explored: ExploredContainer | undefined;
    try {
      explored = await this.host.services.containers.open(this.container.id);
      const { live, changes } = await explored.now;
      this.plan = new CommitPlan(live, changes);
      this.list.show([...this.plan.nodes]);
    } catch (error) {
      this.problem = error;
    }
    await explored?.close();
    if (!this.closed) this.host.changed();
  }

  keyContext(): KeyContext {
    return {
      scope: 'commit',
      facts: {
        item: this.selected !== undefined,
        container: this.plan !== undefined,
        'writable-store': !this.host.services.system.readOnly,
        filter: false,
        matches: false,
      },
    };
  }

  /** Node of the plan's tree. */
  get selected(): number | undefined {
    return this.list.current;
  }

  perform(action: ActionId): void {
    this.handlers[action]?.();
    this.host.changed();
  }

  private working(): Handlers {
    return {
      'item.mark': () => this.toggle(),
      'item.open': () => this.toggle(),
      'item.name': () => this.askName(),
      'commit.message': () => this.askMessage(),
      'container.commit': () => this.commit(),
    };
  }

  private toggle(): void {
    if (this.selected !== undefined) this.plan?.toggle(this.selected);
    this.list.moveBy(1);
  }

  private askName(): void {
    this.host.prompt({
      title: 'name of the image, none to go by its ID',
      text: this.name,
      mayBeEmpty: true,
      onAccept: (name) => {
        this.name = name;
      },
    });
  }

  private askMessage(): void {
    this.host.prompt({
      title: 'message',
      text: this.message,
      mayBeEmpty: true,
      onAccept: (message) => {
        this.message = message;
      },
    });
  }

  private commit(): void {
    const { host, container, name, message, plan } = this;
    if (!plan) return;
    const request = {
      ...(name !== '' && { name }),
      ...(message !== '' && { message }),
      exclude: plan.excluded,
    };
    host.back();
    host.work(`committing ${container.name}`, async (options) => {
      const id = await host.services.containers.commit(container.id, request, options);
      host.openImage(name === '' ? id : name);
      return `${container.name} is the image ${name === '' ? id.slice(0, 19) : name} now`;
    });
  }

  pick(pane: string, row: number): void {
    if (pane === 'commit') this.list.pick(row);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'commit') this.list.moveBy(rows);
    this.host.changed();
  }

  view(viewport: Viewport): ScreenView {
    return commitView(this, viewport);
  }

  close(): void {
    this.closed = true;
  }
}
