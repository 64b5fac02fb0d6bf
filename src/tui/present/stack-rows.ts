// Rows of the stack pane: newest on top, as history prints them. Pure.
import { safeText } from '../../lib/text.ts';
import { displaySize } from '../../lib/units.ts';
import type { StackRow } from '../../oci/history.ts';
import { GUTTER, GUTTER_NONE, sizeBar } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { fit, pad } from '../width.ts';

export interface LayerFigures {
  /** Undefined until the layer was read. */
  readonly contentBytes: number | undefined;
  readonly compressedBytes: number;
  readonly deadBytes: number;
  /** Other images of the store that have it. */
  readonly sharedWith: number;
  /** A container's own: it changes. */
  readonly isLive?: boolean;
}

export type StackLine =
  | { readonly kind: 'row'; readonly row: StackRow; readonly figures: LayerFigures | undefined }
  /** What lies below comes from this image. */
  | { readonly kind: 'divider'; readonly name: string }
  /** It is being made; safe to show. */
  | { readonly kind: 'pending'; readonly text: string };

export interface StackRowOptions {
  readonly width: number;
  readonly focused: boolean;
  /** Largest layer, for the bars. */
  readonly maxBytes: number;
}

const NUMBER_COLUMNS = 3;
/** In the place of the number. */
const LIVE = 'R/W';
const SIZE_COLUMNS = 9;
const BAR_COLUMNS = 6;
/** Narrower panes go without bars. */
const BAR_FROM_COLUMNS = 48;

export function stackRow(
  line: StackLine,
  isCurrent: boolean,
  options: StackRowOptions,
  theme: Theme,
): string {
  const { width } = options;
  if (line.kind === 'divider') return theme.muted(dividerText(line.name, width));
  if (line.kind === 'pending') return pendingText(line.text, width, theme);
  const { row, figures } = line;
  const number = row.layer === undefined ? '' : figures?.isLive ? LIVE : String(row.layer);
  const lead = `${fit(number, NUMBER_COLUMNS, { align: 'right' })} `;
  const tail = figures === undefined ? '' : tailText(figures, options);
  const text = fit(instructionLine(row), width - 1 - lead.length - tail.length - 1);
  if (isCurrent) {
    const paint = options.focused ? theme.selection : theme.selectionIdle;
    return paint(fit(`${GUTTER}${lead}${text} ${tail}`, width));
  }
  if (figures === undefined) return GUTTER_NONE + theme.muted(lead + text);
  if (figures.isLive)
    return `${GUTTER_NONE}${theme.mark(lead)}${theme.title(text)} ${paintTail(figures, options, theme)}`;
  return `${GUTTER_NONE}${theme.muted(lead)}${text} ${paintTail(figures, options, theme)}`;
}

export function instructionLine(row: StackRow): string {
  const told = row.instruction || row.comment;
  return told === undefined ? '(no history)' : safeText(told.replace(/\s+/g, ' '));
}

function pendingText(text: string, width: number, theme: Theme): string {
  const lead = `${fit('…', NUMBER_COLUMNS, { align: 'right' })} `;
  const tail = ' running ';
  return `${GUTTER_NONE}${theme.mark(lead)}${theme.title(fit(text, width - 1 - lead.length - tail.length))}${theme.accent(tail)}`;
}

function dividerText(name: string, width: number): string {
  return fit(` ── ${safeText(name)} ${'─'.repeat(Math.max(0, width))}`, width, { mark: '─' });
}

function tailText(figures: LayerFigures, options: StackRowOptions): string {
  return `${sharedText(figures)}${barText(figures, options).join('')}${sizeText(figures)}`;
}

function paintTail(figures: LayerFigures, options: StackRowOptions, theme: Theme): string {
  const [live, dead, blank] = barText(figures, options);
  return (
    theme.barShared(sharedText(figures)) + theme.bar(live) + theme.barDead(dead) + blank + sizeText(figures)
  );
}

/** How many images of the store have the layer too. */
function sharedText({ sharedWith }: LayerFigures): string {
  return sharedWith === 0 ? '' : `≡${sharedWith} `;
}

/** Live bytes, dead bytes, and the blank rest of the bar; dead bytes are told by their glyph too. */
function barText(figures: LayerFigures, { width, maxBytes }: StackRowOptions): [string, string, string] {
  const { contentBytes = 0, deadBytes } = figures;
  if (width < BAR_FROM_COLUMNS) return ['', '', ''];
  if (deadBytes === 0) return [sizeBar(contentBytes, maxBytes, BAR_COLUMNS), '', ''];
  const columns = Math.max(1, Math.round((contentBytes / maxBytes) * BAR_COLUMNS));
  const dead = Math.min(columns, Math.ceil((deadBytes / contentBytes) * columns));
  return ['█'.repeat(columns - dead), '░'.repeat(dead), ' '.repeat(BAR_COLUMNS - columns)];
}

function sizeText({ contentBytes, compressedBytes }: LayerFigures): string {
  const text = contentBytes === undefined ? `~${displaySize(compressedBytes)}` : displaySize(contentBytes);
  return pad(text, SIZE_COLUMNS, 'right');
}
