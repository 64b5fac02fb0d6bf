// The file pane's state: which paths of the stack are shown, what is open, where the cursor stands. The cursor belongs
// to a path: when the layer changes under it, it stays there, or waits on the nearest directory until the path is back.
import { indexOfNode } from '../../../tree/sorted-nodes.ts';
import type { SquashView } from '../../../tree/squash-view.ts';
import { type StackIndex, Status } from '../../../tree/stack-index.ts';
import { LIST_START, type ListPlace, pageBy, placeAt } from '../../list-place.ts';
import { FileFacts } from './file-facts.ts';
import type { FileLens } from './file-lens.ts';
import { type ChildOrder, childrenByWeight } from './file-order.ts';
import { OpenDirectories } from './open-directories.ts';
import {
  type Expansion,
  type FileMode,
  type FileOrder,
  type FileQuery,
  type FileRows,
  comfortableDepth,
  countFound,
  flatRowsByPath,
  flatRowsByWeight,
  hasShownChildren,
  pathDepths,
  shownMask,
  treeRows,
} from './file-rows.ts';

const ALL_SHOWN: FileQuery['shown'] = [true, true, true, true];

/** What is said of a path beside its status. */
export interface PathNotes {
  readonly layer: number;
  noteOf(node: number): string | undefined;
}

/** The pane of an earlier moment, whose paths keep what was done to them. */
export interface FilesBefore {
  readonly before: FilesPane;
  readonly matches: Int32Array | undefined;
  /** The layer to show now; by default the same one. */
  readonly layer?: number;
}

export class FilesPane {
  facts: FileFacts;
  readonly depths: Uint16Array;
  mode: FileMode = 'changes';
  order: FileOrder = 'name';
  reversed = false;
  shown = ALL_SHOWN;
  matches: Int32Array | undefined;
  /** Of the matches, those that are shown in this mode at this layer. */
  foundCount = 0;
  place: ListPlace = LIST_START;
  rows!: FileRows;
  /** Rows on screen; the layout sets it. */
  height = 20;
  private mask!: Uint8Array;
  private readonly directories: OpenDirectories;
  /** The path that the cursor belongs to, also while it is not shown. */
  private wanted = 0;

  notes: PathNotes | undefined;

  constructor(view: SquashView, earlier?: FilesBefore) {
    this.facts = new FileFacts(view, earlier?.layer ?? earlier?.before.lens.layer ?? view.upto);
    this.depths = pathDepths(view.stack);
    this.directories = new OpenDirectories(() => this.stack);
    if (earlier) this.takeOver(earlier);
    this.rebuild();
  }

  private takeOver({ before, matches }: FilesBefore): void {
    this.mode = before.mode;
    this.order = before.order;
    this.reversed = before.reversed;
    this.shown = before.shown;
    this.place = before.place;
    this.height = before.height;
    this.matches = matches;
    this.directories.takeOver(before.directories);
    // Of a path that is not there any more, the nearest directory that still is.
    for (let at = before.wanted; at > 0 && this.wanted <= 0; at = before.stack.parent[at]!)
      this.wanted = Math.max(0, this.stack.find(before.stack.pathBytes(at)));
  }

  /** Beside the status of a path at the layer that is shown. */
  noteOf(node: number): string | undefined {
    return this.notes?.layer === this.lens.layer ? this.notes.noteOf(node) : undefined;
  }

  get stack(): StackIndex {
    return this.facts.stack;
  }

  get view(): SquashView {
    return this.facts.view;
  }

  get lens(): FileLens {
    return this.facts.lens;
  }

  /** The same paths with contents compared: numbers stay, reasons get better. */
  replaceView(view: SquashView): void {
    view.moveTo(this.view.upto);
    this.facts = new FileFacts(view, this.lens.layer, this.lens.since);
    this.rebuild();
  }

  /** `upto` for the squashed view; `layer` -1 where a row has no changes of its own; `since` see `FileLens`. */
  showLayer(upto: number, layer: number, since?: number): void {
    if (this.facts.show(upto, layer, since)) this.rebuild();
  }

  setMode(mode: FileMode): void {
    if (mode === 'flat' && this.mode !== 'flat') this.order = 'size';
    if (mode !== 'flat' && this.mode === 'flat') this.order = 'name';
    this.mode = mode;
    this.rebuild();
  }

  toggle(status: Status): void {
    const shown = [...this.shown] as [boolean, boolean, boolean, boolean];
    shown[status] = !shown[status];
    this.shown = shown;
    this.rebuild();
  }

  nextOrder(): void {
    this.order = this.order === 'name' ? 'size' : 'name';
    this.reversed = false;
    this.rebuild();
  }

  reverse(): void {
    this.reversed = !this.reversed;
    this.rebuild();
  }

  setMatches(matches: Int32Array | undefined): void {
    this.matches = matches;
    this.rebuild();
    if (!matches) return;
    // What was found is where the cursor belongs from now on, also after the filter.
    if (this.matchRow(this.place.cursor) < 0) this.nextMatch(1);
    else this.wanted = this.selected!;
  }

  // ------------------------------------------------------------------- rows

  private rebuild(): void {
    this.mask = shownMask(this.view, this.lens, this);
    this.foundCount = this.matches ? countFound(this.mask, this.matches) : 0;
    this.directories.depth = this.matches
      ? Number.POSITIVE_INFINITY
      : comfortableDepth(this.mask, this.depths);
    this.arrange();
  }

  private arrange(): void {
    this.rows = this.mode === 'flat' ? this.flat() : this.tree(this.directories.around(this.wanted));
    this.follow();
  }

  private tree(expansion: Expansion): FileRows {
    return treeRows(this.stack, this.mask, this.depths, expansion, this.childOrder());
  }

  private childOrder(): ChildOrder | 'reversed' | undefined {
    if (this.order === 'size')
      return childrenByWeight(this.stack, this.mask, this.facts.weights(this.mode), this.reversed);
    return this.reversed ? 'reversed' : undefined;
  }

  private flat(): FileRows {
    if (this.order === 'size')
      return flatRowsByWeight(this.mask, this.facts.weights(this.mode), this.reversed);
    const rows = flatRowsByPath(this.stack, this.mask, this.depths);
    if (this.reversed) rows.nodes.reverse();
    return rows;
  }

  /** Puts the cursor on the wanted path, or on its nearest shown directory, where it stood on the screen. */
  private follow(): void {
    const { nodes } = this.rows;
    const above = this.place.cursor - this.place.top;
    for (let at = this.wanted; at > 0; at = this.stack.parent[at]!) {
      const row = nodes.indexOf(at);
      if (row < 0) continue;
      this.place = { cursor: row, top: Math.max(0, row - above) };
      return this.put(row);
    }
    this.put(Math.min(this.place.cursor, nodes.length - 1));
  }

  private put(row: number): void {
    this.place = placeAt(this.place, row, this.rows.nodes.length, this.height);
  }

  // ------------------------------------------------------------------ moving

  get selected(): number | undefined {
    return this.rows.nodes[this.place.cursor];
  }

  moveTo(row: number): void {
    this.put(row);
    this.wanted = this.selected ?? this.wanted;
  }

  moveBy(rows: number): void {
    this.moveTo(this.place.cursor + rows);
  }

  pageBy(rows: number): void {
    this.place = pageBy(this.place, rows, this.rows.nodes.length, this.height);
    this.wanted = this.selected ?? this.wanted;
  }

  /** Goes to a path, opening what hides it. False when it is not shown at all. */
  reveal(node: number): boolean {
    if (this.mask[node] === 0) return false;
    this.wanted = node;
    this.directories.openTo(node);
    this.arrange();
    return this.selected === node;
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.put(this.place.cursor);
  }

  // ------------------------------------------------------------ open and close

  isDirectoryRow(row: number): boolean {
    const node = this.rows.nodes[row];
    return node !== undefined && hasShownChildren(this.mask, node);
  }

  /** True when there was something to open. */
  open(): boolean {
    return this.setOpen(true);
  }

  close(): boolean {
    return this.setOpen(false);
  }

  private setOpen(open: boolean): boolean {
    const node = this.selected;
    if (this.mode === 'flat' || node === undefined || !this.isDirectoryRow(this.place.cursor)) return false;
    if (!this.directories.set(node, this.depths[node]!, open)) return false;
    this.arrange();
    return true;
  }

  toParent(): void {
    const node = this.selected;
    const row = node === undefined ? -1 : this.rows.nodes.indexOf(this.stack.parent[node]!);
    if (row >= 0) this.moveTo(row);
  }

  openAllBelow(): void {
    if (this.selected === undefined) return;
    this.directories.openAllBelow(this.selected, this.mask);
    this.arrange();
  }

  closeAll(): void {
    this.directories.closeAll();
    let top = this.selected ?? 0;
    while (top > 0 && this.stack.parent[top]! > 0) top = this.stack.parent[top]!;
    this.wanted = top;
    this.arrange();
  }

  // ------------------------------------------------------- changes and matches

  /** The next path that the layer changed, in the order of display, closed directories included. */
  nextChange(direction: 1 | -1): boolean {
    return this.seek(direction, (node) => this.lens.touched[node]! > Status.unchanged + 1);
  }

  nextMatch(direction: 1 | -1): boolean {
    return this.seek(direction, (node) => this.matchOf(node) >= 0);
  }

  matchRow(row: number): number {
    const node = this.rows.nodes[row];
    return node === undefined ? -1 : this.matchOf(node);
  }

  /** Index of a path among the matches, or -1. */
  matchOf(node: number): number {
    return this.matches ? indexOfNode(this.matches, node) : -1;
  }

  private seek(direction: 1 | -1, isWanted: (node: number) => boolean): boolean {
    const { nodes } = this.everyRow();
    const from = this.selected === undefined ? -1 : nodes.indexOf(this.selected);
    for (let step = 1; step <= nodes.length; step++) {
      const node = nodes[(from + direction * step + nodes.length * 2) % nodes.length]!;
      if (isWanted(node)) return this.reveal(node);
    }
    return false;
  }

  private everyRow(): FileRows {
    return this.mode === 'flat' ? this.rows : this.tree(this.directories.everything());
  }

  /** Bytes to show for a row. */
  bytesOf(node: number): number {
    return this.facts.bytesOf(node, this.mode);
  }
}
