// Rows of the compare screen. Pure.
import type { ConfigDifference, ConfigValue } from '../../analysis/compare-config.ts';
import type { FileComparison } from '../../analysis/compare-files.ts';
import type { PackageDifference } from '../../analysis/compare-packages.ts';
import type { ExploredImage } from '../../app/services.ts';
import { safeBytes, safeText } from '../../lib/text.ts';
import { displaySize, formatCount } from '../../lib/units.ts';
import { ABSENT, Status } from '../../tree/stack-index.ts';
import type { ComparedFileRow, ComparedFiles } from '../screens/compare/file-list.ts';
import type { ComparedLayerRow } from '../screens/compare/layer-list.ts';
import { COLLAPSED, EXPANDED, GUTTER, GUTTER_NONE, STATUS_LETTER } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { displayWidth, fit, truncate } from '../width.ts';
import { reasonText } from './reasons.ts';
import { instructionLine } from './stack-rows.ts';

export interface ComparedPlace {
  readonly width: number;
  /** Its pane has the keys. */
  readonly focused: boolean;
  readonly isCurrent: boolean;
}

export type ComparedStatus = 'added' | 'modified' | 'removed' | 'unchanged';

const SIZE_COLUMNS = 10;

interface RowText {
  readonly status: ComparedStatus;
  readonly lead: string;
  readonly name: string;
  readonly rest: string;
}

/** `▌ +12.3 kB M /etc/conf  content`: the letter tells the status as well as the colour. */
function row({ status, lead, name, rest }: RowText, place: ComparedPlace, theme: Theme): string {
  const { width, focused, isCurrent } = place;
  const letter = STATUS_LETTER[status];
  if (isCurrent) {
    const paint = focused ? theme.selection : theme.selectionIdle;
    return paint(fit(`${GUTTER}${lead}${letter} ${name}${rest}`, width));
  }
  const paint = theme[status];
  return fit(`${GUTTER_NONE}${theme.muted(lead)}${paint(`${letter} ${name}`)}${theme.muted(rest)}`, width);
}

export function comparedLayerRow(
  line: ComparedLayerRow,
  images: readonly [a: ExploredImage, b: ExploredImage],
  { a, b }: FileComparison,
  place: ComparedPlace,
  theme: Theme,
): string {
  const { width, isCurrent } = place;
  if (line.kind === 'heading') {
    const text = fit(`── ${line.text} ${'─'.repeat(width)}`, width - 1, { mark: '─' });
    return isCurrent ? theme.selectionIdle(`${GUTTER}${text}`) : `${GUTTER_NONE}${theme.muted(text)}`;
  }
  const side = line.b === undefined ? 0 : 1;
  const layer = line.b ?? line.a!;
  const found = images[side].rows.find((one) => one.layer === layer);
  const bytes = (side === 0 ? a : b).stack.trees[layer]!.facts.contentBytes;
  const numbers = line.a === line.b || line.a === undefined ? String(layer) : layerNumbers(line.a, line.b);
  const size = fit(displaySize(bytes), SIZE_COLUMNS, { align: 'right' });
  const name = `${fit(numbers, 5, { align: 'right' })} ${found ? instructionLine(found) : '(no history)'}`;
  return row({ status: line.status, lead: `${size} `, name, rest: '' }, place, theme);
}

function layerNumbers(a: number, b: number | undefined): string {
  return b === undefined ? String(a) : `${a}=${b}`;
}

const STATUSES: Readonly<Record<number, ComparedStatus>> = {
  [Status.unchanged]: 'unchanged',
  [Status.added]: 'added',
  [Status.modified]: 'modified',
  [Status.removed]: 'removed',
};

export function comparedFileRow(
  files: ComparedFiles,
  { index, level, isGroup, isOpen }: ComparedFileRow,
  place: ComparedPlace,
  theme: Theme,
): string {
  const status = STATUSES[files.files.status[index]!]!;
  const lead = `${fit(growthText(files.growthBytes(index)), SIZE_COLUMNS, { align: 'right' })} `;
  const rest = restText(files, index, isGroup);
  const mark = isGroup ? `${isOpen ? EXPANDED : COLLAPSED} ` : '  ';
  const indent = '  '.repeat(Math.min(level, 40));
  const slash = files.isDirectory(index) ? '/' : '';
  const room = place.width - displayWidth(lead) - displayWidth(indent) - 5;
  // Of a long path the end says most; what comes after it may take half of the room.
  const path = level === 0 ? files.path(index) : ownName(files, index);
  const name = truncate(`${path}${slash}`, room - Math.min(displayWidth(rest), room >> 1), { cut: 'start' });
  return row({ status, lead, name: `${indent}${mark}${name}`, rest }, place, theme);
}

function ownName(files: ComparedFiles, index: number): string {
  const { view, node } = files.place(index);
  return safeBytes(view.stack.nameBytes(node));
}

function growthText(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${displaySize(bytes)}`;
}

function restText(compared: ComparedFiles, index: number, isGroup: boolean): string {
  const { a, b, nodesA, nodesB, reason } = compared.files;
  const [nodeA, nodeB] = [nodesA[index]!, nodesB[index]!];
  if (nodeA !== ABSENT && nodeB !== ABSENT) {
    const before = a.stack.locateContent(a.version[nodeA]!);
    return `  ${reasonText(reason[index]!, before, b.stack.locateContent(b.version[nodeB]!))}`;
  }
  return isGroup ? `  ${formatCount(compared.insideCount(index))} inside` : '';
}

function sideStatus(a: unknown, b: unknown): ComparedStatus {
  if (a === undefined) return 'added';
  return b === undefined ? 'removed' : 'modified';
}

export function comparedConfigRow(
  { field, a, b }: ConfigDifference,
  place: ComparedPlace,
  theme: Theme,
): string {
  const rest = `  ${between(a && settingText(a), b && settingText(b))}`;
  return row({ status: sideStatus(a, b), lead: '', name: safeText(field), rest }, place, theme);
}

/** Safe to show. */
export function settingText(value: ConfigValue): string {
  return safeText(typeof value === 'string' ? value : JSON.stringify(value));
}

export function comparedPackageRow(
  { kind, name, a, b }: PackageDifference,
  place: ComparedPlace,
  theme: Theme,
): string {
  const rest = `  ${between(a && safeText(a), b && safeText(b))}`;
  const lead = `${fit(kind, 6)} `;
  return row({ status: sideStatus(a, b), lead, name: safeText(name), rest }, place, theme);
}

function between(a: string | undefined, b: string | undefined): string {
  return a === undefined || b === undefined ? (a ?? b ?? '') : `${a} → ${b}`;
}
