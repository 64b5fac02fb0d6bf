// The stack pane's state: the rows of history, newest on top, with dividers where an image of the store ends. A build
// may have more rows than are shown yet, and one that is being made.
import type { DeadReport } from '../../../analysis/dead.ts';
import { sumOf } from '../../../analysis/dead.ts';
import type { ExploredImage } from '../../../app/services.ts';
import type { StackRow } from '../../../oci/history.ts';
import type { LayerTree } from '../../../tree/layer-tree.ts';
import { LIST_START, type ListPlace, pageBy, placeAt } from '../../list-place.ts';
import type { LayerFigures, StackLine } from '../../present/stack-rows.ts';

export class LayersPane {
  readonly image: ExploredImage;
  /** By layer, as they come in. */
  readonly trees: (LayerTree | undefined)[];
  dead: DeadReport | undefined;
  showMetadata = true;
  lines: readonly StackLine[] = [];
  place: ListPlace = LIST_START;
  height = 20;
  /** Rows of history that are shown, from the base. */
  private count: number;
  private pending: string | undefined;

  /** `before` is the pane whose place it takes. */
  constructor(image: ExploredImage, before?: LayersPane) {
    this.image = image;
    this.trees = image.trees.map(() => undefined);
    this.count = image.rows.length;
    this.showMetadata = before?.showMetadata ?? true;
    this.height = before?.height ?? 20;
    this.refresh();
    if (!this.selectLayer(image.trees.length - 1)) this.moveTo(0);
  }

  /** The figures have changed, or what is shown has; the cursor stays on its row. */
  refresh(): void {
    const row = this.selected;
    this.lines = this.makeLines();
    if (row) this.select(row);
  }

  /** The first rows of history alone, the cursor on the newest; `pending`, safe to show, is being made on top. */
  showRows(count: number, pending: string | undefined): void {
    if (count === this.count && pending === this.pending) return;
    const isSame = count === this.count;
    this.count = count;
    this.pending = pending;
    this.refresh();
    if (!isSame) this.selectNewest();
  }

  /** The newest row, also one without a layer. */
  selectNewest(): void {
    this.moveTo(0);
  }

  private get rows(): readonly StackRow[] {
    return this.image.rows.slice(0, this.count);
  }

  toggleMetadata(): void {
    this.showMetadata = !this.showMetadata;
    this.refresh();
  }

  private makeLines(): StackLine[] {
    const lines: StackLine[] = this.pending === undefined ? [] : [{ kind: 'pending', text: this.pending }];
    for (const row of this.rows.toReversed()) {
      if (row.layer === undefined && !this.showMetadata) continue;
      const base = this.image.bases.find(({ layer }) => layer === row.layer);
      if (base) lines.push({ kind: 'divider', name: base.name });
      lines.push({
        kind: 'row',
        row,
        figures: row.layer === undefined ? undefined : this.figures(row.layer),
      });
    }
    return lines;
  }

  private figures(layer: number): LayerFigures {
    const info = this.image.layers[layer];
    const dead = this.dead?.byLayer[layer];
    return {
      contentBytes: this.trees[layer]?.facts.contentBytes,
      // A container's own layer is stored nowhere.
      compressedBytes: info?.compressedBytes ?? 0,
      deadBytes: dead ? sumOf(dead) : 0,
      sharedWith: info?.sharedWith ?? 0,
      isLive: info === undefined,
    };
  }

  get maxBytes(): number {
    return this.trees.reduce((max, tree) => Math.max(max, tree?.facts.contentBytes ?? 0), 0);
  }

  // ------------------------------------------------------------------ moving

  get selected(): StackRow | undefined {
    const line = this.lines[this.place.cursor];
    return line?.kind === 'row' ? line.row : undefined;
  }

  /** The layer that the selected row made; undefined for a metadata-only instruction. */
  get selectedLayer(): number | undefined {
    return this.selected?.layer;
  }

  /** The newest layer at or below the selected row; -1 below all of them. */
  get upto(): number {
    const below = this.rows.slice(0, (this.selected?.index ?? this.count) + 1);
    return below.reduce((upto, { layer }) => layer ?? upto, -1);
  }

  moveTo(line: number): void {
    const isRow = this.lines[line] === undefined || this.lines[line].kind === 'row';
    const target = isRow ? line : line + Math.sign(line - this.place.cursor || 1);
    // What is being made on top cannot be looked at yet.
    const first = this.pending === undefined ? 0 : 1;
    this.place = placeAt(this.place, Math.max(first, target), this.lines.length, this.height);
  }

  moveBy(lines: number): void {
    const target = Math.max(0, Math.min(this.place.cursor + lines, this.lines.length - 1));
    this.moveTo(target);
  }

  pageBy(lines: number): void {
    this.place = pageBy(this.place, lines, this.lines.length, this.height);
    if (this.lines[this.place.cursor]?.kind !== 'row') this.moveBy(Math.sign(lines) || 1);
  }

  resize(height: number): void {
    if (height === this.height) return;
    this.height = height;
    this.place = placeAt(this.place, this.place.cursor, this.lines.length, height);
  }

  /** 1 towards the newest, -1 towards the base; rows without a layer are passed over. False at the end. */
  stepLayer(direction: 1 | -1): boolean {
    const from = this.selected?.index ?? 0;
    const { rows } = this;
    for (let index = from + direction; index >= 0 && index < rows.length; index += direction) {
      if (rows[index]!.layer !== undefined) return this.select(rows[index]!);
    }
    return false;
  }

  selectLayer(layer: number): boolean {
    const row = this.rows.find((one) => one.layer === layer);
    return row !== undefined && this.select(row);
  }

  private select(row: StackRow): boolean {
    const exact = this.lines.findIndex((line) => line.kind === 'row' && line.row.index === row.index);
    const nearest = this.lines.findIndex((line) => line.kind === 'row' && line.row.index < row.index);
    const line = exact >= 0 ? exact : nearest;
    if (line < 0) return false;
    this.place = placeAt(this.place, line, this.lines.length, this.height);
    return true;
  }
}
