// One image as a stack: its layers at the left, what they hold at the right, details below. Opens while it is shown.
// A container is one as well, with a layer of its own on top that changes under the eyes of whoever looks, and so is a
// build, which shows the image at one step after the other.
import type { ExploredImage, IndexProgress } from '../../../app/services.ts';
import type { LiveTotals } from '../../../snapshot/live-change.ts';
import { safeBytes } from '../../../lib/text.ts';
import type { LiveStack } from '../../../app/container-services.ts';
import type { StackIndex } from '../../../tree/stack-index.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { FilesPane } from './files.ts';
import { type Turns, deadInTurns, preparedView } from './in-turns.ts';
import { LayersPane } from './layers.ts';
import { LiveNotes } from './live-notes.ts';
import { nextImage } from './next-image.ts';
import { StackActions } from './stack-actions.ts';
import { StackFilter } from './stack-filter.ts';
import { stackKeyContext } from './stack-keys.ts';
import type { StackSource } from './stack-source.ts';
import { stackScreenView } from './stack-view.ts';

export type StackFocus = 'layers' | 'files' | 'details';

export type StackPhase =
  | { readonly kind: 'opening' }
  | { readonly kind: 'reading'; readonly progress: IndexProgress | undefined }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown };

export class StackScreen implements Screen {
  readonly host: Host;
  readonly title: string;
  /** How it is asked for by name. */
  readonly argument: string;
  /** It has a layer on top that changes. */
  isLive: boolean;
  readonly crumb: string;
  readonly since: number | undefined;
  /** Whether one of its panes is where keys go; a screen around it may have others. */
  hasKeys = true;
  phase: StackPhase = { kind: 'opening' };
  image: ExploredImage | undefined;
  layers: LayersPane | undefined;
  files: FilesPane | undefined;
  /** Where the keys go, and what the details are about. */
  private focused: StackFocus = 'layers';
  private about: Exclude<StackFocus, 'details'> = 'layers';
  zoomed = false;
  /** There is room for one pane alone; the layout sets it. */
  isOnePane = false;
  withDetails = false;
  withAttributes = true;
  detailsTop = 0;
  /** Of a container's own layer. */
  totals: LiveTotals | undefined;
  readonly search: StackFilter;
  private readonly actions: StackActions;
  private closed = false;
  private comparing = false;
  private readonly isFed: boolean;
  private readonly isLent: boolean;
  private readonly start: StackSource['start'];

  constructor(host: Host, source: StackSource) {
    const { title, argument = title, open, live, crumb = 'images', since } = source;
    this.host = host;
    this.isLent = source.isLent === true;
    this.start = source.start;
    this.title = title;
    this.argument = argument;
    this.isLive = live === true;
    this.crumb = crumb;
    this.since = since;
    this.isFed = open === undefined;
    // How a path came into a container's layer says more than its mode.
    this.withAttributes = !this.isLive;
    this.search = new StackFilter(this);
    this.actions = new StackActions(this);
    if (open) void this.open(open);
  }

  get focus(): StackFocus {
    return this.focused;
  }

  set focus(pane: StackFocus) {
    this.focused = pane;
    if (pane === 'details') return;
    this.about = pane;
    this.detailsTop = 0;
  }

  get subject(): Exclude<StackFocus, 'details'> {
    return this.about;
  }

  // ----------------------------------------------------------------- opening

  private async open(source: () => Promise<ExploredImage>): Promise<void> {
    try {
      const image = await source();
      if (this.closed) return this.giveBack(image);
      this.image = image;
      this.layers = new LayersPane(image);
      if (this.start) this.layers.selectLayer(this.start.layer);
      this.phase = { kind: 'reading', progress: undefined };
      this.host.changed();
      await this.read(image);
    } catch (error) {
      if (this.closed) return;
      this.phase = { kind: 'failed', error };
      this.host.changed();
    }
  }

  private async read(image: ExploredImage): Promise<void> {
    const unsubscribe = image.onProgress((progress) => {
      if (this.phase.kind === 'reading') this.phase = { kind: 'reading', progress };
      this.host.changed();
    });
    image.trees.forEach((tree, layer) => void tree.then((made) => this.gotTree(layer, made), ignore));
    try {
      await this.gotStack(await image.stack);
    } finally {
      unsubscribe();
    }
  }

  private gotTree(layer: number, tree: Awaited<ExploredImage['trees'][number]>): void {
    this.layers!.trees[layer] = tree;
    this.layers!.refresh();
    this.host.changed();
  }

  private async gotStack(stack: StackIndex): Promise<void> {
    const view = await preparedView(stack, this.layers!.upto, this.turns);
    if (!view) return;
    this.files = new FilesPane(view);
    this.phase = { kind: 'ready' };
    this.followLayer();
    this.showStart();
    // A filter that was typed while the layers were read is due now.
    if (this.search.text !== undefined) this.search.set(this.search.text);
    this.host.changed();
    if (!this.isLive && !this.isFed) await this.countDead(stack);
  }

  private showStart(): void {
    const node = this.start?.node ?? 0;
    if (node > 0 && this.files!.reveal(node)) this.focus = 'files';
  }

  /** Another image in the place of the one that is shown, as soon as it was read. It is closed with the screen. */
  async replace(image: ExploredImage, isLive: boolean): Promise<void> {
    const old = this.image;
    const next = this.files && (await nextImage(this, image, this.turns).catch(closing(image)));
    if (this.files && !next) return void image.close();
    this.isLive = isLive;
    this.comparing = false;
    if (next) Object.assign(this, { image, ...next });
    else await this.open(async () => image);
    this.followLayer();
    this.host.changed();
    void old?.close().catch(ignore);
  }

  /** The next moment of a container, in the place of the one that is shown. Paths keep what was done to them. */
  async showLive(live: LiveStack): Promise<void> {
    const { layers } = this;
    if (!layers || !this.files) return;
    const view = await preparedView(live.stack, layers.upto, this.turns);
    if (!view) return;
    const matches = await this.search.matchesIn(live.stack);
    // Of a moment that has passed meanwhile nothing can be found any more; the next one is on its way.
    if (matches === 'passed' || this.closed) return;
    layers.trees[live.stack.layerCount - 1] = live.live.tree;
    layers.refresh();
    this.files = new FilesPane(view, { before: this.files, matches });
    this.files.notes = new LiveNotes(live);
    this.totals = live.totals;
    this.followLayer();
    this.host.changed();
  }

  /** Contents are compared when somebody wants to know exactly; until then equal sizes count as unknown. */
  compareContents(): void {
    if (this.comparing || this.isLive || !this.image || !this.files) return;
    this.comparing = true;
    void this.readExactly(this.image).catch((error: unknown) => {
      if (!this.closed) this.host.fail(error);
    });
  }

  private async readExactly(image: ExploredImage): Promise<void> {
    const stack = await image.exact();
    if (stack === this.files!.stack || image !== this.image) return;
    const view = await preparedView(stack, this.layers!.upto, this.turns);
    if (!view) return;
    this.files!.replaceView(view);
    this.host.changed();
    await this.countDead(stack);
  }

  private get turns(): Turns {
    return { host: this.host, isOver: () => this.closed };
  }

  private async countDead(stack: StackIndex): Promise<void> {
    const dead = await deadInTurns(stack, this.turns);
    if (!dead) return;
    this.layers!.dead = dead;
    this.layers!.refresh();
    this.host.changed();
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    return stackKeyContext(this);
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  /** The file pane follows the stack pane. */
  followLayer(): void {
    const { files, layers } = this;
    if (!files || !layers) return;
    const { since } = this;
    if (since !== undefined && layers.upto > since) files.showLayer(layers.upto, layers.upto, since);
    else files.showLayer(layers.upto, layers.selectedLayer ?? -1);
    this.detailsTop = 0;
  }

  stepLayer(direction: 1 | -1): boolean {
    const stepped = this.layers?.stepLayer(direction) ?? false;
    this.followLayer();
    return stepped;
  }

  pick(pane: string, row: number): void {
    this.focus = pane === 'layers' || pane === 'files' || pane === 'details' ? pane : this.focus;
    if (pane === 'layers') this.pickLayer(row);
    if (pane === 'files') this.pickFile(row);
    this.host.changed();
  }

  private pickLayer(row: number): void {
    const line = (this.layers?.place.top ?? 0) + row;
    if (this.layers?.lines[line]?.kind !== 'row') return;
    this.layers.moveTo(line);
    this.followLayer();
  }

  private pickFile(row: number): void {
    const line = (this.files?.place.top ?? 0) + row;
    if (this.files && line < this.files.rows.nodes.length) this.files.moveTo(line);
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'layers' && this.layers) {
      this.layers.moveBy(rows);
      this.followLayer();
    } else if (pane === 'files') this.files?.moveBy(rows);
    else this.detailsTop = Math.max(0, this.detailsTop + rows);
    this.host.changed();
  }

  stepBack(): boolean {
    if (this.search.text !== undefined) {
      this.search.clear();
      return true;
    }
    if (this.zoomed) {
      this.zoomed = false;
      return true;
    }
    if (this.focus === 'layers') return false;
    this.focus = this.focus === 'details' ? this.subject : 'layers';
    return true;
  }

  /** What a filter finds is in the file pane. */
  filter(text: string | undefined): void {
    if (text !== undefined && text !== '') this.focus = 'files';
    this.search.set(text);
  }

  get filterText(): string | undefined {
    return this.search.text;
  }

  selectedPath(): string | undefined {
    const node = this.files?.selected;
    return node === undefined ? undefined : `/${safeBytes(this.files!.stack.pathBytes(node))}`;
  }

  view(viewport: Viewport): ScreenView {
    return stackScreenView(this, viewport);
  }

  close(): void {
    this.closed = true;
    this.search.stop();
    if (this.image) this.giveBack(this.image);
  }

  private giveBack(image: ExploredImage): void {
    if (!this.isLent) void image.close().catch(ignore);
  }
}

function closing(image: ExploredImage): (error: unknown) => never {
  return (error) => {
    void image.close().catch(ignore);
    throw error;
  };
}

function ignore(): void {}
