// The images of the store, as a list or as a tree of shared layers: the first screen.
import type { ImageSummary, SampleSummary } from '../../../app/services.ts';
import type { ActionId } from '../../keymap/actions.ts';
import type { KeyContext } from '../../keymap/resolve.ts';
import type { Host, ScreenView, Viewport } from '../../screen.ts';
import { ListPart } from '../list/list-part.ts';
import { ListScreen } from '../list/list-screen.ts';
import { ReadAgain } from '../list/read-again.ts';
import { ImagesActions } from './images-actions.ts';
import { type ImageLine, type ImageOrder, listLines, orderImages } from './image-list.ts';
import { imageTree, type TreeLine, treeLines } from './image-tree.ts';
import { imagesView } from './images-view.ts';

export type ImageRow = ImageLine | TreeLine;

export class ImagesScreen extends ListScreen<ImageRow> {
  protected readonly paneId = 'images';
  /** Undefined until the store was read. */
  images: readonly ImageSummary[] | undefined;
  samples: readonly SampleSummary[] = [];
  problem: unknown;
  asTree = false;
  order: ImageOrder = 'created';
  reversed = false;
  withDetails = false;
  /** Marks are digests of images. */
  readonly list = new ListPart<ImageRow>(({ key }) => key);
  private readonly collapsed = new Set<string>();
  private readonly actions: ImagesActions;
  private readonly unwatch: () => void;
  private readonly reader = new ReadAgain(() => this.read());

  constructor(host: Host) {
    super(host);
    this.actions = new ImagesActions(this);
    this.unwatch = host.services.images.watch(() => void this.reader.now());
    void this.reader.now();
  }

  private async read(): Promise<void> {
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

  arrange(): void {
    this.list.keepMarks(new Set<string>(this.images?.map(({ digest }) => digest)));
    const images = orderImages(this.images ?? [], this.order, this.reversed).filter(({ names, id }) =>
      this.list.isFound([...names, id], id),
    );
    const isFiltered = this.list.filterText !== undefined;
    const lines = this.asTree
      ? treeLines(imageTree(images), (one) => this.collapsed.has(one) && !isFiltered)
      : listLines(images);
    this.list.show(lines);
  }

  // ------------------------------------------------------------------ moving

  get selectedRow(): ImageRow | undefined {
    return this.list.current;
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

  /** Two marked images in the order of marking, or the one that is marked and the one under the cursor. */
  get pair(): readonly [ImageSummary, ImageSummary] | undefined {
    const marked = [...this.list.marked].flatMap(
      (digest) => this.images?.find((image) => image.digest === digest) ?? [],
    );
    const [first, second = this.selected] = marked;
    return marked.length <= 2 && first && second && first !== second ? [first, second] : undefined;
  }

  setCollapsed(collapsed: boolean): void {
    const row = this.selectedRow;
    if (!row || !('node' in row)) return;
    const key = row.image === undefined ? row.key : row.key.slice(0, row.key.indexOf(' '));
    if (collapsed) this.collapsed.add(key);
    else this.collapsed.delete(key);
    this.arrange();
    if (collapsed) this.list.moveTo(this.list.rows.findIndex((one) => one.key === key));
  }

  setAllCollapsed(collapsed: boolean): void {
    this.collapsed.clear();
    if (collapsed) for (const row of this.list.rows) if ('node' in row) this.collapsed.add(row.key);
    this.arrange();
  }

  // -------------------------------------------------------------------- keys

  keyContext(): KeyContext {
    const image = this.selected !== undefined || this.list.marked.size > 0;
    return {
      scope: 'images',
      facts: {
        item: this.selectedRow !== undefined,
        image,
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
    return imagesView(this, viewport);
  }

  close(): void {
    this.reader.close();
    this.unwatch();
  }
}
