// The tags of a repository of a registry, and what each of them points to. Nothing is pulled to tell that.
import type { OpenRepository, TagSummary } from '../../../app/registry-services.ts';
import type { ImageSummary } from '../../../app/services.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import { ListPart } from '../list/list-part.ts';
import { ListScreen } from '../list/list-screen.ts';
import { ReadAgain } from '../list/read-again.ts';
import { registryOf, withLoginKey } from '../log-in.ts';
import { TagFacts } from './tag-facts.ts';
import { TagsActions } from './tags-actions.ts';
import { tagsView } from './tags-view.ts';

export class TagsScreen extends ListScreen<string> {
  protected readonly paneId = 'tags';
  /** Familiar, without a tag. */
  readonly repository: string;
  /** Of the screen below, when it lists the registry's repositories. */
  readonly crumb: string | undefined;
  /** Undefined until they were read. */
  tags: readonly string[] | undefined;
  /** Of the store: what is here already. */
  images: readonly ImageSummary[] = [];
  problem: unknown;
  withDetails = false;
  /** Marks are tags. */
  readonly list = new ListPart<string>((tag) => tag);
  readonly facts: TagFacts;
  private opened: OpenRepository;
  private readonly actions: TagsActions;
  private readonly unwatch: () => void;
  private readonly imageReader = new ReadAgain(() => this.readImages());
  private readonly closing = new AbortController();

  constructor(host: Host, repository: string, crumb?: string) {
    super(host);
    this.repository = repository;
    this.crumb = crumb;
    this.opened = host.services.registries.openRepository(repository);
    this.actions = new TagsActions(this);
    this.facts = new TagFacts({
      ask: (tag, signal) => this.opened.describe(tag, { signal }),
      onChange: () => host.changed(),
    });
    this.unwatch = host.services.images.watch(() => void this.imageReader.now());
    void this.imageReader.now();
    void this.read();
  }

  private async read(): Promise<void> {
    const { signal } = this.closing;
    try {
      this.tags = await this.opened.tags({ signal });
      this.problem = undefined;
    } catch (error) {
      this.problem = withLoginKey(error, this.host);
    }
    if (signal.aborted) return;
    this.list.keepMarks(new Set(this.tags));
    this.arrange();
    this.host.changed();
  }

  private async readImages(): Promise<void> {
    // Without them it is only not known what is here already.
    this.images = await this.host.services.images.list().catch(() => []);
    this.host.changed();
  }

  /** With a login that was not there before. */
  readAgain(): void {
    void this.opened.close();
    this.opened = this.host.services.registries.openRepository(this.repository);
    this.facts.forgetFailed();
    void this.read();
  }

  arrange(): void {
    this.list.show((this.tags ?? []).filter((tag) => this.list.isFound([tag], tag)));
  }

  get registry(): string | undefined {
    return registryOf(this.repository);
  }

  nameOf(tag: string): string {
    return `${this.repository}:${tag}`;
  }

  get selected(): string | undefined {
    return this.list.current;
  }

  get summary(): TagSummary | undefined {
    const fact = this.selected === undefined ? undefined : this.facts.get(this.selected);
    return fact?.kind === 'known' ? fact.summary : undefined;
  }

  /** What of the store has the name of a tag. */
  ownerOf(tag: string): ImageSummary | undefined {
    const name = this.nameOf(tag);
    return this.images.find(({ names }) => names.includes(name));
  }

  /** Two marked tags in the order of marking, or the one that is marked and the one under the cursor. */
  get pair(): readonly [string, string] | undefined {
    const [first, second = this.selected, ...more] = this.list.marked;
    return first !== undefined && second !== undefined && first !== second && more.length === 0
      ? [first, second]
      : undefined;
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    return {
      scope: 'registry',
      facts: {
        item: this.selected !== undefined,
        image: this.selected !== undefined,
        'another-marked': this.pair !== undefined,
        'writable-store': !this.host.services.system.readOnly,
        matches: this.list.hasMatches,
      },
    };
  }

  protected act(action: ActionId): void {
    this.actions.perform(action);
  }

  view(viewport: Viewport): ScreenView {
    const view = tagsView(this, viewport);
    const { place, height, rows } = this.list;
    const around = rows.slice(place.top, place.top + height);
    this.facts.want(this.selected === undefined ? around : [this.selected, ...around]);
    return view;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.facts.close();
    this.imageReader.close();
    this.unwatch();
    await this.opened.close();
  }
}
