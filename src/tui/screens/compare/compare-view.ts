// The compare screen as panes of rows. Pure but for telling the lists how many rows they have.
import { displaySize, formatCount } from '../../../lib/units.ts';
import { safeText } from '../../../lib/text.ts';
import { bodyBox, isWide, splitBody } from '../../layout.ts';
import { compareDetails } from '../../present/compare-details.ts';
import {
  type ComparedPlace,
  comparedConfigRow,
  comparedFileRow,
  comparedLayerRow,
  comparedPackageRow,
} from '../../present/compare-rows.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ListPart } from '../list/list-part.ts';
import { listWindow } from '../list/list-window.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { CompareFocus, ComparePhase, CompareScreen } from './compare-screen.ts';

type Ready = Extract<ComparePhase, { kind: 'ready' }>;

/** Borders included. */
const LEAST_PANE_ROWS = 4;

export function compareView(screen: CompareScreen, viewport: Viewport): ScreenView {
  const { phase, sources } = screen;
  const [a, b] = sources;
  const crumbs = [b.crumb ?? 'images', `${a.title} and ${b.title}`];
  if (phase.kind !== 'ready') return { crumbs, summary: '', panes: [messagePane(screen, viewport)] };
  return { crumbs, summary: summaryText(phase), panes: panes(screen, phase, viewport) };
}

function summaryText({ comparison, files }: Ready): string {
  const { bytes } = comparison;
  const count = files.count - files.times;
  const paths = `${formatCount(count)} path${count === 1 ? ' differs' : 's differ'}`;
  return `${paths} · +${displaySize(bytes.added)} -${displaySize(bytes.removed)}`;
}

function messagePane({ phase }: CompareScreen, { size, theme }: Viewport): PaneView {
  const box = bodyBox(size);
  const text = phase.kind === 'opening' ? 'opening both …' : 'reading the layers of both …';
  const rows = phase.kind === 'failed' ? errorRows(phase.error, innerWidth(box) - 2, theme) : [text];
  return paneView(
    { id: 'message', box, title: 'Compare', focused: true, rows: rows.map((row) => ` ${row}`) },
    theme,
  );
}

function panes(screen: CompareScreen, phase: Ready, viewport: Viewport): PaneView[] {
  const body = bodyBox(viewport.size);
  if (!isWide(viewport.size) || screen.zoomed)
    return [pane(screen, phase, screen.focus, body, viewport, tabs(screen, viewport.theme))];
  const boxes = boxesOf(screen, body);
  return screen.panes.map((id) => pane(screen, phase, id, boxes[id], viewport));
}

/** Layers, settings and packages below each other at the left; files, and below them the details, at the right. */
function boxesOf(screen: CompareScreen, body: Box): Readonly<Record<CompareFocus, Box>> {
  const { left, right } = splitBody(body, false);
  const most = Math.floor(left.height / 3);
  const fitted = (rows: number): number => Math.max(LEAST_PANE_ROWS, Math.min(most, Math.max(1, rows) + 2));
  const packages = fitted(screen.packages.rows.length);
  const config = fitted(screen.config.rows.length);
  const layers = left.height - config - packages;
  const details = screen.withDetails ? Math.floor(right.height / 2) : 0;
  const files = right.height - details;
  return {
    layers: { ...left, height: layers },
    config: { ...left, y: left.y + layers, height: config },
    packages: { ...left, y: left.y + layers + config, height: packages },
    files: { ...right, height: files },
    details: { ...right, y: right.y + files, height: details },
  };
}

/** The keys that lead there. */
const NUMBERS = { layers: 1, files: 2, details: 3, config: 6, packages: 7 } as const;

function tabs(screen: CompareScreen, theme: Theme): string {
  return screen.panes
    .map((id) => {
      const text = `${NUMBERS[id]} ${TITLES[id]}`;
      return id === screen.focus ? theme.accent(text) : theme.muted(text);
    })
    .join('  ');
}

const TITLES = {
  layers: 'Layers',
  files: 'Files',
  details: 'Details',
  config: 'Settings',
  packages: 'Packages',
} as const;

function pane(
  screen: CompareScreen,
  phase: Ready,
  id: CompareFocus,
  box: Box,
  viewport: Viewport,
  title: string = TITLES[id],
): PaneView {
  const content = { id, box, title, focused: screen.focus === id };
  const rows =
    id === 'details' ? detailRows(screen, phase, box, viewport) : listRows(screen, phase, id, box, viewport);
  return paneView({ ...content, ...rows }, viewport.theme);
}

interface PaneRows {
  readonly rows: readonly string[];
  readonly note?: string;
  readonly place?: string;
}

function detailRows(screen: CompareScreen, phase: Ready, box: Box, { theme }: Viewport): PaneRows {
  const lines = compareDetails(screen, phase, innerWidth(box) - 2, theme);
  return screen.details.window(lines, innerHeight(box));
}

function listRows(
  screen: CompareScreen,
  phase: Ready,
  id: Exclude<CompareFocus, 'details'>,
  box: Box,
  { theme }: Viewport,
): PaneRows {
  const focused = screen.focus === id || (screen.focus === 'details' && screen.subject === id);
  const { rows, place } = listWindow(screen[id] as ListPart<unknown>, box, focused, (at, row) =>
    rowOf(screen, phase, id, at, row, theme),
  );
  const filter = id === 'layers' ? undefined : screen.filterText;
  return {
    rows: rows.length > 0 ? rows : emptyRows(screen, phase, id, innerWidth(box)),
    note: filter === undefined ? noteOf(screen, phase, id) : theme.match(`/${safeText(filter)}`),
    place,
  };
}

function rowOf(
  screen: CompareScreen,
  { files }: Ready,
  id: Exclude<CompareFocus, 'details'>,
  at: number,
  place: ComparedPlace,
  theme: Theme,
): string {
  switch (id) {
    case 'layers':
      return comparedLayerRow(screen.layers.rows[at]!, screen.images!, files.files, place, theme);
    case 'files':
      return comparedFileRow(files, screen.files.rows[at]!, place, theme);
    case 'config':
      return comparedConfigRow(screen.config.rows[at]!, place, theme);
    case 'packages':
      return comparedPackageRow(screen.packages.rows[at]!, place, theme);
  }
}

function noteOf(screen: CompareScreen, { comparison, files }: Ready, id: CompareFocus): string {
  switch (id) {
    case 'layers':
      return `${comparison.layers.shared.length} shared`;
    case 'files': {
      const times =
        screen.withTimes || files.times === 0 ? '' : `${formatCount(files.times)} in time alone, . shows`;
      return [`by ${screen.order}${screen.reversed ? ' reversed' : ''}`, times].filter(Boolean).join('  ');
    }
    default:
      return '';
  }
}

function emptyRows(
  screen: CompareScreen,
  { comparison, files }: Ready,
  id: CompareFocus,
  width: number,
): string[] {
  const text = (): string => {
    if (id !== 'layers' && screen.filterText !== undefined)
      return 'Nothing like that differs; esc ends the filter.';
    switch (id) {
      case 'files':
        return files.count === 0
          ? 'Both have the same files.'
          : 'What differs is hidden: a, m, r and . show it.';
      case 'config':
        return 'Both have the same settings.';
      case 'packages':
        return comparison.notes[0] ?? 'No package differs.';
      default:
        return 'Neither has a layer.';
    }
  };
  return wrapText(text(), width - 2).map((line) => ` ${line}`);
}
