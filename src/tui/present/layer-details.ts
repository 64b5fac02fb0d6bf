// The detail pane for a row of the stack: the instruction in full and everything known about its layer. Pure.
import type { LayerInfo } from '../../app/services.ts';
import type { DeadReport } from '../../analysis/dead.ts';
import { sumOf } from '../../analysis/dead.ts';
import { safeText } from '../../lib/text.ts';
import { displaySize, formatCount, humanAgo } from '../../lib/units.ts';
import type { LiveTotals } from '../../snapshot/live-change.ts';
import type { StackRow } from '../../oci/history.ts';
import type { LayerTree } from '../../tree/layer-tree.ts';
import type { Theme } from '../theme/theme.ts';
import { countsText } from './live-text.ts';
import { type Field, fieldLines, wrapText } from './wrap.ts';

export interface LayerDetails {
  readonly row: StackRow;
  readonly layer: LayerInfo | undefined;
  readonly tree: LayerTree | undefined;
  readonly dead: DeadReport | undefined;
  readonly base: string | undefined;
  /** Of a container's own layer. */
  readonly own?: LiveTotals | undefined;
  readonly nowMs: number;
}

export function layerDetails(details: LayerDetails, width: number, theme: Theme): string[] {
  const lines = instructionLines(details.row, width).map((line) => theme.title(line));
  for (const field of fields(details)) lines.push(...fieldLines(field, width, theme.muted));
  return lines;
}

function instructionLines({ instruction }: StackRow, width: number): string[] {
  if (instruction === '') return ['no history tells what made this layer'];
  // Builders join the lines of a RUN with `&&` and runs of blanks: there it is broken again.
  const parts = instruction.split(/\s{2,}(?=&&|\|\||;)/);
  return parts.flatMap((part, index) =>
    wrapText(`${index === 0 ? '' : '  '}${safeText(part.trim())}`, width),
  );
}

function fields({ row, layer, tree, dead, base, own, nowMs }: LayerDetails): Field[] {
  const list: Field[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') list.push({ label, value });
  };
  add('sets', configChange(row));
  if (own) addOwn(own, add);
  else if (layer === undefined) add('layer', 'none: this instruction changes no files');
  if (base !== undefined) add('from', safeText(base));
  if (row.created !== undefined) add('created', `${safeText(row.created)} (${humanAgo(row.created, nowMs)})`);
  add('comment', row.comment === undefined ? undefined : safeText(row.comment));
  if (layer !== undefined) addLayer(layer, tree, dead, add);
  return list;
}

function addOwn(own: LiveTotals, add: (label: string, value: string) => void): void {
  add('layer', "the container's own: read and written, and gone with it");
  add('holds', countsText(own));
  add('size', exactSize(own.sizeBytes));
  add('changed', `${exactSize(own.changedBytes)} really differ from the layers below`);
  add('unchanged', `${exactSize(own.unchangedBytes)} were copied up and are as they were`);
}

const SETTING =
  /^(ENV|EXPOSE|USER|WORKDIR|CMD|ENTRYPOINT|LABEL|VOLUME|STOPSIGNAL|SHELL|HEALTHCHECK|ONBUILD|ARG)\s+/;

/** What the instruction does to the configuration of the image. */
function configChange({ instruction }: StackRow): string | undefined {
  const match = SETTING.exec(instruction);
  if (!match) return undefined;
  return `${match[1]!.toLowerCase()} ${safeText(instruction.slice(match[0].length).replace(/\s+/g, ' '))}`;
}

function addLayer(
  layer: LayerInfo,
  tree: LayerTree | undefined,
  dead: DeadReport | undefined,
  add: (label: string, value: string | undefined) => void,
): void {
  if (tree) {
    const { contentBytes, files, directories, whiteouts } = tree.facts;
    add(
      'files',
      `${exactSize(contentBytes)} in ${formatCount(files)} files, ${formatCount(directories)} directories`,
    );
    if (whiteouts > 0) add('whiteouts', formatCount(whiteouts));
  }
  if (dead) addDead(layer.index, dead, add);
  add('stored', `${exactSize(layer.compressedBytes)}, ${safeText(layer.mediaType)}`);
  if (layer.sharedWith > 0)
    add('shared', `with ${layer.sharedWith} other image${layer.sharedWith === 1 ? '' : 's'}`);
  add('digest', layer.digest);
  add('diffID', layer.diffID);
  add('chainID', layer.chainID);
  for (const warning of tree?.facts.warnings.slice(0, MAX_WARNINGS) ?? []) add('note', warning);
}

const MAX_WARNINGS = 5;

function addDead(
  index: number,
  dead: DeadReport,
  add: (label: string, value: string | undefined) => void,
): void {
  const own = dead.byLayer[index]!;
  if (sumOf(own) > 0) {
    const causes = [
      ['deleted', own.deleted],
      ['overwritten', own.overwritten],
      ['copied for metadata alone', own.metadataOnly],
      ['hidden by opaque directories', own.opaqueHidden],
    ] as const;
    const parts = causes
      .filter(([, bytes]) => bytes > 0)
      .map(([cause, bytes]) => `${displaySize(bytes)} ${cause}`);
    add('dead', `${displaySize(sumOf(own))} that nobody can see: ${parts.join(', ')}`);
  }
  if (dead.killers[index]!.size > 0) add('killed by', killersText(dead.killers[index]!));
  const killed = dead.killedBy[index]!;
  if (killed > 0) add('kills', `${displaySize(killed)} of the layers below`);
}

/** `layer 7 (12 MB), layer 9 (129 B)`, the worst first. */
function killersText(killers: ReadonlyMap<number, number>): string {
  const worst = [...killers].sort(([, a], [, b]) => b - a);
  return worst.map(([layer, bytes]) => `layer ${layer} (${displaySize(bytes)})`).join(', ');
}

export function exactSize(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${displaySize(bytes)} (${formatCount(bytes)} bytes)`;
}
