// What of an image is wasted: dead bytes by cause, by instruction and by path, duplicates, advice, and what the image
// would weigh if it were built otherwise. First answers come of what is indexed, exact ones when contents were compared.
import type { Duplicate } from '../../../analysis/duplicates.ts';
import type { ExploredImage, IndexProgress } from '../../../app/services.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { ScrollPane } from '../list/scroll-pane.ts';
import { ListPart } from '../list/list-part.ts';
import { type StackSource, lent } from '../stack/stack-source.ts';
import { BloatActions } from './bloat-actions.ts';
import { bloatKeyContext } from './bloat-keys.ts';
import { bloatView } from './bloat-view.ts';
import {
  BLOAT_PANES,
  type BloatFigures,
  type BloatFocus,
  type BloatPhase,
  type BloatSubject,
  type Exactness,
} from './bloat-phase.ts';
import { type DeadFileOrder, type DeadFileRow, DeadFiles } from './dead-files.ts';
import { PathFilter } from './path-filter.ts';
import { type WasteLine, type WasteOrder, chosenDeaths, wasteKey, wasteLines } from './waste-list.ts';
import {
  type AdviceLine,
  type WhatIf,
  adviceKey,
  adviceLines,
  markedWhatIfs,
  whatIfs,
} from './what-if-list.ts';

export class BloatScreen implements Screen {
  readonly host: Host;
  readonly source: StackSource;
  phase: BloatPhase = { kind: 'opening' };
  exactness: Exactness = { kind: 'comparing', progress: undefined };
  image: ExploredImage | undefined;
  /** What is dead of what is chosen. */
  dead: DeadFiles | undefined;
  readonly layers = new ListPart<WasteLine>(wasteKey);
  readonly files = new ListPart<DeadFileRow>(({ node }) => String(node));
  readonly advice = new ListPart<AdviceLine>(adviceKey);
  readonly duplicates = new ListPart<Duplicate>(({ sha256 }) => sha256);
  readonly details = new ScrollPane({ fromEnd: false });
  readonly search = new PathFilter(() => this.choose());
  order: WasteOrder = 'dead';
  fileOrder: DeadFileOrder = 'size';
  flat = false;
  withDetails = false;
  zoomed = false;
  /** Directories that were opened or closed by hand. */
  readonly byHand = new Map<number, boolean>();
  private focused: BloatFocus = 'layers';
  private about: BloatSubject = 'layers';
  private readonly actions: BloatActions;
  private readonly closing = new AbortController();

  constructor(host: Host, source: StackSource) {
    this.host = host;
    this.source = source;
    this.actions = new BloatActions(this);
    void this.read();
  }

  // ----------------------------------------------------------------- reading

  private async read(): Promise<void> {
    const { signal } = this.closing;
    let unsubscribe = (): void => {};
    try {
      const image = await this.source.open!();
      if (signal.aborted) {
        this.giveBack(image);
        return;
      }
      this.image = image;
      this.phase = { kind: 'reading', progress: undefined };
      unsubscribe = image.onProgress((progress) => this.gotProgress(progress));
      this.host.changed();
      await this.analyzeTwice(image);
    } catch (error) {
      if (signal.aborted) return;
      if (this.phase.kind === 'ready') this.exactness = { kind: 'failed', error };
      else this.phase = { kind: 'failed', error };
      this.host.changed();
    } finally {
      unsubscribe();
    }
  }

  private gotProgress(progress: IndexProgress): void {
    if (this.phase.kind === 'reading') this.phase = { kind: 'reading', progress };
    else if (this.exactness.kind === 'comparing') this.exactness = { kind: 'comparing', progress };
    this.host.changed();
  }

  private async analyzeTwice(image: ExploredImage): Promise<void> {
    const stack = await image.stack;
    this.phase = { kind: 'analyzing' };
    this.host.changed();
    await this.analyze(image, stack);
    const exact = await image.exact();
    if (exact !== stack) await this.analyze(image, exact);
    this.exactness = { kind: 'exact' };
    this.host.changed();
  }

  private async analyze(image: ExploredImage, stack: StackIndex): Promise<void> {
    const { signal } = this.closing;
    const analysis = await this.host.services.analysis.analyze(image, stack, { signal });
    const found: WhatIf[] = [];
    const base = image.bases[0] === undefined ? 0 : image.bases[0].layer + 1;
    for (const whatIf of whatIfs(stack, analysis.report, base)) {
      found.push(whatIf);
      await this.host.turn();
    }
    if (signal.aborted) return;
    this.phase = { kind: 'ready', figures: { stack, analysis, whatIfs: found } };
    this.arrange();
    this.host.changed();
  }

  get figures(): BloatFigures | undefined {
    return this.phase.kind === 'ready' ? this.phase.figures : undefined;
  }

  /** Works out all lists again; the cursor of each stays on its row. */
  arrange(): void {
    const { figures, image } = this;
    if (!figures || !image) return;
    this.layers.show(wasteLines(image.rows, figures.analysis, this.order));
    this.duplicates.show(figures.analysis.duplicates);
    this.arrangeAdvice();
    this.choose();
  }

  arrangeAdvice(): void {
    const { figures } = this;
    if (!figures) return;
    const marks = {
      layers: this.layers.rows.flatMap((line) =>
        line.kind === 'layer' && this.layers.marked.has(wasteKey(line)) ? [line.layer] : [],
      ),
      paths: Array.from(this.files.marked, Number),
    };
    const marked = markedWhatIfs(figures.stack, figures.analysis.report, marks);
    this.advice.show(adviceLines(figures.analysis.advice, figures.whatIfs, marked));
    if (isHeading(this.advice.current)) this.advice.moveBy(1);
  }

  /** The files of what the cursor of the first list is on. */
  choose(): void {
    const { figures, search } = this;
    if (!figures) return;
    const { deaths } = figures.analysis.report;
    const isChosen = chosenDeaths(this.layers.current, deaths);
    const isFound = search.matches && maskOf(search.matches, figures.stack.count);
    this.dead = new DeadFiles(
      figures.stack,
      deaths,
      isFound ? (death) => isFound[deaths.node[death]!] === 1 && isChosen(death) : isChosen,
    );
    this.arrangeFiles();
    this.host.changed();
  }

  /** Of another choice the heaviest file comes first. */
  chooseAnew(): void {
    this.choose();
    this.files.moveTo(0);
  }

  arrangeFiles(): void {
    const { dead, byHand, fileOrder } = this;
    const flat = this.flat || this.search.matches !== undefined;
    if (dead) this.files.show(dead.rows({ flat, order: fileOrder, byHand }));
  }

  // ------------------------------------------------------------------- panes

  get focus(): BloatFocus {
    return this.focused;
  }

  set focus(pane: BloatFocus) {
    this.focused = pane;
    if (pane === 'details') this.withDetails = true;
    else this.about = pane;
    this.details.reset();
  }

  get subject(): BloatSubject {
    return this.about;
  }

  /** Those that can be gone to. */
  get panes(): readonly BloatFocus[] {
    return BLOAT_PANES.filter((pane) => pane !== 'details' || this.withDetails);
  }

  /** What the keys move in; of the details, what they are about. */
  get list(): ListPart<unknown> {
    return this[this.subject] as ListPart<unknown>;
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    return bloatKeyContext(this);
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  /** After the cursor of a list was moved. */
  moved(before: unknown): void {
    this.passHeading(before);
    if (this.list.current === before) return;
    this.details.reset();
    if (this.subject === 'layers') this.chooseAnew();
  }

  /** On the way up and at the end of the list to the row above, else to the one below. */
  private passHeading(before: unknown): void {
    const { list } = this;
    if (!isHeading(list.current)) return;
    const isUp = list.rows.indexOf(before) > list.place.cursor && list.place.cursor > 0;
    list.moveBy(isUp ? -1 : 1);
  }

  pick(pane: string, row: number): void {
    const found = BLOAT_PANES.find((one) => one === pane);
    if (found === undefined) return;
    this.focus = found;
    const { current } = this.list;
    if (found !== 'details') this.list.pick(row);
    this.moved(current);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'details') this.details.moveBy(rows);
    const found = BLOAT_PANES.find((one) => one === pane);
    if (found === undefined || found === 'details') return this.host.changed();
    (this[found] as ListPart<unknown>).moveBy(rows);
    if (found === 'layers') this.chooseAnew();
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.zoomed) {
      this.zoomed = false;
      return true;
    }
    if (this.search.text !== undefined) {
      this.filter(undefined);
      return true;
    }
    if (this.layers.marked.size + this.files.marked.size === 0) return false;
    this.layers.marked.clear();
    this.files.marked.clear();
    this.arrangeAdvice();
    return true;
  }

  filter(text: string | undefined): void {
    if (text !== undefined && text !== '') this.focus = 'files';
    this.search.set(text, this.image);
    this.host.changed();
  }

  get filterText(): string | undefined {
    return this.search.text;
  }

  view(viewport: Viewport): ScreenView {
    return bloatView(this, viewport);
  }

  /** For a screen over this one: the image stays open as long as this one is. */
  get lentSource(): StackSource {
    return lent(this.source, this.image!);
  }

  close(): void {
    this.closing.abort();
    this.search.stop();
    if (this.image) this.giveBack(this.image);
  }

  private giveBack(image: ExploredImage): void {
    if (!this.source.isLent) void image.close().catch(ignore);
  }
}

function isHeading(row: unknown): boolean {
  return (row as AdviceLine | WasteLine | undefined)?.kind === 'heading';
}

function maskOf(nodes: Int32Array, count: number): Uint8Array {
  const mask = new Uint8Array(count);
  for (const node of nodes) mask[node] = 1;
  return mask;
}

function ignore(): void {}
