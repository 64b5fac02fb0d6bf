// Two stacks compared: the layers that they share, the files, settings and packages that differ.
import type { ConfigDifference } from '../../../analysis/compare-config.ts';
import type { PackageDifference } from '../../../analysis/compare-packages.ts';
import { type Comparison, compareStacks } from '../../../analysis/compare.ts';
import type { ExploredImage } from '../../../app/services.ts';
import type { Status } from '../../../tree/stack-index.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { ScrollPane } from '../list/scroll-pane.ts';
import { ListPart } from '../list/list-part.ts';
import type { StackSource } from '../stack/stack-source.ts';
import { CompareActions } from './compare-actions.ts';
import { compareView } from './compare-view.ts';
import { ComparedFiles, type ComparedFileRow, type ComparedOrder } from './file-list.ts';
import { type ComparedLayerRow, layerList } from './layer-list.ts';

export const COMPARE_PANES = ['layers', 'files', 'details', 'config', 'packages'] as const;
export type CompareFocus = (typeof COMPARE_PANES)[number];

export type ComparePhase =
  | { readonly kind: 'opening' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'ready'; readonly comparison: Comparison; readonly files: ComparedFiles }
  | { readonly kind: 'failed'; readonly error: unknown };

export class CompareScreen implements Screen {
  readonly host: Host;
  readonly sources: readonly [a: StackSource, b: StackSource];
  phase: ComparePhase = { kind: 'opening' };
  images: readonly [a: ExploredImage, b: ExploredImage] | undefined;
  readonly layers = new ListPart<ComparedLayerRow>((row) =>
    row.kind === 'heading' ? row.text : `${row.a} ${row.b}`,
  );
  readonly files = new ListPart<ComparedFileRow>(({ index }) => String(index));
  readonly config = new ListPart<ConfigDifference>(({ field }) => field);
  readonly packages = new ListPart<PackageDifference>(({ kind, name, a, b }) =>
    [kind, name, a, b].join('\0'),
  );
  readonly details = new ScrollPane({ fromEnd: false });
  withDetails = false;
  zoomed = false;
  order: ComparedOrder = 'name';
  reversed = false;
  shown: readonly boolean[] = [true, true, true, true];
  withTimes = false;
  readonly open = new Set<number>();
  /** Where the keys go, and what the details are about. */
  private focused: CompareFocus = 'files';
  private about: Exclude<CompareFocus, 'details'> = 'files';
  private readonly actions: CompareActions;
  private readonly closing = new AbortController();
  private readonly opened: ExploredImage[] = [];

  constructor(host: Host, sources: readonly [a: StackSource, b: StackSource]) {
    this.host = host;
    this.sources = sources;
    this.actions = new CompareActions(this);
    void this.read();
  }

  // ----------------------------------------------------------------- reading

  private async read(): Promise<void> {
    const { signal } = this.closing;
    try {
      const [a, b] = await Promise.all([this.openOne(0), this.openOne(1)]);
      this.images = [a, b];
      this.phase = { kind: 'reading' };
      this.host.changed();
      const pause = (): Promise<void> => this.host.turn();
      const comparison = await compareStacks({ image: a }, { image: b }, { signal, pause });
      this.got(comparison);
    } catch (error) {
      if (signal.aborted) return;
      this.phase = { kind: 'failed', error };
      this.host.changed();
    }
  }

  private async openOne(side: 0 | 1): Promise<ExploredImage> {
    const image = await this.sources[side].open!();
    this.opened.push(image);
    if (this.closing.signal.aborted) void image.close().catch(ignore);
    return image;
  }

  private got(comparison: Comparison): void {
    if (this.closing.signal.aborted) return;
    this.phase = { kind: 'ready', comparison, files: new ComparedFiles(comparison.files) };
    this.arrange();
    this.host.changed();
  }

  /** Works out the rows again; the cursor of each list stays on its row. */
  arrange(): void {
    if (this.phase.kind !== 'ready') return;
    const { comparison, files } = this.phase;
    const filter = this.files.filterText?.toLowerCase();
    const { shown, withTimes, order, reversed, open } = this;
    this.files.show(files.rows({ shown, withTimes, filter, order, reversed, open }));
    this.layers.show(layerList(comparison.layers, this.sources[0].title, this.sources[1].title));
    const isFound = (text: string): boolean => filter === undefined || text.toLowerCase().includes(filter);
    this.config.show(comparison.config.filter(({ field }) => isFound(field)));
    this.packages.show(comparison.packages.filter(({ name }) => isFound(name)));
  }

  // ------------------------------------------------------------------- panes

  get focus(): CompareFocus {
    return this.focused;
  }

  set focus(pane: CompareFocus) {
    this.focused = pane;
    if (pane === 'details') this.withDetails = true;
    else this.about = pane;
    this.details.reset();
  }

  get subject(): Exclude<CompareFocus, 'details'> {
    return this.about;
  }

  /** Those that can be gone to. */
  get panes(): readonly CompareFocus[] {
    return COMPARE_PANES.filter((pane) => pane !== 'details' || this.withDetails);
  }

  /** What the keys move in; of the details, what they are about. */
  get list(): ListPart<unknown> {
    return this[this.subject] as ListPart<unknown>;
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const isReady = this.phase.kind === 'ready';
    return {
      scope: 'comparison',
      facts: {
        item: isReady && this.list.current !== undefined,
        index: isReady,
        filter: isReady,
        matches: this.list.hasMatches,
      },
    };
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  toggle(status: Status): void {
    this.shown = this.shown.map((shown, at) => (at === status ? !shown : shown));
    this.arrange();
  }

  pick(pane: string, row: number): void {
    const found = COMPARE_PANES.find((one) => one === pane);
    if (found === undefined) return;
    this.focus = found;
    if (found !== 'details') this.list.pick(row);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'details') this.details.moveBy(rows);
    else if (pane !== 'message') (this[pane as typeof this.about] as ListPart<unknown>).moveBy(rows);
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.zoomed) {
      this.zoomed = false;
      return true;
    }
    const step = this.files.stepBack();
    if (step !== undefined) this.arrange();
    return step !== undefined;
  }

  filter(text: string | undefined): void {
    for (const list of [this.files, this.config, this.packages]) list.setFilter(text);
    this.arrange();
    this.host.changed();
  }

  get filterText(): string | undefined {
    return this.files.filterText;
  }

  view(viewport: Viewport): ScreenView {
    return compareView(this, viewport);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.opened.map((image) => image.close()));
  }
}

function ignore(): void {}
