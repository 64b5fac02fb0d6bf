// The repositories of a registry, where it tells which it has.
import type { ActionId, Handlers } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import { safeText } from '../../../lib/text.ts';
import { GUTTER, GUTTER_NONE } from '../../theme/glyphs.ts';
import { fit } from '../../width.ts';
import { ListPart } from '../list/list-part.ts';
import { ListScreen } from '../list/list-screen.ts';
import { emptyListRows, listPanes } from '../list/list-view.ts';
import { logIn, withLoginKey } from '../log-in.ts';
import { pullImage } from '../registry-work.ts';
import { TagsScreen } from './tags-screen.ts';

export class RepositoriesScreen extends ListScreen<string> {
  protected readonly paneId = 'repositories';
  readonly registry: string;
  /** Undefined until they were read. */
  repositories: readonly string[] | undefined;
  problem: unknown;
  readonly list = new ListPart<string>((repository) => repository);
  private readonly handlers: Handlers;
  private readonly closing = new AbortController();

  constructor(host: Host, registry: string) {
    super(host);
    this.registry = registry;
    this.handlers = { ...this.list.moving(), ...this.working() };
    void this.read();
  }

  private async read(): Promise<void> {
    const { signal } = this.closing;
    try {
      this.repositories = await this.host.services.registries.catalog(this.registry, { signal });
      this.problem = undefined;
    } catch (error) {
      this.problem = withLoginKey(error, this.host);
    }
    if (signal.aborted) return;
    this.arrange();
    this.host.changed();
  }

  arrange(): void {
    this.list.show((this.repositories ?? []).filter((name) => this.list.isFound([name], name)));
  }

  private working(): Handlers {
    const { host, registry } = this;
    const nameOf = (repository: string | undefined): string | undefined =>
      repository === undefined ? undefined : `${registry}/${repository}`;
    return {
      'item.open': () => {
        const name = nameOf(this.list.current);
        if (name !== undefined) host.open(new TagsScreen(host, name, registry));
      },
      'item.copy': () => {
        const name = nameOf(this.list.current);
        if (name !== undefined) host.copy(name);
      },
      'image.pull': () => pullImage(host, nameOf(this.list.current) ?? `${registry}/`),
      'registry.open': () => host.askRegistry(`${registry}/`),
      'registry.login': () => logIn(host, registry, () => void this.read()),
    };
  }

  keyContext(): KeyContext {
    return {
      scope: 'registry',
      facts: {
        item: this.list.current !== undefined,
        image: false,
        'another-marked': false,
        'two-marked': false,
        'writable-store': !this.host.services.system.readOnly,
        matches: this.list.hasMatches,
      },
    };
  }

  protected act(action: ActionId): void {
    this.handlers[action]?.();
  }

  view(viewport: Viewport): ScreenView {
    const { theme } = viewport;
    const count = this.repositories?.length;
    const panes = listPanes(
      {
        id: 'repositories',
        title: `Repositories of ${safeText(this.registry)}`,
        list: this.list,
        heading: (width) => theme.muted(fit(' NAME', width)),
        row: (name, { width, isCurrent }) =>
          isCurrent
            ? theme.selection(fit(GUTTER + safeText(name), width))
            : fit(GUTTER_NONE + safeText(name), width),
        empty: (width) => this.emptyRows(width, theme),
        details: () => [],
      },
      viewport,
    );
    const summary = count === undefined ? '' : `${count} repositor${count === 1 ? 'y' : 'ies'}`;
    return { crumbs: ['images', safeText(this.registry)], summary, panes };
  }

  private emptyRows(width: number, theme: Viewport['theme']): string[] {
    const { problem, repositories, list, registry } = this;
    const key = this.host.keyLabel('registry.open') ?? 'the palette';
    const reading = repositories ? undefined : `asking ${safeText(registry)} …`;
    const advice = [
      'These are the repositories of a registry. It has none, or tells of none.',
      '',
      `${key}  asks for the tags of a repository by its name`,
    ];
    const rows = emptyListRows(
      { problem, reading, filterText: list.filterText, none: 'No repository', advice },
      width,
      theme,
    );
    return problem === undefined ? rows : [...rows, '', `  ${key}  asks for a repository by its name`];
  }

  close(): void {
    this.closing.abort();
  }
}
