// The file view as one pane of rows; only those on screen are made.
import { displaySize } from '../../../lib/units.ts';
import { bodyBox } from '../../layout.ts';
import { HEX_ROW_BYTES, hexRows } from '../../present/hex-rows.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { errorRows } from '../stack/stack-view.ts';
import { diffRows, textRows } from './file-lines.ts';
import type { FileScreen } from './file-screen.ts';

export function fileScreenView(screen: FileScreen, { size, theme }: Viewport): ScreenView {
  const box = bodyBox(size);
  screen.height = innerHeight(box);
  screen.scrollTo(screen.top);
  const width = innerWidth(box);
  const pane = paneView(
    {
      id: 'file',
      box,
      title: `${screen.path}  ${screen.asDiff ? 'changes in' : 'at'} ${layerName(screen)}`,
      note: noteText(screen),
      place: placeText(screen),
      focused: true,
      rows: bodyRows(screen, width, theme),
    },
    theme,
  );
  return {
    crumbs: [screen.stack.crumb, screen.stack.title, screen.path],
    summary: '',
    panes: [pane],
  };
}

function layerName({ stack }: FileScreen): string {
  const { upto } = stack.layers!;
  return stack.isLive && upto === stack.files!.stack.layerCount - 1 ? 'the R/W layer' : `layer ${upto}`;
}

function noteText({ body }: FileScreen): string {
  switch (body.kind) {
    case 'text':
      return displaySize(body.sizeBytes) + (body.truncated ? ', the first 2 MB; x extracts all' : '');
    case 'hex':
      return `${displaySize(body.window.sizeBytes)}, bytes`;
    default:
      return '';
  }
}

function placeText(screen: FileScreen): string {
  const { lineCount, top, height, matches } = screen;
  if (lineCount === 0) return '';
  const found = screen.filterText === undefined ? '' : `${matchCount(matches.length)}, `;
  // Wrapped lines take as many rows as they need.
  const last = screen.wraps ? '' : `-${Math.min(lineCount, top + height)}`;
  return `${found}${top + 1}${last} of ${lineCount}`;
}

function matchCount(lines: number): string {
  return `${lines} line${lines === 1 ? ' matches' : 's match'}`;
}

function bodyRows(screen: FileScreen, width: number, theme: Theme): string[] {
  const { body } = screen;
  switch (body.kind) {
    case 'loading':
      return [' reading …'];
    case 'failed':
      return errorRows(body.error, width - 2, theme).map((row) => ` ${row}`);
    case 'absent':
      return wrapText(
        'this path is no file at this layer; [ and ] step to others, } goes to the next that changed it',
        width - 2,
      ).map((row) => ` ${row}`);
    case 'text':
      return textRows(screen, body.lines, width, theme);
    case 'hex':
      return bytesRows(screen, width, theme);
    case 'diff':
      return diffRows(screen, body.lines, width, theme);
  }
}

function bytesRows(screen: FileScreen, width: number, theme: Theme): string[] {
  if (screen.body.kind !== 'hex') return [];
  const { window } = screen.body;
  if (window.sizeBytes === 0) return [' the file is empty'];
  const data = window.rows(screen.top, screen.height);
  if (window.problem !== undefined)
    return errorRows(window.problem, width - 2, theme).map((row) => ` ${row}`);
  return data ? hexRows(data, screen.top * HEX_ROW_BYTES, width, theme) : [' reading …'];
}
