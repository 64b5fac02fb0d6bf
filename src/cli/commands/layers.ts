// phyllo layers: one row a layer, base first, with what it holds and what of it is dead.
import { type DeadBytes, deadBytes, sumOf } from '../../analysis/dead.ts';
import type { ExploredImage } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { formatCount, formatSize } from '../../lib/units.ts';
import type { StackRow } from '../../oci/history.ts';
import { SquashView } from '../../tree/squash-view.ts';
import { type StackIndex, Status } from '../../tree/stack-index.ts';
import type { Context } from '../context.ts';
import { certainStack, imageDocument } from '../explored.ts';
import { countUnchanged } from '../doubts.ts';
import { checkedTime } from '../times.ts';
import { shortened } from '../shortened.ts';
import { tableLines } from '../table.ts';

export interface LayersOptions {
  readonly json?: boolean;
  readonly platform?: string;
  readonly trunc?: boolean;
}

interface Row {
  readonly row: StackRow;
  readonly figures: LayerFigures | undefined;
}

interface LayerFigures {
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  readonly dead: DeadBytes;
}

const INSTRUCTION_LENGTH = 60;

export async function run(context: Context, args: readonly string[], options: LayersOptions): Promise<void> {
  const image = await context.open(args[0]!, options);
  // The document tells what each dead byte died of, for which contents have to be known; the table only adds up.
  const stack = options.json
    ? await certainStack(
        context,
        image,
        image.layers.map(({ index }) => index),
      )
    : await context.indexed(image, () => image.stack);
  const { byLayer } = deadBytes(stack);
  const rows = await Promise.all(
    image.rows.map(async (row): Promise<Row> => {
      const { layer } = row;
      return {
        row,
        figures: layer === undefined ? undefined : await figuresOf(image, stack, layer, byLayer[layer]!),
      };
    }),
  );
  if (options.json) return context.print(layersDocument(image, stack, rows));
  await context.out.lines(plainRows(rows, options.trunc ?? true));
  await context.out.line(totalLine(image, stack, rows));
}

async function figuresOf(
  image: ExploredImage,
  stack: StackIndex,
  layer: number,
  dead: DeadBytes,
): Promise<LayerFigures> {
  const { nodes, status } = stack.changes(layer);
  const counts = [0, 0, 0, 0];
  // The root is there before any layer.
  nodes.forEach((node, at) => node !== 0 && counts[status[at]!]!++);
  return {
    sizeBytes: stack.trees[layer]!.facts.contentBytes,
    compressedBytes: image.layers[layer]!.compressedBytes,
    added: counts[Status.added]!,
    modified: counts[Status.modified]! - (await countUnchanged(image, stack, layer)),
    removed: counts[Status.removed]!,
    dead,
  };
}

function plainRows(rows: readonly Row[], trunc: boolean): Iterable<string> {
  const number = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [
    number('LAYER'),
    number('SIZE'),
    number('COMPRESSED'),
    number('ADDED'),
    number('MODIFIED'),
    number('REMOVED'),
    number('DEAD'),
    { title: 'INSTRUCTION' },
  ];
  return tableLines(
    columns,
    rows.map(({ row, figures }) => {
      const { layer } = row;
      const instruction = safeText((row.instruction || row.comment || '(no history)').replace(/\s+/g, ' '));
      const text = trunc ? shortened(instruction, INSTRUCTION_LENGTH) : instruction;
      if (figures === undefined) return ['-', '', '', '', '', '', '', text];
      const { sizeBytes, compressedBytes, added, modified, removed, dead } = figures;
      const sizes = [sizeBytes, compressedBytes].map((bytes) => formatSize(bytes, 3));
      const counts = [added, modified, removed].map(formatCount);
      return [String(layer), ...sizes, ...counts, formatSize(sumOf(dead), 3), text];
    }),
  );
}

function totalLine(image: ExploredImage, stack: StackIndex, rows: readonly Row[]): string {
  const { size, visible, dead } = totals(image, stack, rows);
  const count = image.layers.length === 1 ? '1 layer' : `${image.layers.length} layers`;
  return `${count}, ${formatSize(size, 3)}: ${formatSize(visible, 3)} visible, ${formatSize(dead, 3)} dead`;
}

function totals(
  image: ExploredImage,
  stack: StackIndex,
  rows: readonly Row[],
): { size: number; visible: number; dead: number; compressedSize: number } {
  const sum = (pick: (figures: LayerFigures) => number): number =>
    rows.reduce((total, { figures }) => total + (figures ? pick(figures) : 0), 0);
  return {
    size: sum(({ sizeBytes }) => sizeBytes),
    visible: new SquashView(stack).sizeBytes[0] ?? 0,
    dead: sum(({ dead }) => sumOf(dead)),
    compressedSize: sum(({ compressedBytes }) => compressedBytes),
  };
}

function layersDocument(image: ExploredImage, stack: StackIndex, rows: readonly Row[]): object {
  return {
    schema: 'phyllo.layers/1',
    image: imageDocument(image),
    layers: rows.map((row) => layerDocument(image, row)),
    total: totals(image, stack, rows),
  };
}

/** A row of the history that made no layer has the same fields: null and zero. */
function layerDocument(image: ExploredImage, { row, figures }: Row): object {
  const layer = row.layer === undefined ? undefined : image.layers[row.layer];
  return {
    index: layer?.index ?? null,
    diffID: layer?.diffID ?? null,
    digest: layer?.digest ?? null,
    mediaType: layer?.mediaType ?? null,
    size: figures?.sizeBytes ?? 0,
    compressedSize: figures?.compressedBytes ?? 0,
    createdBy: row.createdBy,
    created: checkedTime(row.created),
    emptyLayer: layer === undefined,
    files: {
      added: figures?.added ?? 0,
      modified: figures?.modified ?? 0,
      removed: figures?.removed ?? 0,
    },
    dead: figures?.dead ?? { overwritten: 0, deleted: 0, metadataOnly: 0, opaqueHidden: 0 },
  };
}
