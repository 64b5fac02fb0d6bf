// The images of the store, as a list or as a tree of shared layers: the first screen.
import type { ImageSummary, SampleSummary } from '../../../app/services.ts';
import { type ListPlace, LIST_START, placeAt } from '../../list-place.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, Screen, ScreenView, Viewport } from '../../screen.ts';
import { ImagesActions } from './images-actions.ts';
import { type ImageLine, type ImageOrder, listLines, orderImages } from './image-list.ts';
import { imageTree, type TreeLine, treeLines } from './image-tree.ts';
import { HEADING_ROWS, imagesView } from './images-view.ts';

export type ImageRow = ImageLine | TreeLine;

export class ImagesScreen implements Screen {
  readonly host: Host;
  /** Undefined until the store was read. */
  images: readonly ImageSummary[] | undefined;
  samples: readonly SampleSummary[] = [];
  problem: unknown;
  asTree = false;
  order: ImageOrder = 'created';
  reversed = false;
  withDetails = false;
  place: ListPlace = LIST_START;
  height = 20;
  /** Digests of marked images. */
  readonly marked = new Set<string>();
  rows: readonly ImageRow[] = [];
  private readonly collapsed = new Set<string>();
  private text: string | undefined;
  private readonly actions: ImagesActions;
  private readonly unwatch: () => void;
  private reading = false;
  private stale = false;

  constructor(host: Host) {
    this.host = host;
    this.actions = new ImagesActions(this);
    this.unwatch = host.services.images.watch(() => void this.read());
    void this.read();
  }

  /** Changes that come while the store is being read are read after it. */
  async read(): Promise<void> {
    this.stale = true;
    if (this.reading) return;
    this.reading = true;
    while (this.stale) {
      this.stale = false;
      await this.readOnce();
    }
    this.reading = false;
  }

  private async readOnce(): Promise<void> {
    const { services } = this.host;
    try {
      [this.images, this.samples] = await Promise.all([services.images.list(), services.samples.list()]);
      this.problem = undefined;
    } catch (error) {
      this.problem = error;
    }
    this.arrange();
    this.host.changed();
  }

  /** Works out the rows again; the cursor stays on its row. */
  arrange(): void {
    const key = this.selectedRow?.key;
    const there = new Set<string>(this.images?.map(({ digest }) => digest));
    for (const digest of this.marked) if (!there.has(digest)) this.marked.delete(digest);
    const images = orderImages(this.images ?? [], this.order, this.reversed).filter((image) =>
      this.isFound(image),
    );
    this.rows = this.asTree
      ? treeLines(imageTree(images), (one) => this.collapsed.has(one) && this.text === undefined)
      : listLines(images);
    const found = this.rows.findIndex((row) => row.key === key);
    this.moveTo(found >= 0 ? found : this.place.cursor);
  }

  private isFound({ names, id }: ImageSummary): boolean {
    if (this.text === undefined) return true;
    const wanted = this.text.toLowerCase();
    return id.includes(wanted) || names.some((name) => name.toLowerCase().includes(wanted));
  }

  // ------------------------------------------------------------------ moving

  get selectedRow(): ImageRow | undefined {
    return this.rows[this.place.cursor];
  }

  /** A line of the tree that stands for layers alone has no image. */
  get selected(): ImageSummary | undefined {
    return this.selectedRow?.image;
  }

  /** How the row under the cursor is asked for: by its own name where it has one. */
  get selectedName(): string | undefined {
    const row = this.selectedRow;
    if (!row?.image) return undefined;
    return ('name' in row ? row.name : undefined) ?? row.image.names[0] ?? row.image.id;
  }

  moveTo(row: number): void {
    this.place = placeAt(this.place, row, this.rows.length, this.height);
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.moveTo(this.place.cursor);
  }

  setCollapsed(collapsed: boolean): void {
    const row = this.selectedRow;
    if (!row || !('node' in row)) return;
    const key = row.image === undefined ? row.key : row.key.slice(0, row.key.indexOf(' '));
    if (collapsed) this.collapsed.add(key);
    else this.collapsed.delete(key);
    this.arrange();
    if (collapsed) this.moveTo(this.rows.findIndex((one) => one.key === key));
  }

  setAllCollapsed(collapsed: boolean): void {
    this.collapsed.clear();
    if (collapsed) for (const row of this.rows) if ('node' in row) this.collapsed.add(row.key);
    this.arrange();
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const image = this.selected !== undefined || this.marked.size > 0;
    return {
      scope: 'images',
      facts: {
        item: this.selectedRow !== undefined,
        image,
        'writable-store': !this.host.services.system.readOnly,
        matches: this.text !== undefined && this.rows.length > 0,
      },
    };
  }

  perform(action: ActionId): void {
    this.actions.perform(action);
    this.host.changed();
  }

  pick(pane: string, row: number): void {
    const line = this.place.top + row - HEADING_ROWS;
    if (pane !== 'images' || row < HEADING_ROWS || line >= this.rows.length) return;
    this.moveTo(line);
    this.host.changed();
  }

  wheel(pane: string, rows: number): void {
    if (pane === 'images') this.moveTo(this.place.cursor + rows);
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

  view(viewport: Viewport): ScreenView {
    return imagesView(this, viewport);
  }

  close(): void {
    this.unwatch();
  }
}
