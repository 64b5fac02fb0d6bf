// Rows of the file pane. Only those on screen are made. Pure.
import { safeBytes } from '../../lib/text.ts';
import { displaySize } from '../../lib/units.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import { ABSENT, Status } from '../../tree/stack-index.ts';
import { modeText } from '../../tree/mode-text.ts';
import type { FilesPane } from '../screens/stack/files.ts';
import { COLLAPSED, EXPANDED, GUTTER, GUTTER_NONE, STATUS_LETTER } from '../theme/glyphs.ts';
import type { Theme, Token } from '../theme/theme.ts';
import { displayWidth, fit, truncate } from '../width.ts';
import { ownerText, timeText } from './attributes.ts';
import { reasonText } from './reasons.ts';

export interface FileRowOptions {
  readonly width: number;
  readonly focused: boolean;
  readonly attributes: boolean;
}

const STATUS_TOKENS: readonly Token[] = ['unchanged', 'added', 'modified', 'removed'];
const LETTERS = [
  STATUS_LETTER.unchanged,
  STATUS_LETTER.added,
  STATUS_LETTER.modified,
  STATUS_LETTER.removed,
] as const;
/** With less room than this the time is left out. */
const ROOMY_COLUMNS = 86;
const SIZE_COLUMNS = 10;

export function fileRows(pane: FilesPane, options: FileRowOptions, theme: Theme): string[] {
  const { top, cursor } = pane.place;
  const end = Math.min(pane.rows.nodes.length, top + pane.height);
  const rows: string[] = [];
  for (let row = top; row < end; row++) rows.push(fileRow(pane, row, row === cursor, options, theme));
  return rows;
}

function fileRow(
  pane: FilesPane,
  row: number,
  isCurrent: boolean,
  { width, focused, attributes }: FileRowOptions,
  theme: Theme,
): string {
  const node = pane.rows.nodes[row]!;
  const columns = attributes ? attributeColumns(pane, node, width) : '';
  const size = fit(sizeText(pane, node), SIZE_COLUMNS, { align: 'right' });
  const status = pane.facts.statusOf(node);
  const lead = `${columns}${size} `;
  const letter = LETTERS[status]!;
  const why = suffix(pane, node);
  const name = nameText(pane, node, row, width - lead.length - 3, displayWidth(why));
  if (isCurrent) {
    const text = `${lead}${letter} ${name}${why}`;
    const paint = focused ? theme.selection : theme.selectionIdle;
    return paint(fit(GUTTER + text, width));
  }
  const paint = theme[nameToken(pane, node, status)];
  const isMatch = pane.matchOf(node) >= 0;
  const shownName = isMatch ? theme.match(name) : paint(name);
  const painted = theme.muted(lead) + theme[STATUS_TOKENS[status]!](letter) + ` ${shownName}`;
  return fit(GUTTER_NONE + painted + theme.muted(why), width);
}

function attributeColumns(pane: FilesPane, node: number, width: number): string {
  const version = pane.facts.versionOf(node);
  if (version === ABSENT) return ' '.repeat(20);
  const { tree, node: entry } = pane.stack.locateContent(version);
  const mode = modeText(tree.type[entry]!, tree.mode[entry]!);
  const owner = ` ${fit(ownerText(tree, entry), 9)}`;
  // A list without directories needs the room for whole paths.
  const time = width < ROOMY_COLUMNS || pane.mode === 'flat' ? '' : ` ${timeText(tree.mtimeSeconds[entry]!)}`;
  return mode + owner + time;
}

function sizeText(pane: FilesPane, node: number): string {
  const bytes = pane.bytesOf(node);
  const isRemoved = pane.facts.statusOf(node) === Status.removed;
  return bytes === 0 ? '0 B' : (isRemoved ? '-' : '') + displaySize(bytes);
}

function nameText(pane: FilesPane, node: number, row: number, room: number, after: number): string {
  // Of a long path the end says most; what comes after it may take half of the room.
  if (pane.mode === 'flat')
    return truncate(`/${safeBytes(pane.stack.pathBytes(node))}`, room - Math.min(after, room >> 1), {
      cut: 'start',
    });
  const mark = pane.isDirectoryRow(row) ? (pane.rows.isOpen(row) ? EXPANDED : COLLAPSED) : ' ';
  const indent = '  '.repeat(Math.min(pane.depths[node]!, 40));
  return `${indent}${mark} ${safeBytes(pane.stack.nameBytes(node))}${pane.facts.isDirectory(node) ? '/' : ''}`;
}

function nameToken(pane: FilesPane, node: number, status: Status): Token {
  if (status !== Status.unchanged) return STATUS_TOKENS[status]!;
  const version = pane.facts.versionOf(node);
  if (version === ABSENT) return 'unchanged';
  const { tree, node: entry } = pane.stack.locateContent(version);
  switch (tree.type[entry]) {
    case NodeType.dir:
      return 'directory';
    case NodeType.symlink:
      return 'symlink';
    case NodeType.file:
      return 'unchanged';
    default:
      return 'special';
  }
}

/** Where a link leads, and why the path counts as modified. */
function suffix(pane: FilesPane, node: number): string {
  const version = pane.facts.versionOf(node);
  if (version === ABSENT) return whyText(pane, node);
  const { tree, node: entry } = pane.stack.locate(version);
  const link = tree.type[entry] === NodeType.symlink ? ` → ${safeBytes(tree.linkBytes(entry))}` : '';
  const shared = pane.stack.isHardlink(version) ? ' (hard link)' : '';
  return link + shared + whyText(pane, node);
}

function whyText(pane: FilesPane, node: number): string {
  const note = pane.noteOf(node);
  if (note !== undefined) return `  ${note}`;
  const status = pane.facts.statusOf(node);
  if (status === Status.unchanged) return isRepeated(pane, node) ? '  the same again' : '';
  if (status !== Status.modified) return '';
  const index = pane.lens.changeOf(node);
  const { before, after } = pane.lens.delta;
  const [old, now] = [before[index]!, after[index]!];
  return `  ${reasonText(pane.facts.reasonOf(node), pane.stack.locateContent(old), pane.stack.locateContent(now))}`;
}

/** A file that the layer ships once more as it was; for directories that says nothing: they lead to what is new. */
function isRepeated(pane: FilesPane, node: number): boolean {
  return pane.lens.touched[node] !== 0 && !pane.facts.isDirectory(node);
}
