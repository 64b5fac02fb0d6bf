// Rows of the bloat screen. Pure.
import type { Duplicate } from '../../analysis/duplicates.ts';
import { CAUSES } from '../../analysis/deaths.ts';
import { safeBytes } from '../../lib/text.ts';
import { displaySize, formatCount } from '../../lib/units.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import type { Life } from '../screens/bloat/bloat-keys.ts';
import type { BloatFigures, Exactness } from '../screens/bloat/bloat-phase.ts';
import type { BloatScreen } from '../screens/bloat/bloat-screen.ts';
import type { DeadFileRow, DeadFiles } from '../screens/bloat/dead-files.ts';
import type { WasteLine } from '../screens/bloat/waste-list.ts';
import type { AdviceLine } from '../screens/bloat/what-if-list.ts';
import { COLLAPSED, EXPANDED, GUTTER, GUTTER_NONE, MARKED, sizeBar } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { displayWidth, fit, truncate } from '../width.ts';
import { CAUSE_WORDS, compressedText, layersText, percentText, whatIfText } from './bloat-text.ts';
import { instructionLine } from './stack-rows.ts';
import { type Field, fieldLines } from './wrap.ts';

export interface BloatPlace {
  readonly width: number;
  /** Its pane has the keys. */
  readonly focused: boolean;
  readonly isCurrent: boolean;
  readonly isMarked: boolean;
}

const SIZE_COLUMNS = 9;
const BAR_COLUMNS = 8;
/** Narrower panes go without bars. */
const BAR_FROM_COLUMNS = 48;
const BLAME_COLUMNS = 12;

function sizeCell(bytes: number): string {
  return fit(displaySize(bytes), SIZE_COLUMNS, { align: 'right' });
}

/** Pieces side by side; the row under the cursor is painted as a whole. */
function row(
  pieces: readonly (readonly [text: string, paint: Theme['text']])[],
  place: BloatPlace,
  theme: Theme,
): string {
  const { width, focused, isCurrent, isMarked } = place;
  const mark = isMarked ? MARKED : ' ';
  if (isCurrent) {
    const paint = focused ? theme.selection : theme.selectionIdle;
    return paint(fit(`${GUTTER}${mark}${pieces.map(([text]) => text).join('')}`, width));
  }
  const painted = pieces.map(([text, paint]) => paint(text)).join('');
  return fit(`${GUTTER_NONE}${theme.mark(mark)}${painted}`, width);
}

function headingRow(text: string, { width, isCurrent, focused }: BloatPlace, theme: Theme): string {
  const line = fit(`── ${text} ${'─'.repeat(width)}`, width - 1, { mark: '─' });
  if (!isCurrent) return `${GUTTER_NONE}${theme.muted(line)}`;
  return (focused ? theme.selection : theme.selectionIdle)(`${GUTTER}${line}`);
}

// ---------------------------------------------------------------- the summary

const NO_DUPLICATES = { comparing: 'not known yet', exact: 'no file', failed: 'not known' } as const;

export function summaryRows(
  { stack, analysis }: BloatFigures,
  exactness: Exactness,
  width: number,
  theme: Theme,
): string[] {
  const { sizeBytes, visibleBytes, report, duplicateCount, duplicateBytes } = analysis;
  const layers = `${stack.layerCount} layer${stack.layerCount === 1 ? '' : 's'}`;
  const compressed = analysis.estimatedCompressedDead.reduce((sum, bytes) => sum + bytes, 0);
  const dead =
    report.total === 0
      ? '0 B: nothing is wasted'
      : [displaySize(report.total), compressedText(report.total, compressed)].filter(Boolean).join(', ');
  const twice =
    duplicateCount === 0
      ? NO_DUPLICATES[exactness.kind]
      : `${displaySize(duplicateBytes)} in copies of ${formatCount(duplicateCount)} file${duplicateCount === 1 ? '' : 's'}`;
  const fields: Field[] = [
    { label: 'shipped', value: `${displaySize(sizeBytes)} in ${layers}` },
    { label: 'visible', value: displaySize(visibleBytes) },
    { label: 'dead', value: dead },
    { label: 'twice', value: twice },
  ];
  const rows = fields.map((field) => fieldLines(field, width, theme.muted)[0]!);
  const bar = theme.bar(sizeBar(visibleBytes, sizeBytes || 1, 10));
  return [
    ...rows,
    `${theme.muted(fit('efficiency', 12))}${bar} ${percentText(visibleBytes, sizeBytes)} visible`,
  ];
}

// ------------------------------------------------------------ what is wasted

export function wasteRow(
  line: WasteLine,
  { analysis }: BloatFigures,
  place: BloatPlace,
  theme: Theme,
): string {
  const { report } = analysis;
  switch (line.kind) {
    case 'heading':
      return headingRow(line.text, place, theme);
    case 'all': {
      const share = `  ${percentText(line.bytes, analysis.sizeBytes)} of what is shipped`;
      return row(
        [
          [sizeCell(line.bytes), theme.text],
          ['  all that is dead', theme.title],
          [share, theme.muted],
        ],
        place,
        theme,
      );
    }
    case 'cause': {
      const bar = barCell(line.bytes, report.total, place.width);
      const share = fit(percentText(line.bytes, report.total), 7, { align: 'right' });
      return row(
        [
          [sizeCell(line.bytes), theme.text],
          [bar, theme.bar],
          [`  ${fit(CAUSE_WORDS[line.cause], 15)}`, theme.text],
          [share, theme.muted],
        ],
        place,
        theme,
      );
    }
    case 'layer':
      return layerRow(line, report.total, place, theme);
  }
}

/** `175.8 MB ███   1 RUN apt-get update …   by 7, 12` */
function layerRow(
  { layer, dead, bytes, isKiller }: Extract<WasteLine, { kind: 'layer' }>,
  total: number,
  place: BloatPlace,
  theme: Theme,
): string {
  const others = (isKiller ? dead.killed : dead.killedBy).toSorted((a, b) => b.bytes - a.bytes);
  const blame = `${isKiller ? 'of' : 'by'} ${layersText(
    others.map((one) => one.layer),
    2,
  )}`;
  const lead = `${sizeCell(bytes)}`;
  const bar = barCell(bytes, total, place.width);
  const number = `${fit(String(layer), 4, { align: 'right' })} `;
  const room = place.width - 2 - displayWidth(lead + bar + number) - BLAME_COLUMNS - 1;
  return row(
    [
      [lead, theme.text],
      [bar, theme.bar],
      [number, theme.muted],
      [fit(instructionLine(dead.row), room), theme.text],
      [` ${fit(blame, BLAME_COLUMNS)}`, theme.removed],
    ],
    place,
    theme,
  );
}

function barCell(bytes: number, max: number, width: number): string {
  return width < BAR_FROM_COLUMNS ? '' : ` ${sizeBar(bytes, max, BAR_COLUMNS)}`;
}

// ----------------------------------------------------------------- dead files

/** `80 MB   opt/model.bin   deleted   8 → 10`; a directory sums what is below it. */
export function deadFileRow(
  { stack }: BloatFigures,
  dead: DeadFiles,
  { node, top, level, isGroup, isOpen }: DeadFileRow,
  place: BloatPlace,
  theme: Theme,
): string {
  const mark = isGroup ? `${isOpen ? EXPANDED : COLLAPSED} ` : '  ';
  const indent = '  '.repeat(Math.min(level, 30));
  const lead = `${sizeCell(isGroup ? dead.bytes[node]! : dead.ownBytes[node]!)} ${indent}${mark}`;
  const rest = isGroup ? `${formatCount(dead.counts[node]!)} files` : fateText(dead, node);
  const room = place.width - 2 - displayWidth(lead) - displayWidth(rest) - 2;
  const name = truncate(nameText(stack, top, node) + (isGroup ? '/' : ''), Math.max(8, room), {
    cut: 'start',
  });
  return row(
    [
      [lead, theme.text],
      [fit(name, Math.max(8, room)), isGroup ? theme.directory : theme.text],
      [`  ${rest}`, theme.muted],
    ],
    place,
    theme,
  );
}

function fateText(dead: DeadFiles, node: number): string {
  const deaths = dead.deathsOf(node);
  if (deaths.length !== 1) return `${deaths.length} times`;
  const { cause, maker, killer } = dead.deaths;
  const [death] = deaths as [number];
  return `${CAUSE_WORDS[CAUSES[cause[death]!]!]}  ${maker[death]} → ${killer[death]}`;
}

/** The path from `top`, or from the root. */
function nameText(stack: StackIndex, top: number, node: number): string {
  const path = stack.pathBytes(node);
  const above = top === 0 ? 0 : stack.parent[top]!;
  return safeBytes(above <= 0 ? path : path.subarray(stack.pathBytes(above).length + 1));
}

// -------------------------------------------------------- advice, duplicates

export function adviceRow(line: AdviceLine, place: BloatPlace, theme: Theme): string {
  switch (line.kind) {
    case 'heading':
      return headingRow(line.text, place, theme);
    case 'advice':
      return row(
        [
          [sizeCell(line.advice.savedBytes), theme.text],
          [`  ${line.advice.problem}`, theme.text],
        ],
        place,
        theme,
      );
    case 'what-if': {
      const { savedBytes, sizeBytes } = line.whatIf.prediction;
      const rest = `: ${displaySize(sizeBytes)} are left`;
      return row(
        [
          [sizeCell(savedBytes), theme.text],
          [`  ${whatIfText(line.whatIf)}`, theme.accent],
          [rest, theme.muted],
        ],
        place,
        theme,
      );
    }
  }
}

/** `12.3 MB  3 × 6.1 MB  /usr/lib/libfoo.so` */
export function duplicateRow(
  { sizeBytes, savedBytes, nodes }: Duplicate,
  { stack }: BloatFigures,
  place: BloatPlace,
  theme: Theme,
): string {
  const times = `  ${savedBytes / sizeBytes + 1} × ${displaySize(sizeBytes)}  `;
  const lead = sizeCell(savedBytes);
  const room = place.width - 2 - displayWidth(lead + times);
  const path = truncate(`/${safeBytes(stack.pathBytes(nodes[0]!))}`, Math.max(8, room), { cut: 'start' });
  return row(
    [
      [lead, theme.text],
      [times, theme.muted],
      [path, theme.text],
    ],
    place,
    theme,
  );
}

/** One of several lives of a file, to choose from. */
export function lifeRow(
  { figures, dead, image }: BloatScreen,
  life: Life,
  width: number,
  theme: Theme,
): string {
  const { node, maker, killer, bytes, death } = life;
  const cause = death === undefined ? '' : ` ${CAUSE_WORDS[CAUSES[dead!.deaths.cause[death]!]!]}`;
  const made = image?.rows.find((one) => one.layer === maker);
  const layers = killer === undefined ? `layer ${maker}` : `made by ${maker}, killed by ${killer}`;
  const what =
    death === undefined ? `/${safeBytes(figures!.stack.pathBytes(node))}` : made ? instructionLine(made) : '';
  return fit(`${sizeCell(bytes)}  ${layers}${cause}  ${theme.muted(what)}`, width);
}
