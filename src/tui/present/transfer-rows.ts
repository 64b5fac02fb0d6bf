// Rows of the list of transfers. Pure.
import { safeText } from '../../lib/text.ts';
import { displaySize } from '../../lib/units.ts';
import { isDigest, shortDigest } from '../../oci/digest.ts';
import type { TransferRow } from '../screens/transfers/transfer-list.ts';
import { COLLAPSED, EXPANDED, GUTTER, GUTTER_NONE, TRANSFER_GLYPH, sizeBar } from '../theme/glyphs.ts';
import type { Theme, Token } from '../theme/theme.ts';
import {
  type LayerTransfer,
  type Transfer,
  type TransferKind,
  type TransferState,
  isEnded,
  isThere,
} from '../transfers.ts';
import { fit } from '../width.ts';

interface Columns {
  readonly name: number;
  readonly bar: number;
  readonly bytes: number;
  /** 0 where there is no room for it. */
  readonly rate: number;
  readonly left: number;
}

interface Cells {
  readonly name: string;
  /** 0 to 1; undefined shows no bar. */
  readonly share: number | undefined;
  readonly bytes: string;
  readonly rate: string;
  readonly left: string;
}

const GAP = '  ';

function columnsFor(width: number): Columns {
  const bar = width >= 120 ? 24 : width >= 96 ? 14 : 8;
  const rate = width >= 96 ? 11 : 0;
  const [bytes, left] = [20, 7];
  const gaps = (rate > 0 ? 4 : 3) * GAP.length;
  return { name: Math.max(12, width - 1 - bar - bytes - rate - left - gaps), bar, bytes, rate, left };
}

export function transferHeading(width: number, theme: Theme): string {
  const columns = columnsFor(width);
  const cells = [
    fit('TRANSFERS AND LAYERS', columns.name),
    fit('DONE', columns.bar),
    fit('BYTES', columns.bytes, RIGHT),
  ];
  if (columns.rate > 0) cells.push(fit('RATE', columns.rate, RIGHT));
  cells.push(fit('LEFT', columns.left, RIGHT));
  return theme.muted(fit(` ${cells.join(GAP)}`, width));
}

const RIGHT = { align: 'right' } as const;

export function transferRow(
  row: TransferRow,
  { width, isCurrent }: { readonly width: number; readonly isCurrent: boolean },
  theme: Theme,
): string {
  if (row.kind === 'problem') {
    const text = `    ${problemText(row.transfer)}`;
    return isCurrent
      ? theme.selection(fit(GUTTER + text, width))
      : fit(GUTTER_NONE + theme.error(text), width);
  }
  const columns = columnsFor(width);
  const cells =
    row.kind === 'transfer' ? transferCells(row.transfer, row.isFolded) : layerCells(row.layer, row.transfer);
  // What has no bar has more room for its words.
  const room = columns.name + (cells.share === undefined ? GAP.length + columns.bar : 0);
  const name = fit(cells.name, room, { cut: row.kind === 'transfer' ? 'middle' : 'end' });
  const bar = cells.share === undefined ? '' : GAP + sizeBar(cells.share, 1, columns.bar);
  const numbers = [fit(cells.bytes, columns.bytes, RIGHT)];
  if (columns.rate > 0) numbers.push(fit(cells.rate, columns.rate, RIGHT));
  numbers.push(fit(cells.left, columns.left, RIGHT));
  const rest = numbers.join(GAP);
  if (isCurrent) return theme.selection(fit(`${GUTTER}${name}${bar}${GAP}${rest}`, width));
  const paint = row.kind === 'transfer' ? theme[TOKEN[row.transfer.state]] : theme.muted;
  return fit(`${GUTTER_NONE}${paint(name)}${theme.bar(bar)}${GAP}${rest}`, width);
}

const TOKEN: Readonly<Record<TransferState, Token>> = {
  running: 'text',
  done: 'success',
  failed: 'error',
  cancelled: 'warning',
};

const WORDS: Readonly<Record<TransferKind, readonly [running: string, done: string]>> = {
  pull: ['pulling', 'pulled'],
  push: ['pushing', 'pushed'],
  load: ['loading', 'loaded'],
  save: ['saving', 'saved'],
};

function transferCells(transfer: Transfer, isFolded: boolean): Cells {
  const { state, request, layers, rate, sum } = transfer;
  const fold = layers.size === 0 ? ' ' : isFolded ? COLLAPSED : EXPANDED;
  const name = `${fold} ${TRANSFER_GLYPH[state]} ${stateWord(transfer)} ${safeText(request.name)}`;
  const isRunning = state === 'running';
  return { name, ...progressCells(sum, isRunning ? rate.bytesPerSecond : undefined, isRunning) };
}

/** `pulling`, `pulled`, `pull failed` */
function stateWord({ state, request: { kind } }: Transfer): string {
  if (state === 'running') return WORDS[kind][0];
  return state === 'done' ? WORDS[kind][1] : `${kind} ${state}`;
}

function layerCells(layer: LayerTransfer, { state }: Transfer): Cells {
  const detail = layer.detail === '' ? '' : ` ${safeText(layer.detail)}`;
  const key = isDigest(layer.key) ? shortDigest(layer.key) : safeText(layer.key);
  const isMoving = state === 'running' && layer.totalBytes !== layer.doneBytes;
  const rate = isMoving ? layer.rate.bytesPerSecond : undefined;
  const isStopped = state !== 'running' && !isEnded(layer);
  const name = `  ${key} ${isStopped ? 'Stopped' : `${layer.status}${detail}`}`;
  // No byte of what is there already is moved.
  if (isThere(layer))
    return { name, share: undefined, bytes: displaySize(layer.totalBytes ?? 0), rate: '', left: '' };
  return { name, ...progressCells(layer, rate, isMoving) };
}

function progressCells(
  { doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes: number | undefined },
  rate: number | undefined,
  isMoving: boolean,
): Omit<Cells, 'name'> {
  const share =
    totalBytes === undefined || totalBytes === 0 || doneBytes === 0 ? undefined : doneBytes / totalBytes;
  const isWhole = totalBytes === undefined || doneBytes === totalBytes;
  const done = displaySize(doneBytes);
  const bytes = isWhole
    ? doneBytes === 0 && !isMoving
      ? ''
      : done
    : `${done} of ${displaySize(totalBytes)}`;
  const left =
    rate === undefined || rate <= 0 || isWhole ? '' : shortDuration((totalBytes - doneBytes) / rate);
  return { share, bytes, rate: rate === undefined ? '' : `${displaySize(Math.round(rate))}/s`, left };
}

/** `8 s`, `12 min`, `3 h` */
export function shortDuration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.ceil(seconds / 60)} min`;
  return seconds < 1000 * 3600 ? `${Math.ceil(seconds / 3600)} h` : '∞';
}

export function problemText({ error }: Transfer): string {
  return safeText(error instanceof Error ? error.message : String(error));
}
