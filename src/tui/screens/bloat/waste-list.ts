// What of an image is wasted, as a list to choose from: all of it, each cause, each instruction. Pure.
import type { Analysis } from '../../../analysis/analysis.ts';
import { type DeadRow, deadRows } from '../../../analysis/dead-paths.ts';
import { sumOf } from '../../../analysis/dead.ts';
import { CAUSES, type Deaths } from '../../../analysis/deaths.ts';
import type { StackRow } from '../../../oci/history.ts';

export type CauseName = (typeof CAUSES)[number];

/** Instructions by what of theirs is dead, by what they killed, or newest first. */
export const WASTE_ORDERS = ['dead', 'killed', 'layer'] as const;
export type WasteOrder = (typeof WASTE_ORDERS)[number];

export type WasteLine =
  | { readonly kind: 'all'; readonly bytes: number }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'cause'; readonly cause: CauseName; readonly bytes: number }
  | {
      readonly kind: 'layer';
      readonly layer: number;
      readonly dead: DeadRow;
      /** What of it is dead, or with `isKiller` what it killed. */
      readonly bytes: number;
      readonly isKiller: boolean;
    };

export function wasteLines(
  rows: readonly StackRow[],
  { dead, report }: Pick<Analysis, 'dead' | 'report'>,
  order: WasteOrder,
): WasteLine[] {
  if (report.total === 0) return [];
  const causes = CAUSES.map((cause): WasteLine => ({ kind: 'cause', cause, bytes: dead[cause] }));
  return [
    { kind: 'all', bytes: report.total },
    { kind: 'heading', text: 'by cause' },
    ...heaviest(causes),
    { kind: 'heading', text: HEADINGS[order] },
    ...layerLines(deadRows(rows, report), report.killedBy, order),
  ];
}

const HEADINGS: Readonly<Record<WasteOrder, string>> = {
  dead: 'instructions, by what of theirs is dead',
  killed: 'instructions, by what they killed',
  layer: 'instructions, newest first',
};

function layerLines(rows: readonly DeadRow[], killedBy: readonly number[], order: WasteOrder): WasteLine[] {
  const isKiller = order === 'killed';
  const lines = rows.flatMap((dead): WasteLine[] => {
    const { layer } = dead.row;
    if (layer === undefined) return [];
    const bytes = isKiller ? killedBy[layer]! : sumOf(dead.dead);
    return [{ kind: 'layer', layer, dead, bytes, isKiller }];
  });
  return order === 'layer' ? lines.filter(hasBytes).toReversed() : heaviest(lines);
}

function heaviest(lines: readonly WasteLine[]): WasteLine[] {
  return lines.filter(hasBytes).sort((a, b) => bytesOf(b) - bytesOf(a));
}

function hasBytes(line: WasteLine): boolean {
  return bytesOf(line) > 0;
}

function bytesOf(line: WasteLine): number {
  return line.kind === 'heading' ? 0 : line.bytes;
}

export function wasteKey(line: WasteLine): string {
  switch (line.kind) {
    case 'all':
      return 'all';
    case 'heading':
      return line.text;
    case 'cause':
      return line.cause;
    case 'layer':
      return `layer ${line.layer}`;
  }
}

/** Which deaths a line stands for; a heading for all of them. */
export function chosenDeaths(line: WasteLine | undefined, deaths: Deaths): (death: number) => boolean {
  if (line?.kind === 'cause') {
    const cause = CAUSES.indexOf(line.cause);
    return (death) => deaths.cause[death] === cause;
  }
  if (line?.kind !== 'layer') return () => true;
  const { layer } = line;
  const layers = line.isKiller ? deaths.killer : deaths.maker;
  return (death) => layers[death] === layer;
}
